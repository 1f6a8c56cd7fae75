// A rollout under 1,000 tunnels whose clients come back at once: nobody sees 1006, everybody gets in again, and not all together.
import assert from 'node:assert/strict';

import { e2e } from './support/harness.mjs';
import { loadService } from './support/load_service.mjs';
import { until, within } from './support/until.mjs';
import { wsClient } from './support/ws_peers.mjs';

const tunnels = 1_000;
const spread = 4;  // seconds
const drain = { spread: `${spread}s`, deadline: '25s' };
const quiet = { log: { access: 'off' } };

/** A client that connects again as soon as its connection has ended, until it is told to rest. */
class Returning {
  ends = [];  // {code, at}
  refused = 0;
  #resting = false;

  constructor(url) {
    this.url = url;
  }

  async connect() {
    const client = await wsClient(this.url(), { perMessageDeflate: false });
    const opened = await client.opened;
    if (!opened) this.refused += 1;
    this.open = opened;
    client.report.then(({ code }) => {
      this.open = false;
      if (this.#resting) return;
      if (opened) this.ends.push({ code, at: Date.now() });
      this.connect();
    });
    this.socket = client.socket;
  }

  rest() {
    this.#resting = true;
    this.socket.terminate();
  }
}

async function returning(url) {
  const clients = Array.from({ length: tunnels }, () => new Returning(url));
  for (const client of clients) await client.connect();
  assert.ok(clients.every(({ open }) => open));
  return clients;
}

/** No tenth of the time in which clients were told holds more than three times its part of them. */
function assertSpread(ends, began, seconds) {
  const tenths = Array(10).fill(0);
  for (const { at } of ends) tenths[Math.min(9, Math.floor((at - began) / (seconds * 100)))] += 1;
  assert.ok(Math.max(...tenths) <= 3 * ends.length / 10, `ends by tenths of the time: ${tenths}`);
}

const codesOf = (ends) => [...new Set(ends.map(({ code }) => code))].sort();

e2e('a second process at the same address takes over while the first drains', async ({ use, front }) => {
  const service = await use(loadService());
  const first = await front(service, { drain, ...quiet });
  const clients = await returning(() => first.url());
  const second = await front(service, { drain, ...quiet, listeners: [{ address: `127.0.0.1:${first.port}` }] });
  const began = Date.now();
  first.signal('SIGTERM');
  assert.equal((await within('the first process to end', first.ended, 30_000)).code, 0);
  await until('everybody to be back', async () =>
    clients.every(({ open }) => open) && await second.total('lastframe_tunnels') === tunnels, 20_000);

  const ends = clients.flatMap((client) => client.ends);
  assert.deepEqual(codesOf(ends), [1012]);
  assert.equal(ends.length, tunnels, 'each was told once');
  assert.equal(clients.reduce((sum, { refused }) => sum + refused, 0), 0, 'nobody was refused');
  assertSpread(ends, began, spread);
  for (const client of clients) client.rest();
}, { deadline: 120_000 });

e2e('a service that ends before its proxy is told leaves nobody with 1006', async ({ use, front }) => {
  const service = await use(loadService());
  const later = await use(loadService());
  const proxy = await front(service, { drain, ...quiet, route: { failure_delay: `${spread}s` } });
  const next = await front(later, { drain, ...quiet });
  // The balancer's part: who comes back while the old pod ends is sent to the new one.
  let port = proxy.port;
  const clients = await returning(() => `ws://127.0.0.1:${port}/`);
  port = next.port;
  const began = Date.now();
  await service.stop();
  proxy.signal('SIGTERM');
  assert.equal((await within('the process to end', proxy.ended, 30_000)).code, 0);
  await until('everybody to be back', () => clients.every(({ open }) => open), 20_000);

  const ends = clients.flatMap((client) => client.ends);
  assert.ok(codesOf(ends).every((code) => [1012, 1014].includes(code)), `codes: ${codesOf(ends)}`);
  assert.equal(ends.length, tunnels, 'each was told once');
  assertSpread(ends, began, spread);
  for (const client of clients) client.rest();
}, { deadline: 120_000 });
