// `lastframe demo` as a process of a test's own.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

import { get } from '../e2e/support/metrics.mjs';
import { until, within } from '../e2e/support/until.mjs';

/** The loopback ports that a process listens on now. */
function listening(pid) {
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try { return /^socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]; } catch { return undefined; }
  }));
  return readFileSync('/proc/net/tcp', 'latin1').split('\n').map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && inodes.has(fields[9]))
    .map((fields) => parseInt(fields[1].split(':')[1], 16));
}

/** Starts it on ports that are free; `telemetryPort` is the one of its metrics. */
export async function startDemo() {
  const child = spawn(process.env.LASTFRAME_BIN, ['demo', '--port', '0', '--telemetry-port', '0'], { stdio: 'ignore' });
  const ended = new Promise((resolve) => { child.on('error', resolve); child.on('close', resolve); });
  const answers = async (port) => (await get('127.0.0.1', port, '/metrics').catch(() => undefined))?.status === 200;
  const telemetryPort = await until('the demo to serve its metrics', async () => {
    if (child.exitCode !== null) throw new Error(`the demo ended at its start with ${child.exitCode}`);
    for (const port of listening(child.pid)) if (await answers(port)) return port;
    return undefined;
  }, 30_000);
  return {
    telemetryPort,
    async stop() {
      child.kill('SIGTERM');
      await within('the demo to end', ended, 20_000).catch(() => child.kill('SIGKILL'));
    },
  };
}
