// A raw service: accepts upgrades as it is told to, and plays each connection as a RawPeer.
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

import { acceptFor, readHead } from './raw_client.mjs';
import { RawPeer } from './raw_peer.mjs';
import { Queue } from './until.mjs';

/** The 101 to a request, with more header lines if need be. */
export function accept(head, more = []) {
  const key = /sec-websocket-key: *(\S+)/i.exec(head)?.[1] ?? '';
  return ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptFor(key)}`, ...more, '', ''].join('\r\n');
}

/**
 * Starts one. `answer(head, socket)` may replace the 101: what it returns is written, and unless it returns a 101
 * the connection is not a tunnel and is left to `answer`. `tls`: options of tls.createServer.
 */
export async function rawService({ answer = (head) => accept(head), behind = '', host = '127.0.0.1', tls: secure, ...options } = {}) {
  const connections = new Queue();
  const sockets = new Set();
  const begin = async (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const peer = new RawPeer(socket, { mask: false, ...options });
    const request = await readHead(socket);
    if (!request) return;
    peer.head = request.head;
    const text = answer(request.head, socket);
    if (text) socket.write(Buffer.concat([Buffer.from(text), Buffer.from(behind)]));
    connections.push(peer);
    peer.start(request.rest);
  };
  const how = { allowHalfOpen: true, noDelay: true, ...secure };
  const server = secure ? tls.createServer(how, begin) : net.createServer(how, begin);
  server.listen(0, host);
  await once(server, 'listening');
  return {
    kind: 'raw',
    port: server.address().port,
    next: () => connections.next('a connection to the raw service'),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
