// What passes through TLS is what would pass without it: messages whole, and what both ends agree on.
import assert from 'node:assert/strict';

import { Authority } from './support/certificates.mjs';
import { Digest, noise } from './support/digest.mjs';
import { e2e } from './support/harness.mjs';
import { until, within } from './support/until.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

const MiB = 1 << 20;
const authority = new Authority();
const identity = authority.issue();
process.on('exit', () => authority.stop());

const listeners = [{ address: '127.0.0.1:0', tls: identity.files }];
const route = { upstream: { tls: { ca: authority.ca } } };
const transports = { 'wss to ws': { listeners }, 'ws to wss': { route }, 'wss to wss': { listeners, route } };

async function echoed(client, messages) {
  const [sent, received] = [new Digest(), new Digest()];
  client.socket.on('message', (data, binary) => received.add(binary ? data : data.toString()));
  for (const message of messages) {
    sent.add(message);
    client.send(message);
  }
  await until('the echoes', () => received.count >= sent.count || client.socket.readyState > 1, 30_000);
  assert.equal(received.count, sent.count);
  assert.equal(received.value(), sent.value(), 'the digest of all messages');
}

const messages = () => ['grüße', '', noise(MiB), noise(16 * MiB), ...[16383, 16384, 16385].map((size) => noise(size)),
  ...Array.from({ length: 1_000 }, (_, i) => `${i}`)];

for (const [name, config] of Object.entries(transports)) {
  for (const perMessageDeflate of [false, { threshold: 0 }]) {
    e2e(`${name}: messages pass unchanged${perMessageDeflate ? ', deflated' : ''}`, async ({ use, front }) => {
      const service = await use(wsService({ echo: true, perMessageDeflate, tls: config.route && identity.pem,
        handleProtocols: (offered) => [...offered].at(-1) }));
      const proxy = await front(service, config);
      assert.equal(proxy.url().startsWith('wss:'), Boolean(config.listeners));
      const client = await wsClient(proxy.url(), { ca: authority.pem, perMessageDeflate, protocols: ['chat.v2', 'chat.v1'] });
      assert.ok(await client.opened);
      const connection = await service.next();
      assert.equal(client.socket.protocol, 'chat.v1');
      assert.equal(client.socket.extensions, perMessageDeflate ? 'permessage-deflate' : '');
      assert.equal(Boolean(connection.request.socket.encrypted), Boolean(config.route));
      await echoed(client, messages());
      client.close(4001, 'done');
      const end = { code: 4001, reason: 'done', wasClean: true };
      assert.deepEqual(await within('the close', client.report), end);
      assert.deepEqual(await within("the service's report", connection.report), end);
    });
  }
}

e2e('a tunnel whose two ends read slowly holds what they have not read', async ({ use, front }) => {
  const service = await use(wsService({ tls: identity.pem, perMessageDeflate: false }));
  const proxy = await front(service, { listeners, route });
  const client = await wsClient(proxy.url(), { ca: authority.pem, perMessageDeflate: false });
  assert.ok(await client.opened);
  const connection = await service.next();
  for (const [from, to] of [[client, connection], [connection, client]]) {
    const [sent, received] = [new Digest(), new Digest()];
    to.socket.on('message', (data) => received.add(data));
    to.pauseReading();
    for (let i = 0; i < 64; ++i) {
      const message = noise(MiB / 2 + i, `${i}`);
      sent.add(message);
      from.send(message);
    }
    await until('a stall', () => from.socket._socket.writableLength > 0);
    to.resumeReading();
    await until('all messages', () => received.count === sent.count, 30_000);
    assert.equal(received.value(), sent.value(), 'the digest of all messages');
  }
});
