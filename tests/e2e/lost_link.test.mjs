// A client behind a link that drops everything is found by Ping, and counted as what it would report: 1006.
//
// The test runs in a network namespace of its own and gives the client another; both end with their processes. That
// takes root, or sudo without a password; without either the test exits 77, which ctest shows as skipped.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { e2e } from './support/harness.mjs';
import { rawService } from './support/raw_service.mjs';
import { until, within } from './support/until.mjs';

const own = 'LASTFRAME_E2E_NAMESPACE';

if (!process.env[own]) {
  const sudo = process.getuid() === 0 ? [] : ['sudo', '-n', '-E'];
  const [program, ...args] = [...sudo, 'unshare', '--net', process.execPath, fileURLToPath(import.meta.url)];
  if (spawnSync(program, [...args.slice(0, -2), 'true']).status !== 0) {
    console.log('skipped: no right to make a network namespace');
    process.exit(77);
  }
  const { status } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, [own]: '1' } });
  process.exit(status ?? 1);
}

const run = (program, ...args) => {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`);
};
const inside = (pid, ...command) => run('nsenter', '-t', pid, '-n', ...command);

let links = 0;

/** A network namespace held by a process, linked to this one. */
async function linkedNamespace() {
  const [near, far] = [`near${links}`, `far${links}`];
  const address = { near: `198.18.${links}.1`, far: `198.18.${links}.2` };  // RFC 2544's range for tests
  links += 1;
  const holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
  try {
    const mine = readlinkSync('/proc/self/ns/net');
    await until('the namespace', () => readlinkSync(`/proc/${holder.pid}/ns/net`) !== mine);
    run('ip', 'link', 'set', 'lo', 'up');
    run('ip', 'link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', holder.pid);
    run('ip', 'addr', 'add', `${address.near}/30`, 'dev', near);
    run('ip', 'link', 'set', near, 'up');
    inside(holder.pid, 'ip', 'addr', 'add', `${address.far}/30`, 'dev', far);
    inside(holder.pid, 'ip', 'link', 'set', far, 'up');
  } catch (error) {
    holder.kill('SIGKILL');
    throw error;
  }
  return {
    pid: holder.pid,
    near: address.near,
    dropEverything() {
      inside(holder.pid, 'nft', 'add', 'table', 'ip', 'lost');
      for (const hook of ['input', 'output']) {
        inside(holder.pid, 'nft', 'add', 'chain', 'ip', 'lost', hook, `{ type filter hook ${hook} priority 0; policy drop; }`);
      }
    },
    async stop() { holder.kill('SIGKILL'); },
  };
}

const clientSource = `
  import { wsClient } from ${JSON.stringify(new URL('support/ws_peers.mjs', import.meta.url).href)};
  const client = await wsClient(process.argv[1]);
  console.log(JSON.stringify({ opened: await client.opened }));
`;

for (const [onClientLost, upstreamCode] of [[undefined, 1006], [1001, 1001]]) {
  e2e(`a client behind a dead link is found by Ping, upstream hears ${upstreamCode}`, async ({ use, front }) => {
    const namespace = await use(linkedNamespace());
    const service = await use(rawService({}));
    const interval = 500;
    const timeout = 500;
    const closeTimeout = 1_000;
    const proxy = await front(service, {
      listeners: [{ address: `${namespace.near}:0` }],
      route: {
        keepalive: { client: { interval: `${interval}ms`, timeout: `${timeout}ms` } },
        limits: { close_timeout: `${closeTimeout}ms` },
        on_client_lost: onClientLost,
      },
    });
    const client = spawn('nsenter', ['-t', namespace.pid, '-n', process.execPath, '--input-type=module', '-e', clientSource,
      `ws://${namespace.near}:${proxy.port}/`], { stdio: ['ignore', 'inherit', 'inherit'] });
    await use({ async stop() { client.kill('SIGKILL'); } });
    const connection = await service.next();
    await until('a Ping of the proxy to be answered', () => proxy.total('lastframe_ping_rtt_seconds_count', { leg: 'client' }));

    namespace.dropEverything();
    const dropped = Date.now();
    const { code } = await within('upstream to hear of it', connection.report);
    const heard = Date.now() - dropped;
    const [counted] = await until('the client to be counted', async () => {
      const closes = await proxy.closes('client');
      return closes.length && closes;
    });
    const took = Date.now() - dropped;
    assert.equal(code, upstreamCode);
    assert.deepEqual([counted.code, counted.initiator, counted.cause], ['1006', 'client', 'ping_timeout']);
    const [upstream] = await proxy.closes('upstream');
    assert.equal(upstream.code, String(code));
    const slack = 300 * Number(process.env.LASTFRAME_TEST_SLOW ?? 1);
    // Upstream's Close waits for nothing of the client's; its FIN comes by then as well.
    assert.ok(heard <= interval + timeout + closeTimeout + slack, `upstream heard after ${heard} ms`);
    assert.ok(took <= interval + timeout + closeTimeout + slack, `counted after ${took} ms`);
  });
}
