// A peer sends Close: the client. (upstream_closes.mjs is its mirror.)
import { opcode } from '../support/frames.mjs';

const all = ['ws', 'raw', 'chromium'];
const script = ['ws', 'raw'];  // a page may only close with 1000 and 3000 to 4999
const both = { initiator: 'client', cause: 'close_frame' };
const mute = { raw: { answers: false } };

const closing = (clients, code, reason) => ({
  ...both,
  name: `client sends Close ${code ?? 'without a code'}${reason ? ' with a reason' : ''}`,
  clients,
  act: ({ client }) => client.close(code, reason),
});

export const clientCloses = [
  closing(all, 1000, 'done'),
  closing(script, 1001, 'moving on'),
  closing(all, undefined),
  closing(script, 1011, 'a fault of the client'),
  closing(all, 3000, ''),
  closing(all, 4001, 'session expired'),
  closing(all, 4999, 'ü'.repeat(61)),
  {
    ...both,
    name: 'client sends Close, upstream answers with another code',
    services: ['raw'],
    serviceOptions: mute,
    async act({ client, connection }) {
      await client.close(4001, 'mine');
      await connection.arrived(opcode.close);
      connection.close(4002, 'yours');
      connection.eof();
    },
  },
  {
    ...both,
    name: 'client sends a Close of its own that nobody named',
    services: ['raw'],
    serviceOptions: mute,
    labels: { upstream: 'other' },  // a client cannot use up labels
    async act({ client, connection }) {
      await client.close(4777, 'who knows');
      await connection.arrived(opcode.close);
      connection.close(1000, 'as you like');
      connection.eof();
    },
  },
  {
    ...both,
    name: 'client sends Close, upstream ends without an answer',
    services: ['raw'],
    serviceOptions: mute,
    async act({ client, connection }) {
      await client.close(4001, 'anyone?');
      await connection.arrived(opcode.close);
      connection.drop();
    },
  },
  {
    ...both,
    name: 'client sends Close, upstream never answers',
    services: ['raw'],
    serviceOptions: mute,
    config: { route: { limits: { close_timeout: '300ms' } } },
    act: ({ client }) => client.close(4001, 'anyone?'),
  },
  {
    ...both,
    name: 'client sends Close and FIN together, and reads on',
    clients: ['raw'],
    act({ client }) { client.close(4001, 'half-closed'); client.eof(); },
  },
  {
    ...both,
    name: 'client sends Close and is gone at once',
    clients: ['raw'],
    services: ['raw'],
    serviceOptions: mute,
    async act({ client, connection }) {
      client.closeAndVanish(4001, 'gone');
      await connection.arrived(opcode.close);
      connection.close(4002, 'nobody hears this');
      connection.eof();
    },
    unclean: ['raw'],
  },
  {
    ...both,
    name: 'a tab is closed',
    clients: ['chromium'],
    services: ['ws'],
    act: ({ client }) => client.closeTab(),
    // A closed tab reports nothing; what it sent is what the service heard.
    clientReport: ({ upstream }) => Promise.resolve({ ...upstream, wasClean: true }),
  },
];
