// Drain: every client is told, over time, nothing under way is lost, and the process ends in time.
import assert from 'node:assert/strict';

import { total } from './support/metrics.mjs';
import { e2e } from './support/harness.mjs';
import { Sequence, loadService, numbered } from './support/load_service.mjs';
import { rawClient } from './support/raw_client.mjs';
import { rawService } from './support/raw_service.mjs';
import { patience, until, within } from './support/until.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

const tunnels = 500;
const spread = 4;  // seconds

/** A client that, once started, sends numbered messages, several at a time, for as long as it may. */
async function busyClient(proxy, name) {
  const client = await wsClient(proxy.url(`/${name}`), { perMessageDeflate: false });
  assert.ok(await client.opened);
  const echoed = new Sequence();
  let sent = 0;
  const burst = () => {
    for (let i = 0; i < 3 && client.socket.readyState === 1; ++i) client.send(numbered(sent++));
  };
  client.socket.on('message', (data) => echoed.take(data));
  let timer;
  const start = () => {
    timer = setInterval(burst, 500);
    burst();
  };
  const report = client.report.then((seen) => {
    clearInterval(timer);
    return { name, ...seen, sent, echoed, at: Date.now() };
  });
  return { start, report };
}

e2e(`SIGTERM with ${tunnels} busy tunnels: all told 1012, spread, in order, nothing lost`, async ({ use, front }) => {
  const service = await use(loadService());
  const proxy = await front(service, { drain: { spread: `${spread}s`, deadline: '25s' }, log: { access: 'off' } });
  const clients = [];
  for (let i = 0; i < tunnels; ++i) clients.push(await busyClient(proxy, i));
  // Only now: clients that are busy already would starve those that have yet to open.
  for (const { start } of clients) start();
  await until('messages in flight everywhere', async () =>
    await proxy.total('lastframe_messages_total', { direction: 'to_client' }) > 4 * tunnels);

  const began = Date.now();
  proxy.signal('SIGTERM');
  const page = proxy.lastScrape(30_000);
  const ended = await within('every client to be told', Promise.all(clients.map(({ report }) => report)), 40_000);
  const scraped = await page;
  assert.deepEqual(proxy.exited, { code: 0, signal: null });
  assert.ok(Date.now() - began < patience(25_500), 'ended by the deadline');

  const codes = [...new Set(ended.map(({ code }) => code))];
  assert.deepEqual(codes, [1012]);
  assert.ok(ended.every(({ wasClean }) => wasClean), 'every end clean');
  const quarters = [0, 0, 0, 0];
  for (const { at } of ended) quarters[Math.min(3, Math.floor((at - began) / (spread * 250)))] += 1;
  assert.ok(quarters.every((count) => count > tunnels / 10), `closes by quarter of the spread: ${quarters}`);

  const served = await service.connections();
  for (const { name, sent, echoed } of ended) {
    const { received, faults, code } = served[name];
    assert.deepEqual({ received, faults, code }, { received: sent, faults: 0, code: 1001 }, `what upstream got of client ${name}`);
    assert.equal(echoed.faults, 0, `what client ${name} got in order`);
  }
  const counted = (labels) => total(scraped, 'lastframe_closes_total', labels);
  assert.equal(counted({ leg: 'client', code: '1012', initiator: 'proxy', cause: 'drain' }), tunnels);
  assert.equal(counted({ leg: 'upstream', code: '1001', initiator: 'proxy', cause: 'drain' }), tunnels);
  assert.equal(counted({}), 2 * tunnels, 'and nothing else');
  assert.equal(total(scraped, 'lastframe_drain_forced_closes_total'), 0);
}, { deadline: 120_000 });

const long = { drain: { spread: '20s', deadline: '25s' } };

e2e('while it drains it is not ready, and lets nobody in', async ({ use, front }) => {
  const service = await use(wsService());
  const proxy = await front(service, long);
  const client = await wsClient(proxy.url());
  await client.opened;
  assert.equal((await proxy.page('/readyz')).status, 200);
  proxy.signal('SIGTERM');
  await until('the drain to begin', async () => (await proxy.page('/readyz')).status === 503);
  await until('the listener to be closed', () => rawClient(proxy.url()).then((late) => { late.drop(); }, () => true));
  assert.equal((await proxy.page('/healthz')).status, 200);
});

e2e('with drain.delay it is not ready, but still serves', async ({ use, front }) => {
  const service = await use(wsService());
  const proxy = await front(service, { drain: { delay: '2s', spread: '0s', deadline: '10s' } });
  const early = await wsClient(proxy.url());
  await early.opened;
  proxy.signal('SIGTERM');
  await until('the drain to begin', async () => (await proxy.page('/readyz')).status === 503);
  const late = await wsClient(proxy.url());
  assert.ok(await late.opened);
  for (const client of [early, late]) assert.equal((await within('the close', client.report)).code, 1012);
});

e2e('a second signal ends it at once', async ({ use, front }) => {
  const service = await use(wsService());
  const proxy = await front(service, long);
  const client = await wsClient(proxy.url());
  await client.opened;
  proxy.signal('SIGTERM');
  await until('the drain to begin', () => proxy.total('lastframe_draining'));
  proxy.signal('SIGTERM');
  await within('the process to end', proxy.ended, 2_000);
});

e2e('peers that answer no Close cannot hold it past its deadline', async ({ use, front }) => {
  const service = await use(rawService({ answers: false }));
  const proxy = await front(service, {
    drain: { spread: '0s', deadline: '2s' }, route: { limits: { close_timeout: '20s' } } });
  const client = await rawClient(proxy.url(), { answers: false });
  await client.opened;
  await service.next();
  const began = Date.now();
  proxy.signal('SIGTERM');
  const { code } = await within('the process to end', proxy.ended, 5_000);
  assert.equal(code, 0);
  assert.ok(Date.now() - began < patience(3_000), 'by the deadline');
  assert.equal((await client.report).code, 1012);
});

e2e('with nothing open it ends at once', async ({ use, front }) => {
  const proxy = await front(await use(wsService()), long);
  proxy.signal('SIGTERM');
  const { code } = await within('the process to end', proxy.ended, 2_000);
  assert.equal(code, 0);
});
