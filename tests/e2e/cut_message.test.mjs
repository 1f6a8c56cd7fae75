// Upstream is killed in the middle of a 64 MiB message: what its client then sees.
import assert from 'node:assert/strict';

import { startBrowser } from './support/browser.mjs';
import { e2e } from './support/harness.mjs';
import { rawClient } from './support/raw_client.mjs';
import { until, within } from './support/until.mjs';
import { websocketsService } from './support/websockets_service.mjs';
import { wsClient } from './support/ws_peers.mjs';

const MiB = 1 << 20;
const browsers = async (use) => (await use(startBrowser())).client;
const clients = { ws: () => wsClient, raw: () => rawClient, chromium: browsers };

/** Kills the service while its message is under way; returns what the client reported and what was counted. */
async function cut({ use, front }, kind, route) {
  const connect = await clients[kind](use);
  const service = await use(websocketsService());
  const proxy = await front(service, { route });
  const client = await connect(proxy.url());
  assert.ok(await client.opened);
  const connection = await service.next();
  client.pauseReading();
  connection.flood(64 * MiB, 1);
  await until('the message to be under way', () => proxy.total('lastframe_payload_bytes_total', { direction: 'to_client' }));
  assert.equal(await proxy.total('lastframe_messages_total', { direction: 'to_client' }), 0, 'still in its middle');
  service.kill('SIGKILL');
  client.resumeReading();
  const report = await within("the client's report", client.report, 20_000);
  await until('both legs to be counted', async () => (await proxy.closes()).length === 2);
  return { report, counted: await proxy.closes() };
}

for (const kind of Object.keys(clients)) {
  e2e(`upstream killed in the middle of 64 MiB gives a clean 1014 [${kind}]`, async (stage) => {
    const { report, counted } = await cut(stage, kind, {});
    assert.equal(report.code, 1014);
    assert.equal(report.wasClean, true);
    for (const { leg, code, initiator, cause } of counted) {
      assert.equal(code, leg === 'client' ? '1014' : '1006');
      assert.equal(initiator, 'upstream');
      assert.match(cause, /^(eof|reset)$/);
    }
  });

  e2e(`with fragmentation: preserve the leg is cut, and counted as cut [${kind}]`, async (stage) => {
    const { report, counted } = await cut(stage, kind, { fragmentation: 'preserve' });
    assert.equal(report.code, 1006);
    assert.equal(report.wasClean, false);
    for (const { code, initiator, cause } of counted) {
      assert.equal(code, '1006');
      assert.equal(initiator, 'upstream');
      assert.match(cause, /^(eof|reset)$/);
    }
  });
}
