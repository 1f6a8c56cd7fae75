// A raw client: a TCP connection and an upgrade request of its own.
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { once } from 'node:events';

import { RawPeer } from './raw_peer.mjs';
import { within } from './until.mjs';

export const acceptFor = (key) =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** Reads from `socket` until a header block is complete: `{head, rest}`, or nothing if it ended before. */
export function readHead(socket) {
  return new Promise((resolve) => {
    let held = Buffer.alloc(0);
    const finish = (value) => {
      socket.off('data', onData).off('close', onEnd).off('end', onEnd);
      socket.pause();
      resolve(value);
    };
    const onEnd = () => finish(undefined);
    const onData = (bytes) => {
      held = Buffer.concat([held, bytes]);
      const end = held.indexOf('\r\n\r\n');
      if (end >= 0) finish({ head: held.toString('latin1', 0, end), rest: held.subarray(end + 4) });
    };
    socket.on('data', onData).on('close', onEnd).on('end', onEnd);
  });
}

/** An upgrade request's text. */
export function upgradeRequest({ path = '/', port, protocols = [], extensions, key = randomBytes(16).toString('base64') }) {
  const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Upgrade: websocket', 'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13'];
  if (protocols.length) lines.push(`Sec-WebSocket-Protocol: ${protocols.join(', ')}`);
  if (extensions) lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * Connects and asks for an upgrade, over TLS that trusts `ca` if the URL says so; the peer's `opened` says whether it
 * was granted, `status` what was answered.
 */
export async function rawClient(url, { protocols, extensions, behind = '', host = '127.0.0.1', ca, ...options } = {}) {
  const { protocol, port, pathname } = new URL(url);
  const tcp = net.connect({ host, port: Number(port), allowHalfOpen: true });
  const socket = protocol === 'wss:' ? tls.connect({ socket: tcp, host, ca }) : tcp;
  const peer = new RawPeer(socket, { mask: true, ...options });
  await within('the raw client to connect', once(socket, socket === tcp ? 'connect' : 'secureConnect'));
  socket.setNoDelay(true);
  socket.write(Buffer.concat([Buffer.from(upgradeRequest({ path: pathname, port, protocols, extensions })),
    Buffer.from(behind)]));
  peer.kind = 'raw';
  peer.opened = readHead(socket).then((answer) => {
    peer.head = answer?.head;
    peer.status = Number(answer?.head.split(' ')[1]);
    if (peer.status === 101) peer.start(answer.rest); else socket.resume();
    return peer.status === 101;
  });
  return peer;
}
