// `lastframe demo` as a process of a test's own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { binary } from '../e2e/support/proxy.mjs';
import { within } from '../e2e/support/until.mjs';

/** Starts it on ports that are free; `telemetryPort` is the one of its metrics, by its own greeting. */
export async function startDemo() {
  const child = spawn(binary, ['demo', '--port', '0', '--telemetry-port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => { child.on('error', resolve); child.on('close', resolve); });
  const greeted = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const page = /http:\/\/localhost:(\d+)\//.exec(line);
      if (page) resolve(Number(page[1]));
    });
  });
  return {
    telemetryPort: await within("the demo's greeting", greeted, 30_000),
    async stop() {
      child.kill('SIGTERM');
      await within('the demo to end', ended, 20_000).catch(() => child.kill('SIGKILL'));
    },
  };
}
