// What `lastframe demo` tells a newcomer: addresses at which something answers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { get } from './support/metrics.mjs';
import { binary } from './support/proxy.mjs';
import { patience, within } from './support/until.mjs';
import { wsClient } from './support/ws_peers.mjs';

test('the demo on any free ports names those on which it listens', { timeout: patience(60_000) }, async () => {
  const demo = spawn(binary, ['demo', '--port', '0', '--telemetry-port', '0', '--no-clients'],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const greeted = new Promise((resolve) => {
      const lines = [];
      createInterface({ input: demo.stdout }).on('line', (line) => {
        lines.push(line);
        if (line.startsWith('Stop with')) resolve(lines.join('\n'));
      });
    });
    const greeting = await within('the greeting', greeted);
    const page = /http:\/\/localhost:(\d+)\//.exec(greeting);
    assert.equal((await get('127.0.0.1', Number(page[1]), '/readyz')).status, 200);
    const proxy = /listens on localhost:(\d+)/.exec(greeting);
    const client = await wsClient(`ws://127.0.0.1:${proxy[1]}/close/4001`);
    assert.equal((await within('the close', client.report)).code, 4001);
  } finally {
    demo.kill('SIGKILL');
  }
});
