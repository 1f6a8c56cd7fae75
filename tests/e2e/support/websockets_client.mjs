// Python's `websockets` as a client, in a process of its own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { deferred } from './until.mjs';

const script = fileURLToPath(new URL('websockets_client.py', import.meta.url));

/** Connects; `ca` is the path of the authority to trust. `opened`, `report` and `close` are as of other clients. */
export async function websocketsClient(url, { ca = '' } = {}) {
  const child = spawn('/usr/bin/python3', [script, url, ca], { stdio: ['pipe', 'pipe', 'inherit'] });
  const opened = deferred();
  const report = deferred();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line);
    if (event.event === 'close') report.resolve({ ...event, wasClean: event.code !== 1006 });
    else opened.resolve(event.event === 'open');
  });
  return {
    kind: 'websockets',
    opened: opened.promise,
    report: report.promise,
    close: (code, reason = '') => child.stdin.write(`${JSON.stringify({ code, reason })}\n`),
    done: () => child.kill('SIGKILL'),
  };
}
