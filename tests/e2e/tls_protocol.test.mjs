// What `openssl s_client` sees of a listener: versions, ciphers, ALPN, resumption, renegotiation, names, close_notify.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

import { Authority } from './support/certificates.mjs';
import { e2e } from './support/harness.mjs';
import { sClient, serialOf, startSClient } from './support/s_client.mjs';
import { until, within } from './support/until.mjs';
import { wsService } from './support/ws_peers.mjs';

const authority = new Authority();
const identity = authority.issue();
const withRsa = authority.issue({ rsa: true });
process.on('exit', () => authority.stop());

const listening = (tls = identity.files) => ({ listeners: [{ address: '127.0.0.1:0', tls }] });
const trusting = ['-CAfile', authority.ca, '-verify_return_error'];
// The lowest security level: what is refused is refused by the proxy.
const lax = '@SECLEVEL=0';
const proxyWith = async ({ use, front }, tls) => front(await use(wsService()), listening(tls));

for (const [option, version] of [['-tls1_2', 'TLSv1.2'], ['-tls1_3', 'TLSv1.3']]) {
  e2e(`${version} is spoken, without compression, and its certificate holds`, async (at) => {
    const proxy = await proxyWith(at);
    const { code, output } = await sClient(proxy.port, option, ...trusting);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`New, ${version}, Cipher is (ECDHE-|TLS_)`));
    assert.match(output, /Compression: NONE/);
    assert.match(output, /Verify return code: 0 \(ok\)/);
  });
}

e2e('older versions are refused, and so is 1.2 where min_version says so', async (at) => {
  const proxy = await proxyWith(at);
  const refused = async (port, ...args) => {
    const { code, output } = await sClient(port, ...args);
    assert.notEqual(code, 0, `${args}: ${output}`);
    assert.match(output, /alert protocol version/);
  };
  await refused(proxy.port, '-tls1', '-cipher', `ALL:${lax}`);
  await refused(proxy.port, '-tls1_1', '-cipher', `ALL:${lax}`);
  const strict = await proxyWith(at, { ...identity.files, min_version: '1.3' });
  await refused(strict.port, '-tls1_2');
  assert.equal((await sClient(strict.port, '-tls1_3')).code, 0);
});

const weak = ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES256-SHA384',
  'AES128-SHA', 'AES256-SHA256', 'AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'DHE-RSA-AES128-GCM-SHA256', 'AECDH-AES128-SHA',
  'ADH-AES128-GCM-SHA256', 'ECDHE-ECDSA-NULL-SHA', 'NULL-SHA256', 'ECDHE-ECDSA-CAMELLIA128-SHA256'];
const strong = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'];

for (const [key, chosen] of [['ECDSA', identity], ['RSA', withRsa]]) {
  e2e(`with a key of ${key}, TLS 1.2 has no ciphers but those with forward secrecy and authenticated encryption`, async (at) => {
    const proxy = await proxyWith(at, chosen.files);
    for (const cipher of weak) {
      const { code, output } = await sClient(proxy.port, '-tls1_2', '-cipher', `${cipher}:${lax}`);
      assert.notEqual(code, 0, `${cipher}: ${output}`);
      assert.match(output, /alert handshake failure/, cipher);
    }
    for (const cipher of strong) {
      const { code, output } = await sClient(proxy.port, '-tls1_2', '-cipher', `ECDHE-${key}-${cipher}`);
      assert.equal(code, 0, `${cipher}: ${output}`);
    }
  });
}

e2e('http/1.1 is chosen wherever it is offered, and h2 alone is refused', async (at) => {
  const proxy = await proxyWith(at);
  assert.match((await sClient(proxy.port, '-alpn', 'h2,http/1.1')).output, /ALPN protocol: http\/1\.1/);
  assert.match((await sClient(proxy.port)).output, /No ALPN negotiated/);
  const { code, output } = await sClient(proxy.port, '-alpn', 'h2');
  assert.notEqual(code, 0, output);
  assert.match(output, /alert no application protocol/);
});

e2e('renegotiation is refused, whoever asks for it', async (at) => {
  const proxy = await proxyWith(at);
  const client = await at.use(startSClient(proxy.port, '-tls1_2'));
  await client.saying(/Verify return code/);
  client.write('R\n');
  await client.saying(/RENEGOTIATING/);
  await within('s_client to end', client.ended);
  assert.match(client.output, /no renegotiation/);
  assert.match(client.output, /Secure Renegotiation IS supported/);
});

e2e('sessions are resumed by every worker', async (at) => {
  const proxy = await proxyWith(at);
  for (const version of ['-tls1_2', '-tls1_3']) {
    const session = `${authority.directory}/session${version}`;
    const first = await at.use(startSClient(proxy.port, version, '-sess_out', session));
    await until('a ticket', () => existsSync(session) && readFileSync(session, 'utf8').includes('END SSL SESSION'));
    first.endInput();
    await within('s_client to end', first.ended);
    for (let i = 0; i < 8; ++i) {
      const { output } = await sClient(proxy.port, version, '-sess_in', session);
      assert.match(output, /Reused, TLSv1\.[23]/);
    }
  }
});

e2e('an answer in HTTP ends with close_notify', async (at) => {
  const proxy = await proxyWith(at);
  for (const version of ['-tls1_2', '-tls1_3']) {
    const client = await at.use(startSClient(proxy.port, version, '-msg'));
    await client.saying(/Verify return code/);
    client.write(`GET / HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    assert.equal(await within('s_client to end', client.ended), 0, client.output);
    assert.match(client.output, /HTTP\/1\.1 4\d\d /);
    assert.match(client.output, /<<< TLS 1\.[23], Alert \[length 0002\], warning close_notify/);
    assert.doesNotMatch(client.output, /unexpected eof/);
  }
});

e2e('the certificate is chosen by the name that is asked for; the first is for all other names', async (at) => {
  const [first, chat, wild] = ['first.test', 'chat.test', '*.wild.test'].map((name) => authority.issue({ names: [`DNS:${name}`] }));
  const proxy = await proxyWith(at, [first.files, chat.files, { ...wild.files, min_version: '1.3' }]);
  const names = { 'first.test': first, 'chat.test': chat, 'CHAT.test': chat, 'a.wild.test': wild, 'a.b.wild.test': first,
    'unknown.test': first };
  for (const [name, expected] of Object.entries(names)) {
    const { output } = await sClient(proxy.port, '-servername', name, ...trusting);
    assert.equal(serialOf(output), expected.serial, name);
  }
  assert.equal(serialOf((await sClient(proxy.port, '-noservername')).output), first.serial);
  assert.notEqual((await sClient(proxy.port, '-servername', 'a.wild.test', '-tls1_2')).code, 0, "min_version is the certificate's own");
});
