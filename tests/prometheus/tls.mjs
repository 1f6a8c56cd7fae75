// A proxy with TLS on both legs: handshakes that are done and that fail, and a certificate that is broken and renewed.
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';

import { Proxy } from '../e2e/support/proxy.mjs';
import { within } from '../e2e/support/until.mjs';
import { wsClient, wsService } from '../e2e/support/ws_peers.mjs';
import { Tally } from './peers.mjs';
import { now } from './server.mjs';

/** A certificate for localhost, its own authority, that is good for so many days from now. */
function certify(key, days) {
  const { status, stdout, stderr } = spawnSync('openssl', ['req', '-x509', '-new', '-key', key, '-days', days,
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl req: ${stderr}`);
  return stdout;
}

/** Puts it in place at once, so that nobody reads half of it. */
function replace(file, text) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Speaks TLS for whoever listens at `port`. */
async function veil(identity, port) {
  const server = tls.createServer(identity, (outer) => {
    const inner = net.connect(port, '127.0.0.1');
    for (const [from, to] of [[outer, inner], [inner, outer]]) from.on('error', () => to.destroy()).pipe(to);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** The end of a connection, however it comes about. */
const ended = (socket) => within('the end of a connection', new Promise((resolve) => {
  socket.on('error', () => {}).on('close', resolve).resume();
}));

/** Clients, services, certificates, and the proxy between them. */
export class Secured {
  seen = new Tally();  // of tunnels and handshakes that ended, by the peers' own reports
  /** What Prometheus should show; `days` until the certificate's end, `used`: whether the files could be, last time. */
  expected = {
    handshakes: { 'client done': 0, 'client failed': 0, 'upstream done': 0, 'upstream failed': 0 },
    days: undefined,
    reloads: { done: 0, failed: 0 },
    used: 1,
  };
  #directory = mkdtempSync(join(tmpdir(), 'lastframe-tls-'));
  #key = join(this.#directory, 'tls.key');
  #certificate = join(this.#directory, 'tls.crt');
  #trusted;  // the certificate in use
  #authority = join(this.#directory, 'ca.crt');

  /** The proxy's certificate is good for so many `days`. */
  static async start(days) {
    const self = new Secured();
    const pem = { type: 'pkcs8', format: 'pem' };
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem);
    writeFileSync(self.#key, key);
    const cert = certify(self.#key, 365);
    writeFileSync(self.#authority, cert);
    self.#certify(days);
    self.service = await wsService();
    self.veil = await veil({ cert, key }, self.service.port);
    const route = (name, port) => ({
      name,
      match: { path: `/${name}` },
      upstream: { endpoints: [`127.0.0.1:${port}`], tls: { ca: self.#authority, server_name: 'localhost' } },
      failure_delay: '0s',
    });
    self.proxy = await Proxy.start({
      listeners: [{ address: '127.0.0.1:0', tls: { certificate: self.#certificate, key: self.#key } }],
      routes: [route('secured', self.veil.address().port), route('unsecured', self.service.port)],
      log: { access: 'off' },
    });
    return self;
  }

  async #opened(route) {
    const client = await wsClient(`wss://localhost:${this.proxy.port}/${route}`, { ca: this.#trusted, family: 4 });
    if (!await within('an upgrade over TLS', client.opened)) throw new Error(`no upgrade: ${client.error}`);
    this.expected.handshakes['client done'] += 1;
    return client;
  }

  /** A tunnel over TLS on both legs, which its client closes. */
  async closes() {
    const client = await this.#opened('secured');
    const service = await this.service.next();
    this.expected.handshakes['upstream done'] += 1;
    client.close(1000, 'as agreed');
    for (const [leg, peer] of Object.entries({ client, upstream: service })) {
      const { code } = await within(`the report of ${leg}`, peer.report);
      this.seen.add({ route: 'secured', initiator: 'client', cause: 'close_frame', leg, code });
    }
  }

  /** An upstream that does not speak TLS. */
  async failsUpstream() {
    const client = await this.#opened('unsecured');
    const { code } = await within('the report of the client', client.report);
    const labels = { route: 'unsecured', initiator: 'upstream', cause: 'tls' };
    this.expected.handshakes['upstream failed'] += 1;
    this.seen.add({ ...labels, leg: 'client', code });
    this.seen.add({ ...labels, leg: 'upstream', code: 1015 });
  }

  /** A client that speaks another protocol, and nothing else. */
  async failsClient() {
    const socket = tls.connect(this.proxy.port, '127.0.0.1', { ALPNProtocols: ['h2'], rejectUnauthorized: false });
    let agreed = false;
    socket.on('secureConnect', () => { agreed = true; });
    await ended(socket);
    if (agreed) throw new Error('a client of another protocol was let in');
    this.expected.handshakes['client failed'] += 1;
    this.seen.add({ route: 'none', leg: 'client', initiator: 'client', cause: 'tls', code: 1015 });
  }

  /** Plain HTTP: a handshake that failed, and nothing of which a Close would be missed. */
  async speaksPlainly() {
    const socket = net.connect(this.proxy.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await ended(socket);
    this.expected.handshakes['client failed'] += 1;
  }

  /** What is no certificate takes the place of the proxy's own; it goes on with the one that it has. */
  spoil() {
    replace(this.#certificate, 'not a certificate\n');
    this.expected.reloads.failed += 1;
    this.expected.used = 0;
  }

  /** It gets another one, for so many days. */
  renew(days) {
    this.#certify(days);
    this.expected.reloads.done += 1;
    this.expected.used = 1;
  }

  #certify(days) {
    this.#trusted = certify(this.#key, days);
    replace(this.#certificate, this.#trusted);
    this.expected.days = days;
  }

  /** What `server`, a Prometheus that knows this proxy as `tls`, shows of what is expected. */
  async shown(server) {
    const by = async (name, ...labels) => Object.fromEntries((await server.query(`lastframe_${name}{instance="tls"}`))
      .map(({ metric, value }) => [labels.map((label) => metric[label]).join(' '), value]));
    const { client: end } = await by('tls_certificate_expiry_timestamp_seconds', 'leg');
    return {
      handshakes: await by('tls_handshakes_total', 'leg', 'result'),
      days: Math.round((end - now()) / 86_400),
      reloads: await by('config_reloads_total', 'result'),
      used: (await by('config_last_reload_successful'))[''],
    };
  }

  async stop() {
    await this.proxy?.kill();
    this.veil?.close();
    await this.service?.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
