// A peer sends Close: upstream; and both at the same time.
import { opcode } from '../support/frames.mjs';
import { bytesWaiting } from '../support/kernel.mjs';
import { until } from '../support/until.mjs';

const both = { initiator: 'upstream', cause: 'close_frame' };
const MiB = 1 << 20;

const closing = (code, reason) => ({
  ...both,
  name: `upstream sends Close ${code ?? 'without a code'}${reason ? ' with a reason' : ''}`,
  act: ({ connection }) => connection.close(code, reason),
});

/** Both send while the proxy stands still, so that neither can have seen the other's Close. */
async function crossing({ proxy, service, client }, fromUpstream) {
  await proxy.freeze();
  await client.close(4001, 'from the client');
  fromUpstream();
  await until('both to have sent', () => bytesWaiting({ local: proxy.port }) && bytesWaiting({ remote: service.port }));
  proxy.signal('SIGCONT');
}

export const upstreamCloses = [
  closing(1000, 'done'),
  closing(1001, 'going away'),
  closing(undefined),
  closing(1008, 'not with us'),
  closing(1011, 'a fault'),
  closing(1012, 'restarting'),
  closing(1013, 'later'),
  closing(1014, 'my own upstream'),
  closing(3000, ''),
  closing(4001, 'session expired'),
  closing(4999, 'ü'.repeat(61)),
  {
    ...both,
    name: 'upstream sends Close in the middle of a message',
    services: ['raw'],
    act({ connection }) {
      connection.frame({ payload: 'the first half', fin: false });
      connection.close(4001, 'no more');
    },
  },
  {
    ...both,
    name: 'upstream sends Close and FIN together',
    services: ['raw'],
    act({ connection }) { connection.close(4001, 'half-closed'); connection.eof(); },
  },
  {
    ...both,
    name: 'upstream sends 8 MiB, Close and FIN together',
    services: ['raw'],
    act({ connection }) { connection.flood(MiB, 8); connection.close(4001, 'half-closed'); connection.eof(); },
  },
  {
    ...both,
    name: 'upstream sends Close and FIN while the client sends 8 MiB',
    services: ['raw'],
    unclean: ['chromium'],
    async act({ client, connection }) {
      await client.flood(MiB, 8);
      connection.close(4001, 'half-closed');
      connection.eof();
    },
  },
  {
    ...both,
    name: 'upstream sends Close and is gone at once',
    services: ['raw'],
    act: ({ connection }) => connection.closeAndVanish(4001, 'gone'),
  },
  {
    ...both,
    name: 'upstream sends Close, the client ends without an answer',
    clients: ['raw'],
    clientOptions: { raw: { answers: false } },
    async act({ client, connection }) {
      connection.close(4001, 'anyone?');
      await client.arrived(opcode.close);
      client.drop();
    },
    unclean: ['raw'],
  },
  {
    ...both,
    name: 'upstream sends Close, the client never answers',
    clients: ['raw'],
    clientOptions: { raw: { answers: false } },
    config: { route: { limits: { close_timeout: '300ms' } } },
    act: ({ connection }) => connection.close(4001, 'anyone?'),
    unclean: ['raw'],
  },
  {
    name: 'both send Close at the same time',
    initiator: ['client', 'upstream'],
    cause: 'close_frame',
    act: (stage) => crossing(stage, () => stage.connection.close(4002, 'from upstream')),
  },
  {
    name: 'both send Close at the same time, upstream behind a message',
    initiator: ['client', 'upstream'],
    cause: 'close_frame',
    services: ['raw'],
    act: (stage) => crossing(stage, () => {
      stage.connection.flood(MiB, 2);
      stage.connection.close(4002, 'from upstream');
    }),
  },
];
