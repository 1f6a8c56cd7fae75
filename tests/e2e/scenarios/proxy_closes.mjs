// The proxy ends a tunnel of its own will.
import { frame, opcode } from '../support/frames.mjs';
import { until } from '../support/until.mjs';

const KiB = 1024;
const small = { route: { limits: { max_message: '1KiB' } } };

const tooBig = (name, act, more) =>
  ({ name: `a message too big ${name}`, initiator: 'proxy', cause: 'message_too_big', config: small, act, ...more });
const draining = (name, act, more) => ({ name, initiator: 'proxy', cause: 'drain', act, ...more });
const drained = (proxy) => until('the drain to begin', () => proxy.total('lastframe_draining'));

export const proxyCloses = [
  tooBig('from the client', ({ client }) => client.send('x'.repeat(2 * KiB))),
  tooBig('from upstream', ({ connection }) => connection.send('x'.repeat(2 * KiB))),
  tooBig('from the client, in fragments', ({ client }) => {
    client.frame({ payload: Buffer.alloc(600), fin: false });
    client.frame({ op: opcode.continuation, payload: Buffer.alloc(600) });
  }, { clients: ['raw'] }),
  tooBig('from upstream, announced by a frame that never ends', ({ connection }) => {
    connection.write(frame({ op: opcode.binary, payload: Buffer.alloc(100), length: 1 << 30 }));
  }, { services: ['raw'] }),
  {
    name: 'max_lifetime',
    initiator: 'proxy',
    cause: 'max_lifetime',
    config: { route: { limits: { max_lifetime: '300ms' } } },
  },
  draining('drain', ({ proxy }) => proxy.signal('SIGTERM')),
  draining('drain by SIGINT', ({ proxy }) => proxy.signal('SIGINT'), { clients: ['ws'], services: ['ws'] }),
  draining('drain with a code of its own', ({ proxy }) => proxy.signal('SIGTERM'),
    { config: { drain: { code: 1001, spread: '0s', deadline: '10s' } } }),
  draining('drain while upstream is in the middle of a message', async ({ proxy, connection }) => {
    connection.frame({ payload: 'the first half', fin: false });
    proxy.signal('SIGTERM');
    await drained(proxy);
    connection.frame({ op: opcode.continuation, payload: ', and the second' });
  }, { services: ['raw'] }),
  draining('drain while upstream never ends its message', ({ proxy, connection }) => {
    connection.frame({ payload: 'the first half', fin: false });
    proxy.signal('SIGTERM');
  }, { services: ['raw'], config: { drain: { spread: '0s', deadline: '2s' }, route: { limits: { close_timeout: '1s' } } } }),
  draining('upstream ends without a Close while the proxy drains', async ({ proxy, connection }) => {
    proxy.signal('SIGTERM');
    await drained(proxy);
    connection.eof();
  }, { config: { drain: { spread: '1s', deadline: '10s' } } }),
];
