// A service in a process of its own for tests under load: checks that each connection's messages come in order without a
// gap, sends each back, and tells at the end what became of all connections.
import { fileURLToPath } from 'node:url';
import { fork } from 'node:child_process';
import { once } from 'node:events';

import { within } from './until.mjs';

const self = fileURLToPath(import.meta.url);

/** A message of a given number, between 12 bytes and 12 KiB. */
export const numbered = (number) => Buffer.from(`${number}:`.padEnd(12 + ((number * 7919) % 12_000), 'x'));
const numberOf = (data) => Number(data.toString('latin1', 0, 12).split(':')[0]);

/** Follows the numbers of one direction of one connection. */
export class Sequence {
  next = 0;
  faults = 0;

  take(data) {
    const number = numberOf(data);
    if (number !== this.next || data.length !== numbered(number).length) this.faults += 1;
    this.next = number + 1;
  }
}

if (process.argv[1] === self) await serve();

async function serve() {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const connections = {};
  server.on('connection', (socket, { url }) => {
    const sequence = new Sequence();
    const known = connections[url.slice(1)] = { received: 0, faults: 0, code: undefined };
    socket.on('error', () => {});
    socket.on('message', (data) => {
      sequence.take(data);
      Object.assign(known, { received: sequence.next, faults: sequence.faults });
      if (socket.readyState === 1) socket.send(data);
    });
    socket.on('close', (code) => { known.code = code; });
  });
  await once(server, 'listening');
  process.on('message', () => process.send({ connections }));
  process.on('disconnect', () => process.exit());
  process.send({ port: server.address().port });
}

/** Starts it; `connections()` tells of each path what was received and how it ended. */
export async function loadService() {
  const child = fork(self);
  const [{ port }] = await within('the load service', once(child, 'message'));
  return {
    port,
    async connections() {
      child.send('report');
      return (await within("the load service's report", once(child, 'message')))[0].connections;
    },
    async stop() { child.kill('SIGKILL'); },
  };
}
