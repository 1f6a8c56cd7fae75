// The configuration is read again on SIGHUP: nobody is cut, who comes then is served by the new one, and what cannot be used
// changes nothing.
import assert from 'node:assert/strict';

import { e2e } from './support/harness.mjs';
import { until, within } from './support/until.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

const tunnels = 300;
const quiet = { log: { access: 'off' } };
const changesIn = (lines) => lines.filter(({ message }) => message === 'configuration changed').map(({ change }) => change);
const port = (address) => Number(/:(\d+)$/.exec(address)[1]);

/** A client and its peer behind the proxy; messages go round for as long as it is open. */
async function busyTunnel(url, service) {
  const client = await wsClient(url, { perMessageDeflate: false });
  assert.ok(await client.opened);
  const peer = await service.next();
  client.socket.on('message', () => setTimeout(() => client.socket.readyState === 1 && client.send('round'), 20));
  client.send('round');
  return { client, peer };
}

e2e('hundreds of busy tunnels outlive reloads, with the settings that they began with', async ({ use, front }) => {
  const service = await use(wsService({ echo: true }));
  const endpoint = `127.0.0.1:${service.port}`;
  const proxy = await front(service, quiet);
  const old = [];
  for (let i = 0; i < tunnels; ++i) old.push(await busyTunnel(proxy.url(), service));

  const lines = await proxy.reload((config) => {
    config.listeners.push({ address: '127.0.0.2:0' });
    config.routes[0].failure_code = 1011;
    config.routes.unshift({ name: 'news', match: { path: '/news' }, upstream: { endpoints: [endpoint] } });
  });
  assert.deepEqual(changesIn(lines), ['routes.e2e.failure_code: 1014 -> 1011', 'listeners.127.0.0.2:0: added', 'routes.news: added']);
  assert.equal(lines.at(-1).changes, 3);
  const added = port(lines.find(({ message }) => message === 'listening').address);

  const later = await busyTunnel(proxy.url(), service);
  const news = await busyTunnel(`ws://127.0.0.2:${added}/news`, service);
  const heard = old.map(({ client }) => client.messages);
  await until('all to go on', () => old.every(({ client }, i) => client.messages > heard[i] + 1));
  assert.equal(await proxy.total('lastframe_closes_total'), 0);
  assert.equal(await proxy.total('lastframe_tunnels', { route: 'e2e' }), tunnels + 1);
  assert.equal(await proxy.total('lastframe_tunnels', { route: 'news' }), 1);
  const shown = JSON.parse((await proxy.page('/status')).body).routes.map(({ route, tunnels: open }) => [route, open]);
  assert.deepEqual(shown, [['e2e', tunnels + 1], ['news', 1]]);

  // Gone again, with a tunnel that stays.
  const gone = await proxy.reload((config) => { config.routes.shift(); config.listeners.pop(); });
  assert.deepEqual(changesIn(gone), ['listeners.127.0.0.2:0: removed', 'routes.news: removed']);
  for (const { peer } of [old[0], later, news]) peer.reset();
  assert.equal((await within('the old tunnel', old[0].client.report)).code, 1014);
  assert.equal((await within('the later one', later.client.report)).code, 1011);
  assert.equal((await within('the one of a route that is gone', news.client.report)).code, 1014);
  await until('all to be counted', async () => (await proxy.closes('client')).length === 3);
  const closed = (await proxy.closes('client')).map(({ route, code, cause }) => [route, code, cause].join(' ')).sort();
  assert.deepEqual(closed, ['e2e 1011 reset', 'e2e 1014 reset', 'news 1014 reset']);
  assert.ok(!(await (await wsClient(`ws://127.0.0.2:${added}/`)).opened), 'nobody listens there any more');
  assert.equal(await proxy.total('lastframe_config_reloads_total', { result: 'done' }), 2);

  const spoken = old.map(({ client }) => client.messages);
  const after = JSON.parse((await proxy.page('/status')).body).routes.map(({ route }) => route);
  assert.deepEqual(after, ['e2e'], 'a route that is gone, and its last tunnel too');
  await until('the others to go on', () => old.every(({ client }, i) => i === 0 || client.messages > spoken[i] + 1));
});

e2e('a file with faults changes nothing, and each is told with its place', async ({ use, front }) => {
  const service = await use(wsService({ echo: true }));
  const proxy = await front(service, quiet);
  const held = await busyTunnel(proxy.url(), service);
  const lines = await proxy.reload(undefined, 'listeners: [{adress: 127.0.0.1:0}]\nroutes: []\nworkers: 0\n');
  const faults = lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  assert.equal(faults.pop(), 'the configuration is not reloaded: nothing changes');
  for (const [place, what] of [['1:14', 'did you mean'], ['2:9', 'at least one route'], ['3:10', '1 to 1024']]) {
    assert.ok(faults.some((fault) => fault.includes(`lastframe.yaml:${place}: `) && fault.includes(what)),
      `${place}, ${what} is in:\n${faults.join('\n')}`);
  }
  assert.equal(await proxy.total('lastframe_config_last_reload_successful'), 0);

  const missing = await proxy.reload((config) => { config.listeners[0].tls = { certificate: '/nowhere.crt', key: '/nowhere.key' }; });
  assert.ok(missing.some(({ level, message }) => level === 'error' && message.includes('/nowhere.crt')));
  const fixed = await proxy.reload((config) => { config.workers = 3; });
  assert.ok(fixed.some(({ message }) => message === 'workers: 2 -> 3: takes a restart'));
  assert.deepEqual(changesIn(await proxy.reload()), []);
  assert.equal(await proxy.total('lastframe_config_last_reload_successful'), 1);
  assert.equal(await proxy.total('lastframe_config_reloads_total', { result: 'failed' }), 3);

  const heard = held.client.messages;
  await until('the tunnel to go on', () => held.client.messages > heard + 1);
});

e2e('a proxy that drains goes on doing so by what it began with', async ({ use, front }) => {
  const service = await use(wsService({ echo: true }));
  const proxy = await front(service, { ...quiet, drain: { delay: '1s', spread: '0s', deadline: '10s' } });
  const { client } = await busyTunnel(proxy.url(), service);
  proxy.signal('SIGTERM');
  await until('the drain', () => proxy.log().some(({ message }) => message === 'draining'));
  proxy.signal('SIGHUP');
  assert.equal((await within('the close', client.report)).code, 1012);
  assert.equal((await proxy.stop()).code, 0);
  assert.ok(proxy.log().some(({ message }) => message === 'the configuration is not reloaded: the proxy drains'));
});
