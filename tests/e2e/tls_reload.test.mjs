// Certificates that are renewed while the proxy runs: who comes then gets the new one, who was there stays.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { Authority } from './support/certificates.mjs';
import { e2e } from './support/harness.mjs';
import { sClient, serialOf } from './support/s_client.mjs';
import { until, within } from './support/until.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

const authority = new Authority();
process.on('exit', () => authority.stop());
let folders = 0;

/** A folder of a test's own, with `identity` as tls.crt and tls.key. */
function folderWith(identity) {
  const folder = join(authority.directory, `mounted-${++folders}`);
  mkdirSync(folder);
  if (identity) install(folder, identity);
  return folder;
}

function install(folder, identity) {
  copyFileSync(identity.certificate, join(folder, 'tls.crt'));
  copyFileSync(identity.key, join(folder, 'tls.key'));
}

/** Makes `folder`'s files links into what `..data` links to, and swaps that: as Kubernetes does. */
function mount(folder, identity) {
  const data = folderWith(identity);
  symlinkSync(`../${basename(data)}`, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  return data;
}

const files = (folder) => ({ certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') });
const listening = (folder) => ({ listeners: [{ address: '127.0.0.1:0', tls: files(folder) }] });
const shown = async (proxy) => serialOf((await sClient(proxy.port)).output);
const shows = (proxy, identity) => until('the renewed certificate', async () => (await shown(proxy)) === identity.serial);
const successful = (proxy) => proxy.total('lastframe_config_last_reload_successful', {});
const reloads = (proxy, result) => proxy.total('lastframe_config_reloads_total', { result });

/** A tunnel, and what shows that it lives. */
async function tunnelThrough(proxy, service) {
  const client = await wsClient(proxy.url(), { ca: authority.pem });
  assert.ok(await client.opened);
  const connection = await service.next();
  return async () => {
    const before = connection.messages;
    client.send('still here');
    await until('a message to pass', () => connection.messages === before + 1);
    assert.equal(client.socket.readyState, 1);
  };
}

const [old, renewed] = [authority.issue(), authority.issue()];

const ways = {
  'written over': { folder: () => folderWith(old), renew: (folder) => install(folder, renewed) },
  'renamed into place': {
    folder: () => folderWith(old),
    renew(folder) {
      for (const [name, from] of [['tls.crt', renewed.certificate], ['tls.key', renewed.key]]) {
        copyFileSync(from, join(folder, `${name}.new`));
        renameSync(join(folder, `${name}.new`), join(folder, name));
      }
    },
  },
  'swapped by a symlink, as Kubernetes does': {
    folder() {
      const folder = folderWith();
      this.data = mount(folder, old);
      for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, join(folder, name));
      return folder;
    },
    renew(folder) {
      mount(folder, renewed);
      rmSync(this.data, { recursive: true });
    },
  },
};

for (const [name, way] of Object.entries(ways)) {
  e2e(`a certificate ${name} is used at once, and open tunnels go on`, async ({ use, front }) => {
    const service = await use(wsService());
    const folder = way.folder();
    const proxy = await front(service, listening(folder));
    const lives = await tunnelThrough(proxy, service);
    assert.equal(await shown(proxy), old.serial);
    way.renew(folder);
    await shows(proxy, renewed);
    for (let i = 0; i < 4; ++i) assert.equal(await shown(proxy), renewed.serial, 'every worker');
    await lives();
    assert.deepEqual([await successful(proxy), await reloads(proxy, 'failed')], [1, 0]);
    assert.ok(await reloads(proxy, 'done') >= 1);
  });
}

e2e('a broken pair keeps the old one, says so and shows it, until it is mended', async ({ use, front }) => {
  const service = await use(wsService());
  const folder = folderWith(old);
  const proxy = await front(service, listening(folder));
  const lives = await tunnelThrough(proxy, service);
  copyFileSync(renewed.certificate, join(folder, 'tls.crt'));  // and not its key
  await until('the fault to show', async () => (await successful(proxy)) === 0);
  const [{ what }] = proxy.log().filter(({ level }) => level === 'error');
  assert.match(what, /lastframe\.yaml:\d+:\d+: .*tls\.key: does not belong to the certificate/);
  assert.equal(await shown(proxy), old.serial);
  await lives();
  writeFileSync(join(folder, 'tls.crt'), '');
  await until('the next fault', () => proxy.log().filter(({ level }) => level === 'error').length === 2);
  assert.equal(await shown(proxy), old.serial);
  install(folder, renewed);
  await shows(proxy, renewed);
  await until('the fault to be over', async () => (await successful(proxy)) === 1);
  assert.equal(await reloads(proxy, 'failed'), 2);
  await lives();
});

e2e("an upstream's authority is read again", async ({ use, front }) => {
  const service = await use(wsService({ tls: renewed.pem }));
  const stranger = await use(new Authority('of somebody else'));
  const ca = join(folderWith(), 'ca.crt');
  copyFileSync(stranger.ca, ca);
  const proxy = await front(service, { route: { failure_delay: '0s', upstream: { tls: { ca } } } });
  const early = await wsClient(proxy.url());
  assert.equal((await within('the failure', early.report)).code, 1014);
  copyFileSync(authority.ca, ca);
  await until('the new authority', async () => (await reloads(proxy, 'done')) >= 1);
  await (await tunnelThrough(proxy, service))();
});

e2e('SIGHUP reads files again that are links to another folder, which is not watched', async ({ use, front }) => {
  const [folder, elsewhere] = [folderWith(), folderWith(old)];
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(join(elsewhere, name), join(folder, name));
  const proxy = await front(await use(wsService()), listening(folder));
  install(elsewhere, renewed);
  assert.equal(await shown(proxy), old.serial);
  proxy.signal('SIGHUP');
  await shows(proxy, renewed);
});

e2e('a reload that names other files uses them, and follows them from then on', async ({ use, front }) => {
  const [folder, elsewhere] = [folderWith(old), folderWith(renewed)];
  const newest = authority.issue();
  const service = await use(wsService());
  const proxy = await front(service, listening(folder));
  const lives = await tunnelThrough(proxy, service);
  await proxy.reload((config) => Object.assign(config, listening(elsewhere)));
  assert.equal(await shown(proxy), renewed.serial);
  await proxy.reload((config) => { config.workers = 3; });
  install(elsewhere, newest);
  await shows(proxy, newest);
  await until('the renewal to be counted', async () => (await reloads(proxy, 'done')) >= 2);
  assert.equal(await successful(proxy), 0, 'the configuration that was refused still is');
  await lives();
});
