// A client in a process of its own that reads at a given rate through a small receive window.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { until, within } from './until.mjs';

const script = fileURLToPath(new URL('slow_consumer.py', import.meta.url));

/** `bytesPerSecond` until `hurry()`; then `report` tells what all frames held and how the connection ended. */
export async function slowConsumer(port, bytesPerSecond) {
  const child = spawn('/usr/bin/python3', [script, '127.0.0.1', port, bytesPerSecond],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const consumer = { read: 0 };
  consumer.report = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line);
      if (event.event === 'open') consumer.opened = event.status === 101;
      if (event.event === 'read') consumer.read = event.bytes;
      if (event.event === 'end') { consumer.ended = event; resolve(event); }
    });
  });
  const gone = new Promise((resolve) => { child.on('close', resolve); });
  consumer.hurry = () => child.stdin.end();
  consumer.stop = async () => {
    child.kill('SIGKILL');
    await within('the slow consumer to end', gone);
  };
  await until('the slow consumer to connect', () => consumer.opened);
  return consumer;
}
