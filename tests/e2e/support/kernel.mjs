// What the kernel knows of this machine's TCP connections.
import { readFileSync } from 'node:fs';

const port = (address) => parseInt(address.split(':')[1], 16);

/** Bytes that have arrived at a socket and were not read yet; the socket is told by its own or its peer's port. */
export function bytesWaiting({ local, remote }) {
  let waiting = 0;
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1)) {
    const [, from, to, state, queues] = line.trim().split(/\s+/);
    const listens = state === '0A';
    if (!from || listens || (local && port(from) !== local) || (remote && port(to) !== remote)) continue;
    waiting += parseInt(queues.split(':')[1], 16);
  }
  return waiting;
}
