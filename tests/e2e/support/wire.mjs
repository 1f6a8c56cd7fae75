// A TCP connection that the test holds in the middle: what passes is whole until the test cuts it.
import { once } from 'node:events';
import net from 'node:net';

/** Relays connections to `port`. `cut(side, bytes, reset)` ends the latest: `near` is who connected, `far` is `port`. */
export async function wire(port) {
  const open = new Set();
  let latest;
  const server = net.createServer((near) => {
    const far = net.connect({ port, host: '127.0.0.1' });
    latest = { near, far };
    for (const [from, to] of [[near, far], [far, near]]) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => {}).on('close', () => { open.delete(from); to.destroy(); });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // What the side gets last are `bytes`, as if they came from the other.
  const cut = (side, bytes, reset) => {
    latest.near.unpipe();
    latest.far.unpipe();
    const end = () => (reset ? latest[side].resetAndDestroy() : latest[side].end());
    latest[side].write(bytes, end);
  };
  return {
    port: server.address().port,
    cut,
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
