// Python's `websockets` as a service, in a process of its own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Queue, deferred, until, within } from './until.mjs';

const script = fileURLToPath(new URL('websockets_service.py', import.meta.url));

/** One connection of the service: orders go to the process, what it saw comes back. */
class Connection {
  #done = deferred();
  kind = 'websockets';

  constructor(number, subprotocol, order) {
    Object.assign(this, { number, subprotocol });
    this.order = (what) => order({ connection: number, ...what });
    /** Its close code and reason, and what it received: messages, bytes and their SHA-256. */
    this.report = this.#done.promise;
  }

  heard(event) {
    if (event.event === 'close') this.#done.resolve(event);
    if (event.event === 'pings') this.pings = { sent: event.sent, answered: event.answered };
  }

  send(text, times = 1) { this.order({ do: 'send', text, times }); }
  flood(size, times) { this.order({ do: 'send', size, times }); }
  write(bytes) { this.order({ do: 'write', hex: bytes.toString('hex') }); }
  close(code, reason) { this.order({ do: 'close', code, reason }); }
  eof() { this.order({ do: 'eof' }); }
  drop() { this.order({ do: 'eof' }); }
  reset() { this.order({ do: 'reset' }); }
  pauseReading() { this.order({ do: 'pause' }); }
  resumeReading() { this.order({ do: 'resume' }); }
  /** Pings of its own from now on, counted in `pings`. */
  pingEvery(seconds) { this.order({ do: 'pings', every: seconds }); }
}

/** `mode`: `quiet` receives, `echo` sends every message back. `deflate`: whether it agrees to compress. */
export async function websocketsService({ mode = 'quiet', deflate = false } = {}) {
  const child = spawn('/usr/bin/python3', [script, mode, deflate ? 'deflate' : 'plain'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => { child.on('close', resolve); });
  child.stdin.on('error', () => {});  // an order to a process that was killed
  const connections = new Queue();
  const open = [];
  let port;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line);
    if (event.event === 'listening') port = event.port;
    else if (event.event === 'open') {
      const order = (what) => child.stdin.write(`${JSON.stringify(what)}\n`);
      open[event.connection] = new Connection(event.connection, event.subprotocol, order);
      connections.push(open[event.connection]);
    } else open[event.connection].heard(event);
  });
  await until('the websockets service to listen', () => port);
  return {
    kind: 'websockets',
    port,
    pid: child.pid,
    next: () => connections.next('a connection to the websockets service'),
    kill: (signal = 'SIGKILL') => child.kill(signal),
    async stop() {
      child.kill('SIGKILL');
      await within('the websockets service to end', ended);
    },
  };
}
