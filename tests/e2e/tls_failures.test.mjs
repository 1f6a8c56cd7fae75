// TLS that does not come about, on either leg, or ends in the middle; and files that cannot be used.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';

import { Authority } from './support/certificates.mjs';
import { noise } from './support/digest.mjs';
import { e2e } from './support/harness.mjs';
import { binary } from './support/proxy.mjs';
import { sClient } from './support/s_client.mjs';
import { until, within } from './support/until.mjs';
import { wire } from './support/wire.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';
import { toYaml } from './support/yaml.mjs';

const authority = new Authority();
const stranger = new Authority('of somebody else');
const identity = authority.issue();
process.on('exit', () => { authority.stop(); stranger.stop(); });

const secure = (more) => [{ address: '127.0.0.1:0', tls: { ...identity.files, ...more } }];
const byUpstream = (more) => ({ route: { upstream: { tls: { ca: authority.ca, ...more } } } });

const closes = (proxy, count) => until(`${count} closes to be counted`, async () => {
  const counted = await proxy.closes();
  return counted.length >= count && counted;
});
const handshakes = (proxy, leg, result) => proxy.total('lastframe_tls_handshakes_total', { leg, result });
const reasons = (proxy, message) => proxy.log().filter((entry) => entry.message === message).map(({ reason }) => reason);

e2e('a client that does not trust the certificate is counted 1015, and nobody else', async ({ use, front }) => {
  const proxy = await front(await use(wsService()), { listeners: secure() });
  const { code } = await sClient(proxy.port, '-CAfile', stranger.ca, '-verify_return_error');
  assert.equal(code, 1);
  assert.deepEqual(await closes(proxy, 1), [{ route: 'none', leg: 'client', code: '1015', initiator: 'client', cause: 'tls' }]);
  assert.deepEqual([await handshakes(proxy, 'client', 'done'), await handshakes(proxy, 'client', 'failed')], [0, 1]);
  assert.match(reasons(proxy, 'TLS with a client failed')[0], /alert unknown ca/);
});

const upstreams = {
  'of an authority that is not trusted': [() => wsService({ tls: stranger.issue().pem }), {}, /unable to get local issuer/],
  'for another name': [() => wsService({ tls: authority.issue({ names: ['DNS:other.test'] }).pem }), {}, /mismatch/],
  'for another name than server_name': [() => wsService({ tls: identity.pem }), { server_name: 'chat.test' }, /mismatch/],
  'that has expired': [() => wsService({ tls: authority.issue({ expired: true }).pem }), {}, /expired/],
  'that is none: it speaks no TLS': [() => wsService(), {}, /wrong version number/],
  'that is none: it ends': [ending, {}, /the peer ended the connection|unexpected eof/],
  'that asks for one and gets none': [asking, {}, /certificate required/],
  'that asks for one and gets one of a stranger': [asking, stranger.issue().files, /unknown ca/],
};

async function ending() {
  const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, stop: () => server.close() };
}

/** OpenSSL's own server, which lets in only who has a certificate of the authority. */
async function asking() {
  const { certificate, key } = identity;
  const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-cert', certificate, '-key', key,
    '-CAfile', authority.ca, '-Verify', '1', '-verify_return_error']);
  const ended = once(server, 'close');
  let said = '';
  server.stdout.on('data', (bytes) => { said += bytes; });
  const port = await until('s_server to listen', () => /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
  return { port, stop: () => { server.kill(); return ended; } };
}

for (const [name, [start, settings, reason]] of Object.entries(upstreams)) {
  e2e(`upstream with a certificate ${name}: the client is told 1014, upstream counted 1015`, async ({ use, front }) => {
    const proxy = await front(await use(start()), byUpstream(settings));
    const client = await wsClient(proxy.url());
    assert.equal(await client.opened, true);
    const { code, wasClean } = await within('the close', client.report);
    assert.deepEqual({ code, wasClean }, { code: 1014, wasClean: true });
    const both = { route: 'e2e', initiator: 'upstream', cause: 'tls' };
    assert.deepEqual((await closes(proxy, 2)).sort((a, b) => a.code - b.code),
      [{ ...both, leg: 'client', code: '1014' }, { ...both, leg: 'upstream', code: '1015' }]);
    assert.deepEqual([await handshakes(proxy, 'upstream', 'done'), await handshakes(proxy, 'upstream', 'failed')], [0, 1]);
    assert.match(reasons(proxy, 'TLS with upstream failed').join(), reason);
  });
}

e2e('with insecure upstream is not checked, and the start warns', async ({ use, front }) => {
  const proxy = await front(await use(wsService({ tls: stranger.issue({ names: ['DNS:other.test'] }).pem })),
    { route: { upstream: { tls: { insecure: true } } } });
  const client = await wsClient(proxy.url());
  assert.ok(await client.opened);
  assert.ok(proxy.log().some(({ level, message }) => level === 'warning' && /not checked/.test(message)), proxy.output);
});

e2e('mutual TLS lets in only who has a certificate of the right authority', async ({ use, front }) => {
  const proxy = await front(await use(wsService()), { listeners: secure({ client_ca: authority.ca }) });
  const [right, wrong] = [authority.issue().pem, stranger.issue().pem];
  for (const [options, count] of [[{}, 1], [wrong, 2]]) {
    const refused = await wsClient(proxy.url(), { ca: authority.pem, ...options });
    assert.equal(await refused.opened, false);
    assert.ok((await closes(proxy, count)).every(({ code, cause, leg }) => `${leg} ${code} ${cause}` === 'client 1015 tls'));
  }
  const client = await wsClient(proxy.url(), { ca: authority.pem, ...right });
  assert.ok(await client.opened);
  assert.equal((await proxy.closes()).length, 2);
});

e2e('upstream that asks for a certificate gets ours', async ({ use, front }) => {
  const service = await use(wsService({ tls: { ...identity.pem, ca: authority.pem, requestCert: true } }));
  const proxy = await front(service, byUpstream(authority.issue().files));
  const client = await wsClient(proxy.url());
  assert.ok(await client.opened);
});

// A record's header, and less than it announces.
const cutRecord = Buffer.concat([Buffer.from([0x17, 3, 3, 0x40, 0]), noise(100)]);

for (const [how, reset] of [['ends', false], ['is reset', true]]) {
  e2e(`a client whose TLS ${how} in the middle of a record is counted 1006`, async ({ use, front }) => {
    const service = await use(wsService());
    const proxy = await front(service, { listeners: secure() });
    const middle = await use(wire(proxy.port));
    const client = await wsClient(`wss://127.0.0.1:${middle.port}/`, { ca: authority.pem });
    assert.ok(await client.opened);
    const connection = await service.next();
    middle.cut('far', cutRecord, reset);
    const [{ cause }] = (await closes(proxy, 2)).filter(({ leg, code }) => leg === 'client' && code === '1006');
    assert.match(cause, /^(eof|reset)$/);
    assert.equal((await within("the service's report", connection.report)).code, 1006);
    assert.equal(connection.messages, 0, 'half a record is no data');
  });

  e2e(`upstream whose TLS ${how} in the middle of a record: the client is told 1014`, async ({ use, front }) => {
    const service = await use(wsService({ tls: identity.pem }));
    const middle = await use(wire(service.port));
    const proxy = await front(middle, byUpstream());
    const client = await wsClient(proxy.url());
    assert.ok(await client.opened);
    middle.cut('near', cutRecord, reset);
    const { code, wasClean } = await within('the close', client.report);
    assert.deepEqual({ code, wasClean }, { code: 1014, wasClean: true });
    assert.ok((await closes(proxy, 2)).some(({ leg, code: counted }) => leg === 'upstream' && counted === '1006'));
    assert.equal(client.messages, 0, 'half a record is no data');
  });
}

const abandoned = {
  'say nothing': () => '',
  'say half a ClientHello': () => Buffer.concat([Buffer.from([0x16, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3]), noise(40)]),
};

for (const [name, bytes] of Object.entries(abandoned)) {
  e2e(`200 connections that ${name} keep nobody out, and are dropped after header_timeout`, async ({ use, front }) => {
    const proxy = await front(await use(wsService()), { listeners: secure(), limits: { header_timeout: '3s' } });
    const idle = Array.from({ length: 200 }, () => net.connect({ port: proxy.port, host: '127.0.0.1' }).resume());
    const gone = Promise.all(idle.map((socket) => new Promise((done) => { socket.on('error', () => {}).on('close', done); })));
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    for (const socket of idle) socket.write(bytes());
    const client = await wsClient(proxy.url(), { ca: authority.pem });
    assert.ok(await within('a legitimate client to get in', client.opened, 2_000));
    await within('the others to be dropped', gone);
    assert.equal(await handshakes(proxy, 'client', 'failed'), 200);
    assert.deepEqual(await proxy.closes(), [], 'none of them had said what it wanted');
    assert.equal(client.socket.readyState, 1);
  });
}

/** What a client says first. */
async function clientHello() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = tls.connect({ port: server.address().port, host: '127.0.0.1' }).on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  client.destroy();
  server.close();
  return bytes;
}

e2e('a handshake that is given up after its ClientHello is counted 1015', async ({ use, front }) => {
  const proxy = await front(await use(wsService()), { listeners: secure(), limits: { header_timeout: '300ms' } });
  const hello = await clientHello();
  const socket = net.connect({ port: proxy.port, host: '127.0.0.1' }, () => socket.write(hello)).resume();
  await within('the proxy to give up', new Promise((gone) => { socket.on('close', gone); }));
  assert.deepEqual(await closes(proxy, 1), [{ route: 'none', leg: 'client', code: '1015', initiator: 'client', cause: 'tls' }]);
});

const check = (config) => {
  const path = join(authority.directory, 'lastframe.yaml');
  writeFileSync(path, toYaml(config));
  const { status, stdout, stderr } = spawnSync(binary, ['check', path], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
};
const other = authority.issue();
const expired = authority.issue({ expired: true });
const unusable = {
  'a missing file': [{ ...identity.files, key: '/nowhere/tls.key' }, /\/nowhere\/tls\.key: cannot be read: No such file/],
  'a key that does not fit': [{ ...identity.files, key: other.key }, /: does not belong to the certificate /],
  'an expired certificate': [expired.files, /issued-\d+\.crt: has expired/],
};

for (const [name, [files, reason]] of Object.entries(unusable)) {
  e2e(`check refuses ${name}, and says where and why`, async () => {
    const routes = [{ name: 'e2e', upstream: { endpoints: ['127.0.0.1:1'] } }];
    const asListener = { listeners: [{ address: '127.0.0.1:0', tls: files }], routes };
    const asUpstream = { listeners: [{ address: '127.0.0.1:0' }],
      routes: [{ name: 'e2e', upstream: { ...routes[0].upstream, tls: files } }] };
    for (const config of [asListener, asUpstream]) {
      const { status, output } = check(config);
      assert.equal(status, 1, output);
      assert.match(output, /lastframe\.yaml:\d+:\d+: /);
      assert.match(output, reason);
    }
  });
}
