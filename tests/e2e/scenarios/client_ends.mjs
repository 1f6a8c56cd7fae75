// The client ends without a Close, breaks the protocol, or is no longer there.
import { closePayload, frame, opcode } from '../support/frames.mjs';

const MiB = 1 << 20;
const any = ['ws', 'websockets', 'raw'];
const told = { route: { on_client_lost: 1001 } };

const ending = (name, cause, act, more = {}) =>
  ({ name: `client ${name}`, clients: ['ws', 'raw'], services: any, initiator: 'client', cause, act, ...more });
/** The same, with upstream told of it by a Close. */
const andTold = (scenario) => ({ ...scenario, name: `${scenario.name}, on_client_lost: 1001`, config: { ...scenario.config,
  route: { ...scenario.config?.route, ...told.route } } });

const breach = (name, bytes) => ending(`breaks the protocol: ${name}`, 'protocol_error',
  ({ client }) => client.write(bytes), { services: ['ws'] });
const masked = (options) => frame({ mask: true, ...options });

const eof = ending('ends without a Close', 'eof', ({ client }) => client.drop());
const reset = ending('resets the connection', 'reset', ({ client }) => client.reset());
const unmasked = breach('an unmasked frame', frame({ payload: 'in the clear' }));

export const clientEnds = [
  eof,
  andTold(eof),
  reset,
  andTold(reset),
  ending('sends FIN only, and reads on', 'eof', ({ client }) => client.eof(), { clients: ['raw'] }),
  ending('ends in the middle of a message', 'eof', ({ client }) => {
    client.frame({ payload: 'the first half', fin: false });
    client.eof();
  }, { clients: ['raw'] }),
  ending('ends in the middle of a huge frame', 'eof', ({ client }) => {
    client.write(masked({ op: opcode.binary, payload: Buffer.alloc(MiB), length: 64 * MiB }));
    client.eof();
  }, { clients: ['raw'] }),
  andTold(ending('ends in the middle of a frame', 'eof', ({ client }) => {
    client.write(masked({ payload: Buffer.alloc(50), length: 100 }));
    client.eof();
  }, { clients: ['raw'] })),
];

export const clientBreaches = [
  unmasked,
  andTold(unmasked),
  breach('a reserved opcode', masked({ op: 3, payload: 'x' })),
  breach('a reserved bit', masked({ rsv: 2, payload: 'x' })),
  breach('a Ping in fragments', masked({ op: opcode.ping, payload: 'x', fin: false })),
  breach('a Ping of 126 bytes', masked({ op: opcode.ping, payload: Buffer.alloc(126) })),
  breach('a length of 5 in 16 bits', masked({ payload: 'small', lengthBytes: 3 })),
  breach('a continuation of nothing', masked({ op: opcode.continuation, payload: 'x' })),
  breach('a Close of one byte', masked({ op: opcode.close, payload: Buffer.from([3]) })),
  breach('a reason that is not UTF-8', masked({ op: opcode.close,
    payload: Buffer.concat([closePayload(1000), Buffer.from([0xc3, 0x28])]) })),
  ...[999, 1005, 1006, 1015, 5000].map((code) =>
    breach(`Close ${code}`, masked({ op: opcode.close, payload: closePayload(code) }))),
];

const pinged = { keepalive: { client: { interval: '100ms', timeout: '200ms' } } };
const deaf = ending('leaves a Ping unanswered, but answers the Close', 'ping_timeout', undefined, {
  clientOptions: { raw: { pongs: false }, ws: { autoPong: false } },
  config: { route: pinged },
});
const hung = ending('hangs: its kernel takes everything, it reads nothing', 'ping_timeout',
  async ({ client, counted }) => {
    client.pauseReading();
    await counted();
    client.resumeReading();
  }, {
    config: { route: { ...pinged, limits: { close_timeout: '300ms' } } },
    unclean: ['ws', 'raw', 'chromium'],  // its answer comes when the connection has been cut
  });
const stuck = ending('takes no more bytes', 'write_timeout', async ({ client, connection, counted }) => {
  client.pauseReading();
  connection.flood(MiB, 64);
  await counted();
  client.resumeReading();
}, { clients: ['ws', 'raw', 'chromium'], config: { route: { limits: { write_timeout: '500ms' } } } });

export const clientLost = [
  deaf,
  andTold(deaf),
  hung,
  {
    ...hung,
    name: "client hangs: the browser's network process stands still",
    clients: ['chromium'],
    services: ['ws'],
    unclean: [],
    exception: { counted: 1011, why: 'its TCP took the Close; back again, the browser first answers the Ping, on a '
      + 'connection that is gone, and shows that failure' },
    async act({ browser, counted }) {
      const hanging = browser.networkProcess();
      process.kill(hanging, 'SIGSTOP');
      try { await counted(); } finally { process.kill(hanging, 'SIGCONT'); }
    },
  },
  stuck,
  andTold(stuck),
];
