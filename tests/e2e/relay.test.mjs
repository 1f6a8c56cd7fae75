// Transparency: what one end sends is what the other end gets, and what both agree on is what they would without a proxy.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { startBrowser } from './support/browser.mjs';
import { Digest, noise } from './support/digest.mjs';
import { frame, opcode } from './support/frames.mjs';
import { e2e } from './support/harness.mjs';
import { rawClient } from './support/raw_client.mjs';
import { rawService } from './support/raw_service.mjs';
import { until, within } from './support/until.mjs';
import { websocketsService } from './support/websockets_service.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

const MiB = 1 << 20;

/** Sends all messages, gets as many back, and compares the digests. */
async function roundTrip(client, messages, deadline = 60_000) {
  const sent = new Digest();
  const received = new Digest();
  client.socket.on('message', (data, binary) => received.add(binary ? data : data.toString()));
  for (const message of messages) {
    sent.add(message);
    client.send(message);
  }
  await until(`${sent.count} messages to come back`, () => received.count >= sent.count || client.socket.readyState > 1,
    deadline);
  assert.equal(received.count, sent.count);
  assert.equal(received.value(), sent.value(), 'the digest of all messages');
}

const echoes = {
  ws: () => wsService({ echo: true, perMessageDeflate: true }),
  websockets: () => websocketsService({ mode: 'echo', deflate: true }),
};

for (const [kind, echo] of Object.entries(echoes)) {
  const through = (name, messages, options, deadline) => e2e(`${name} pass unchanged [${kind}]`, async ({ use, front }) => {
    const service = await use(echo());
    const proxy = await front(service);
    const client = await wsClient(proxy.url(), { perMessageDeflate: false, ...options });
    assert.ok(await client.opened);
    const connection = await service.next();
    await roundTrip(client, messages(), deadline);
    client.close(1000, 'done');
    assert.deepEqual(await within('the close', client.report), { code: 1000, reason: 'done', wasClean: true });
    assert.equal((await within("the service's report", connection.report)).code, 1000);
  }, { deadline: 2 * (deadline ?? 30_000) });

  through('1 MiB of text', () => ['ä€𝄞x'.repeat(MiB / 10)]);
  through('64 MiB binary messages', () => { const big = noise(64 * MiB); return [big, big.subarray(1)]; }, {}, 60_000);
  through('100,000 tiny messages', () => Array.from({ length: 100_000 }, (_, i) => `${i}`), {}, 60_000);
  through('empty messages', () => ['', Buffer.alloc(0), 'x', '']);
  through('every length around a header', () =>
    [0, 1, 125, 126, 127, 16383, 16384, 16385, 65535, 65536, 65537, 262145].map((size) => noise(size)));
  through('deflated text', () => ['a'.repeat(MiB), 'short', noise(MiB).toString('base64')],
    { perMessageDeflate: { threshold: 0 } });
  through('deflated binary', () => [Buffer.alloc(8 * MiB), noise(8 * MiB), randomBytes(100)],
    { perMessageDeflate: { threshold: 0 } });

  e2e(`permessage-deflate and a subprotocol are agreed end to end [${kind}]`, async ({ use, front }) => {
    const handleProtocols = (offered) => [...offered].at(-1);
    const service = await use(kind === 'ws' ? wsService({ perMessageDeflate: true, handleProtocols }) : echo());
    const agreed = async (port) => {
      const client = await wsClient(`ws://127.0.0.1:${port}/`, { protocols: ['chat.v2', 'chat.v1'] });
      assert.ok(await client.opened);
      const connection = await service.next();
      const result = { protocol: client.socket.protocol, extensions: client.socket.extensions,
        chosen: connection.subprotocol ?? connection.socket.protocol };
      client.close(1000);
      await client.report;
      return result;
    };
    const without = await agreed(service.port);
    assert.ok(without.protocol && without.extensions.includes('permessage-deflate'), 'a comparison worth making');
    assert.deepEqual(await agreed((await front(service)).port), without);
  });
}

e2e('messages in many fragments pass unchanged, both ways', async ({ use, front }) => {
  const service = await use(rawService({}));
  const proxy = await front(service);
  const client = await rawClient(proxy.url());
  await client.opened;
  const connection = await service.next();
  const pieces = Array.from({ length: 10_000 }, (_, i) => noise(i % 7, `${i}`));
  for (const [from, to] of [[client, connection], [connection, client]]) {
    to.frames.length = 0;
    pieces.forEach((payload, i) => from.frame({
      op: i ? opcode.continuation : opcode.binary, payload, fin: i === pieces.length - 1 }));
    await until('the last fragment', () => to.frames.at(-1)?.fin);
    assert.equal(to.frames.length, pieces.length);
    assert.ok(to.frames.every(({ payload }, i) => payload.equals(pieces[i])), 'each fragment as it was sent');
  }
});

e2e('Pings pass in both directions, and their Pongs come back', async ({ use, front }) => {
  const service = await use(rawService({ pongs: false }));
  const proxy = await front(service);
  const client = await rawClient(proxy.url(), { pongs: false });
  await client.opened;
  const connection = await service.next();
  for (const [from, to] of [[client, connection], [connection, client]]) {
    for (const payload of ['', 'ping', 'p'.repeat(125)].map((text) => Buffer.from(text))) {
      from.frames.length = to.frames.length = 0;
      from.ping(payload);
      assert.deepEqual((await to.arrived(opcode.ping)).payload, payload);
      to.frame({ op: opcode.pong, payload });
      assert.deepEqual((await from.arrived(opcode.pong)).payload, payload);
    }
  }
});

e2e('what follows the upgrade request, and what follows the 101, arrives', async ({ use, front }) => {
  const service = await use(rawService({ behind: frame({ payload: 'behind the 101' }) }));
  const proxy = await front(service);
  const client = await rawClient(proxy.url(), { behind: frame({ payload: 'behind the request', mask: true }) });
  await client.opened;
  const connection = await service.next();
  assert.equal((await client.arrived(opcode.text)).payload.toString(), 'behind the 101');
  assert.equal((await connection.arrived(opcode.text)).payload.toString(), 'behind the request');
});

e2e('frames that arrive byte by byte leave whole', async ({ use, front }) => {
  const service = await use(rawService({}));
  const proxy = await front(service);
  const client = await rawClient(proxy.url());
  await client.opened;
  const connection = await service.next();
  const payload = noise(300);
  for (const byte of frame({ payload, op: opcode.binary, mask: true })) {
    await new Promise((sent) => { client.socket.write(Buffer.from([byte]), sent); });
  }
  assert.deepEqual((await connection.arrived(opcode.binary)).payload, payload);
});

e2e('Chromium: text, 16 MiB, and the subprotocol', async ({ use, front }) => {
  const browser = await use(startBrowser());
  const service = await use(wsService({ echo: true }));
  const proxy = await front(service);
  const client = await browser.client(proxy.url(), { protocols: ['chat.v1'] });
  assert.ok(await client.opened);
  await client.send('grüße');
  await client.flood(16 * MiB, 2);
  await until('the echoes', async () => (await client.received()).messages === 3);
  assert.deepEqual(await client.received(), { messages: 3, bytes: 'grüße'.length + 32 * MiB, protocol: 'chat.v1' });
});
