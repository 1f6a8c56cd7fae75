// Certificates of a test's own, made with openssl's command line in a folder of their own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const openssl = (...args) => execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate and its key: `certificate` and `key` are the files' paths. */
class Identity {
  constructor(directory, name) {
    Object.assign(this, { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) });
  }

  /** As the proxy's configuration names it. */
  get files() { return { certificate: this.certificate, key: this.key }; }
  /** As node's peers take it. */
  get pem() { return { cert: readFileSync(this.certificate), key: readFileSync(this.key) }; }
  get serial() { return openssl('x509', '-in', this.certificate, '-noout', '-serial').trim().split('=')[1]; }
}

/** A certificate authority; `stop()` removes its folder, with all that it issued. */
export class Authority {
  #issued = 0;

  constructor(name = 'test') {
    this.directory = mkdtempSync(join(tmpdir(), 'lastframe-ca-'));
    /** The path of the authority's own certificate. */
    this.ca = join(this.directory, 'ca.crt');
    openssl('req', '-x509', ...ecKey, '-keyout', join(this.directory, 'ca.key'), '-out', this.ca, '-days', '2',
      '-subj', `/CN=authority ${name}`);
  }

  /** The authority's certificate as node's peers take it. */
  get pem() { return readFileSync(this.ca); }

  /** A certificate for `names`, of today or of the day before. `rsa`: with such a key. */
  issue({ names = ['IP:127.0.0.1', 'DNS:localhost'], expired = false, rsa = false } = {}) {
    const made = new Identity(this.directory, `issued-${++this.#issued}`);
    const request = `${made.certificate}.request`;
    openssl('req', ...(rsa ? ['-newkey', 'rsa:2048', '-nodes'] : ecKey), '-keyout', made.key, '-out', request,
      '-subj', '/CN=test', '-addext', `subjectAltName=${names.join(',')}`);
    openssl('x509', '-req', '-in', request, '-CA', this.ca, '-CAkey', join(this.directory, 'ca.key'),
      '-copy_extensions', 'copy', '-days', expired ? '-1' : '2', '-out', made.certificate);
    return made;
  }

  stop() { rmSync(this.directory, { recursive: true, force: true }); }
}
