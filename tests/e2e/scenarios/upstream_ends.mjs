// Upstream ends without a Close, breaks the protocol, or is no longer there.
import { closePayload, frame, opcode } from '../support/frames.mjs';
import { until } from '../support/until.mjs';

const MiB = 1 << 20;
const halfFrame = (length, sent) => frame({ op: opcode.binary, payload: Buffer.alloc(sent), length });

const ending = (name, services, cause, act) => ({ name: `upstream ${name}`, services, initiator: 'upstream', cause, act });
const any = ['ws', 'websockets', 'raw'];

const breach = (name, bytes) => ({
  name: `upstream breaks the protocol: ${name}`,
  services: ['raw'],
  initiator: 'upstream',
  cause: 'protocol_error',
  act: ({ connection }) => connection.write(bytes),
});
const badClose = (code) => breach(`Close ${code}`, frame({ op: opcode.close, payload: closePayload(code) }));

const ends = [
  ending('ends without a Close', any, 'eof', ({ connection }) => connection.eof()),
  ending('resets the connection', any, 'reset', ({ connection }) => connection.reset()),
  ending('ends in the middle of a message', ['raw'], 'eof', ({ connection }) => {
    connection.frame({ payload: 'the first half', fin: false });
    connection.eof();
  }),
  ending('ends in the middle of a small frame', ['raw'], 'eof', ({ connection }) => {
    connection.write(halfFrame(100, 50));
    connection.eof();
  }),
  ending('ends in the middle of a huge frame', ['raw'], 'eof', ({ connection }) => {
    connection.write(halfFrame(64 * MiB, MiB));
    connection.eof();
  }),
  ending('resets in the middle of a message', ['raw'], 'reset', async ({ client, connection, proxy }) => {
    connection.frame({ payload: 'the first half', fin: false });
    await relayed(proxy);
    connection.reset();
  }),
  ending('resets in the middle of a huge frame', ['raw'], 'reset', async ({ connection, proxy }) => {
    connection.write(halfFrame(64 * MiB, MiB));
    await relayed(proxy);
    connection.reset();
  }),
  ending('ends behind a complete message', ['raw'], 'eof', async ({ client, connection }) => {
    connection.send('delivered');
    connection.eof();
  }),
];

/** Until the proxy has seen something of upstream's: a reset may drop what is still on its way. */
async function relayed(proxy) {
  await until('a frame to pass', () => proxy.total('lastframe_frames_total', { direction: 'to_client' }));
}

const breaches = [
  breach('a masked frame', frame({ payload: 'masked', mask: true })),
  breach('a reserved data opcode', frame({ op: 3, payload: 'x' })),
  breach('a reserved control opcode', frame({ op: 11, payload: 'x' })),
  breach('a reserved bit', frame({ payload: 'x', rsv: 2 })),
  breach('a Ping in fragments', frame({ op: opcode.ping, payload: 'x', fin: false })),
  breach('a Ping of 126 bytes', frame({ op: opcode.ping, payload: Buffer.alloc(126) })),
  breach('a length of 5 in 16 bits', frame({ payload: 'small', lengthBytes: 3 })),
  breach('a length of 200 in 64 bits', frame({ payload: Buffer.alloc(200), lengthBytes: 9 })),
  breach('a length above 2^63', Buffer.from('827fffffffffffffffff', 'hex')),
  breach('a continuation of nothing', frame({ op: opcode.continuation, payload: 'x' })),
  breach('a message within a message', Buffer.concat([frame({ payload: 'x', fin: false }), frame({ payload: 'y' })])),
  breach('a Close of one byte', frame({ op: opcode.close, payload: Buffer.from([3]) })),
  breach('a reason that is not UTF-8', frame({ op: opcode.close,
    payload: Buffer.concat([closePayload(1000), Buffer.from([0xc3, 0x28])]) })),
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map(badClose),
  { ...breach('a reserved opcode, from a library', frame({ op: 3, payload: 'x' })), services: ['ws', 'websockets'] },
];

const pinged = { keepalive: { upstream: { interval: '100ms', timeout: '200ms' } } };

const lost = [
  {
    name: 'upstream leaves a Ping unanswered, but answers the Close',
    services: ['raw', 'ws'],
    serviceOptions: { raw: { pongs: false }, ws: { autoPong: false } },
    initiator: 'upstream',
    cause: 'ping_timeout',
    config: { route: pinged },
  },
  {
    name: 'upstream hangs: its kernel takes everything, it reads nothing',
    services: ['raw', 'ws', 'websockets'],
    initiator: 'upstream',
    cause: 'ping_timeout',
    config: { route: { ...pinged, limits: { close_timeout: '300ms' } } },
    async act({ connection, counted }) {
      connection.pauseReading();
      await counted();
      connection.resumeReading();
    },
  },
  {
    name: 'upstream takes no more bytes',
    services: ['raw', 'ws', 'websockets'],
    initiator: 'upstream',
    cause: 'write_timeout',
    config: { route: { limits: { write_timeout: '500ms' } } },
    unclean: ['chromium'],
    async act({ client, connection, counted }) {
      connection.pauseReading();
      await client.flood(MiB, 64);
      await counted();
      connection.resumeReading();
    },
  },
];

export const upstreamEnds = ends;
export const upstreamBreaches = breaches;
export const upstreamLost = lost;
