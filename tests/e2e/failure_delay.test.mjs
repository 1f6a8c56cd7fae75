// failure_delay: clients that come back at once to an upstream that keeps failing are slowed; a single failure is not.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';

import { refusing } from './support/endpoints.mjs';
import { e2e } from './support/harness.mjs';
import { accept, rawService } from './support/raw_service.mjs';
import { patience, within } from './support/until.mjs';
import { wsClient } from './support/ws_peers.mjs';

/** Connects; what the client reported, and after how many milliseconds. */
async function attempt(proxy) {
  const began = performance.now();
  const client = await wsClient(proxy.url());
  const report = await within('the close', client.report, 20_000);
  return { ...report, took: performance.now() - began };
}

e2e('a single failure is answered at once', async ({ use, front }) => {
  const proxy = await front(await use(refusing()), { route: { failure_delay: '10s' } });
  const { code, took } = await attempt(proxy);
  assert.equal(code, 1014);
  assert.ok(took < patience(500), `after ${took} ms`);
});

e2e('a client that reconnects at once to a dead upstream is slowed', async ({ use, front }) => {
  const proxy = await front(await use(refusing()), { workers: 1, route: { failure_delay: '1s' } });
  const took = [];
  for (let i = 0; i < 24; ++i) {
    const report = await attempt(proxy);
    assert.deepEqual([report.code, report.wasClean], [1014, true]);
    took.push(report.took);
  }
  // Twenty waits of up to 1 s, of which fewer than a fifth of their mean is as good as impossible.
  const waited = took.reduce((sum, one) => sum + one, 0);
  assert.ok(waited > 2_000, `24 reconnects in ${waited} ms`);
  assert.ok(Math.max(...took) < patience(1_500), `none waits longer than failure_delay: ${Math.max(...took)} ms`);
});

const resetting = () => rawService({
  answer: (head, socket) => {
    setImmediate(() => socket.resetAndDestroy());
    return accept(head);
  },
});

for (const [when, upstream] of [['refuses', refusing], ['accepts and resets', resetting]]) {
  e2e(`clients of an upstream that ${when} do not come back all at once`, async ({ use, front }) => {
    const service = await use(upstream());
    const proxy = await front(service, { route: { failure_delay: '2s' } });
    const all = await Promise.all(Array.from({ length: 60 }, () => attempt(proxy)));
    assert.ok(all.every(({ code, wasClean }) => code === 1014 && wasClean), 'each a clean 1014');
    const took = all.map((one) => one.took).sort((a, b) => a - b);
    assert.ok(took.at(-1) - took[0] > 1_000, `spread over ${took.at(-1) - took[0]} ms`);
    assert.ok(took[30] - took[0] > 300, `the median after ${took[30] - took[0]} ms`);
  });
}
