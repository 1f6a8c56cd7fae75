// The container image as its user runs it, by podman; `tests/image` builds it first. IMAGE names it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';

import { get, parseMetrics, total } from './support/metrics.mjs';
import { until, within } from './support/until.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

const telemetry = 10014;  // configs/sidecar.yaml

async function podman(...args) {
  const child = spawn('podman', ['--cgroup-manager', 'cgroupfs', '--runtime', '/usr/sbin/runc', ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (more) => { text += more; });
  const [code] = await within(`podman ${args[0]}`, once(child, 'close'), 60_000);
  return { code, text: text.trim() };
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

const service = await wsService({ echo: true });
const port = await freePort();
const { code, text: container } = await podman('run', '--detach', '--rm', '--network', 'host', '--read-only', '--cap-drop', 'ALL',
  '--security-opt', 'no-new-privileges', '--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=1000:1000',
  '--env', `LASTFRAME_LISTEN=127.0.0.1:${port}`, '--env', `LASTFRAME_UPSTREAM=127.0.0.1:${service.port}`, process.env.IMAGE);
assert.equal(code, 0);
try {
  await until('the proxy to be ready', async () =>
    (await get('127.0.0.1', telemetry, '/readyz').catch(() => ({}))).status === 200);

  const client = await wsClient(`ws://127.0.0.1:${port}/`);
  assert.ok(await client.opened);
  const echoed = once(client.socket, 'message');
  client.send('hello');
  assert.equal(String((await within('the echo', echoed))[0]), 'hello');
  (await service.next()).drop();
  assert.equal((await within('the close', client.report)).code, 1014);
  const page = parseMetrics((await get('127.0.0.1', telemetry, '/metrics')).body);
  assert.equal(total(page, 'lastframe_closes_total', { leg: 'client', code: '1014' }), 1);

  assert.equal((await podman('exec', container, '/usr/bin/lastframe', 'health')).code, 0);

  const last = await wsClient(`ws://127.0.0.1:${port}/`);
  assert.ok(await last.opened);
  const stopped = podman('stop', '--time', '40', container);
  assert.equal((await within('the close', last.report, 20_000)).code, 1012);
  assert.equal((await stopped).code, 0);
  console.log('image: relay, 1014, metrics, health and drain are well');
} finally {
  await podman('rm', '--force', '--ignore', '--time', '0', container);
  await service.stop();
}
