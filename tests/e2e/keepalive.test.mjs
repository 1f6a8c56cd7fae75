// Keepalive: quiet or slow connections are left alone, and nobody's Pings get lost while ours run.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { noise } from './support/digest.mjs';
import { opcode } from './support/frames.mjs';
import { e2e } from './support/harness.mjs';
import { rawClient } from './support/raw_client.mjs';
import { rawService } from './support/raw_service.mjs';
import { slowConsumer } from './support/slow_consumer.mjs';
import { until, within } from './support/until.mjs';
import { websocketsService } from './support/websockets_service.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

const MiB = 1 << 20;
const quick = { interval: '100ms', timeout: '400ms' };
const keepalive = { client: quick, upstream: quick };

for (const [kind, connect, serve] of [['ws', wsClient, wsService], ['raw', rawClient, rawService]]) {
  e2e(`a tunnel that is idle for 50 intervals is never closed [${kind}]`, async ({ use, front }) => {
    const service = await use(serve({}));
    const proxy = await front(service, { route: { keepalive } });
    const client = await connect(proxy.url());
    await client.opened;
    const connection = await service.next();
    // A Ping per interval: fifty of them on each leg are fifty intervals.
    for (const leg of ['client', 'upstream']) {
      await until(`50 Pings to the ${leg}`, () => proxy.total('lastframe_pings_total', { leg }).then((n) => n >= 50), 30_000);
    }
    assert.equal((await proxy.closes()).length, 0);
    assert.equal(await proxy.total('lastframe_tunnels'), 1);
    for (const leg of ['client', 'upstream']) {
      assert.ok(await proxy.total('lastframe_ping_rtt_seconds_count', { leg }) >= 49, 'their Pongs were taken');
    }
    client.close(1000, 'rested');
    assert.equal((await within('the close', connection.report)).code, 1000);
  });
}

e2e('our own Pings and Pongs stay on their leg', async ({ use, front }) => {
  const service = await use(rawService({}));
  const proxy = await front(service, { route: { keepalive } });
  const client = await rawClient(proxy.url());
  await client.opened;
  const connection = await service.next();
  await until('ten Pings', () => client.frames.length >= 10 && connection.frames.length >= 10);
  for (const peer of [client, connection]) {
    assert.ok(peer.frames.every(({ op, payload }) => op === opcode.ping && payload.length === 8), 'only Pings of ours');
  }
});

/** Pings of the service's own, each with bytes of its own, awaiting each Pong; `asked` and `answered` count. */
function wsPings(connection) {
  const pings = { asked: 0, answered: 0 };
  const next = () => { pings.asked += 1; connection.socket.ping(Buffer.from(`ping ${pings.asked}`)); };
  connection.socket.on('pong', (payload) => {
    if (payload.toString() !== `ping ${pings.asked}`) return;
    pings.answered += 1;
    // The next one later than our interval, so that ours come between.
    if (!pings.enough) setTimeout(next, 130);
  });
  next();
  return pings;
}

for (const kind of ['ws', 'websockets']) {
  e2e(`a service's own Pings are all answered while ours run, under load [${kind}]`, async ({ use, front }) => {
    const service = await use(kind === 'ws' ? wsService() : websocketsService());
    const proxy = await front(service, { route: { keepalive } });
    const client = await wsClient(proxy.url());
    await client.opened;
    const connection = await service.next();
    let stopped = false;
    const load = async () => {
      // One way only: the client says nothing but Pongs, so that it is pinged by the proxy as well.
      while (!stopped) {
        const before = client.messages;
        connection.flood(8192, 50);
        await until('the load to pass', () => stopped || client.messages >= before + 50);
      }
    };
    const loading = load();
    if (kind === 'websockets') connection.pingEvery(0.13);
    const pings = kind === 'ws' ? wsPings(connection) : undefined;
    const answered = () => pings?.answered ?? connection.pings?.answered ?? 0;
    const asked = () => pings?.asked ?? connection.pings?.sent ?? 0;
    try {
      await until('20 Pongs for the service, and 10 for the proxy', async () => answered() >= 20
        && await proxy.total('lastframe_ping_rtt_seconds_count', { leg: 'client' }) >= 10, 30_000);
    } finally {
      stopped = true;
      if (pings) pings.enough = true;
    }
    await loading;
    await until('the last Pong', () => answered() >= asked() - 1);
    assert.equal((await proxy.closes()).length, 0);
    client.close(1000, 'enough');
    assert.equal((await within('the close', connection.report)).code, 1000);
  });
}

e2e('a consumer of 30 KB/s behind megabytes is not closed, nor is the upstream whose Pong waits behind it',
  async ({ use, front }) => {
    const service = await use(rawService({}));
    const limits = { write_timeout: '2s' };
    const proxy = await front(service, { route: { keepalive, limits } });
    const consumer = await use(slowConsumer(proxy.port, 30_000));
    const connection = await service.next();
    const message = noise(MiB);
    for (let i = 0; i < 16; ++i) connection.send(message);
    // 240 KB at this rate take eight seconds: four write_timeouts, and sixteen Ping timeouts.
    await until('the consumer to read 240 KB', () => consumer.read >= 240_000 || consumer.ended, 40_000);
    assert.equal(consumer.ended, undefined);
    assert.equal((await proxy.closes()).length, 0);
    const read = await proxy.total('lastframe_payload_bytes_total', { direction: 'to_client' });
    assert.ok(read < 16 * MiB, 'upstream is not being read: its Pongs wait');
    consumer.hurry();
    connection.close(4001, 'all sent');
    const { code, messages, digest } = await within('the consumer to end', consumer.report, 30_000);
    assert.deepEqual({ code, messages }, { code: 4001, messages: 16 });
    const all = createHash('sha256');
    for (let i = 0; i < 16; ++i) all.update(message);
    assert.equal(digest, all.digest('hex'));
    assert.equal((await within("the service's report", connection.report)).code, 4001);
  }, { deadline: 90_000 });

e2e('a client that reads nothing for many intervals, behind data, has its tunnel when it returns', async ({ use, front }) => {
  const service = await use(wsService());
  const proxy = await front(service, { route: { keepalive } });
  const client = await wsClient(proxy.url());
  await client.opened;
  const connection = await service.next();
  client.pauseReading();
  connection.flood(MiB, 64);
  const end = Date.now() + 3_000;  // thirty intervals
  await until('3 s to pass', async () => {
    assert.equal((await proxy.closes()).length, 0);
    return Date.now() > end;
  });
  client.resumeReading();
  await until('all messages', () => client.messages === 64);
  client.close(1000, 'back');
  assert.equal((await within('the close', connection.report)).code, 1000);
});
