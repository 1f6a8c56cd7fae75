// Under a service manager: it is told how the proxy fares, and the socket that it holds lets connections wait through a restart.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { e2e } from './support/harness.mjs';
import { binary } from './support/proxy.mjs';
import { until, within } from './support/until.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';
import { toYaml } from './support/yaml.mjs';

const program = fileURLToPath(new URL('support/service_manager.py', import.meta.url));

const read = (line) => (line.startsWith('{') ? JSON.parse(line) : { text: line });

/** A manager of one service. `said(key)` is what it, or the proxy's log, has said so far with that key, in order. */
async function manager() {
  const child = spawn('python3', [program, binary], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(read(line)));
  const folder = mkdtempSync(join(tmpdir(), 'lastframe-e2e-'));
  const said = (key) => lines.filter((line) => key in line).map((line) => line[key]);
  const write = (file, service, addresses, drain) => writeFileSync(file, toYaml({
    listeners: addresses.map((address) => ({ address })),
    routes: [{ name: 'e2e', upstream: { endpoints: [`127.0.0.1:${service.port}`] } }],
    drain,
    telemetry: { address: '127.0.0.1:0' },
    workers: 2,
  }));
  let file;
  await until('the socket', () => said('port').length);
  return {
    said,
    port: said('port')[0],
    /** Starts a proxy and returns its process' number, once that is there. */
    async start(service, address, drain = { spread: '0s', deadline: '10s' }) {
      file = join(folder, `${said('started').length}.yaml`);
      write(file, service, [address], drain);
      const before = said('started').length;
      child.stdin.write(`${file}\n`);
      await until('the process', () => said('started').length > before);
      return said('started').at(-1);
    },
    /** Has the process that was started last listen elsewhere. */
    reload(pid, service, addresses) {
      write(file, service, addresses, { spread: '0s', deadline: '10s' });
      process.kill(pid, 'SIGHUP');
    },
    ready: (times) => until('the proxy to be ready', () =>
      said('notified').filter((state) => state.startsWith('READY=1')).length === times),
    ended: (pid) => until('the process to end', () => said('ended').includes(pid)),
    async stop() {
      child.stdin.end();
      await within('the manager to end', new Promise((resolve) => { child.on('close', resolve); }));
      rmSync(folder, { recursive: true });
    },
  };
}

e2e('it says when it is ready, reads files again, and drains', async ({ use }) => {
  const service = await use(wsService());
  const held = await use(manager());
  const pid = await held.start(service, `127.0.0.1:${held.port}`);
  await held.ready(1);
  process.kill(pid, 'SIGHUP');
  await held.ready(2);
  process.kill(pid, 'SIGTERM');
  await held.ended(pid);
  const [serving, reloading, again, stopping, ...more] = held.said('notified');
  assert.deepEqual([serving, again, more], ['READY=1\nSTATUS=serving', 'READY=1', []]);
  assert.match(reloading, /^RELOADING=1\nMONOTONIC_USEC=\d+$/);
  assert.equal(stopping, 'STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=20000000');
  assert.deepEqual(held.said('code'), [0]);
});

e2e('a socket that the manager holds stays through reloads, and refuses one that would leave it to nobody', async ({ use }) => {
  const service = await use(wsService({ echo: true }));
  const held = await use(manager());
  const address = `127.0.0.1:${held.port}`;
  const pid = await held.start(service, address);
  await held.ready(1);
  held.reload(pid, service, ['127.0.0.2:0']);
  await held.ready(2);
  assert.ok(held.said('message').some((each) => each.startsWith(`listeners.${address}: the service manager holds its socket`)));
  held.reload(pid, service, ['127.0.0.2:0', address]);
  await held.ready(3);
  assert.ok(held.said('message').includes('configuration reloaded'));
  for (const url of [`ws://${address}/`, `ws://${held.said('address').findLast((each) => each.startsWith('127.0.0.2:'))}/`]) {
    assert.ok(await (await wsClient(url)).opened, url);
  }
  process.kill(pid, 'SIGTERM');
  await held.ended(pid);
});

e2e('connections wait through a restart, and none is refused', async ({ use }) => {
  const service = await use(wsService({ echo: true }));
  const held = await use(manager());
  const url = `ws://127.0.0.1:${held.port}/`;
  const first = await held.start(service, `127.0.0.1:${held.port}`, { spread: '1s', deadline: '10s' });
  await held.ready(1);
  const early = await wsClient(url);
  assert.ok(await early.opened);
  process.kill(first, 'SIGTERM');
  assert.equal((await within('the close', early.report)).code, 1012);
  await held.ended(first);

  const waiting = [];
  for (let i = 0; i < 50; ++i) waiting.push(await wsClient(url));
  // All are connected, and nobody has answered.
  await until('all to be connected', () => waiting.every(({ socket }) => socket._req?.socket?.connecting === false));
  const second = await held.start(service, `127.0.0.1:${held.port}`);
  assert.ok((await Promise.all(waiting.map(({ opened }) => opened))).every(Boolean));
  process.kill(second, 'SIGTERM');
  await held.ended(second);
});

e2e('a socket that no listener has is an error, for who connects there would wait for ever', async ({ use }) => {
  const service = await use(wsService());
  const held = await use(manager());
  const pid = await held.start(service, '127.0.0.1:0');
  await held.ended(pid);
  assert.deepEqual(held.said('code'), [1]);
  assert.match(held.said('text').join(), /passed on a socket at 127\.0\.0\.1:\d+, which no listener of the configuration has/);
});
