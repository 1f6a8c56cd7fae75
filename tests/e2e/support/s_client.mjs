// `openssl s_client` as a client that is known to everyone.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

import { until, within } from './until.mjs';

/** Starts one; `output` grows, `write(text)` sends, `ended` tells its exit code once it has one. */
export function startSClient(port, ...args) {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], { stdio: 'pipe' });
  const client = { output: '', write: (text) => child.stdin.write(text), stop: () => child.kill('SIGKILL') };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { client.output += bytes; });
  child.stdin.on('error', () => {});  // it has ended already
  client.ended = once(child, 'close').then(([code]) => code);
  client.saying = (pattern) => until(`s_client to say ${pattern}`, () => pattern.test(client.output))
    .catch((error) => { throw new Error(`${error.message}, which said:\n${client.output}`); });
  client.endInput = () => child.stdin.end();
  return client;
}

/** The serial number of the certificate that a server showed. */
export const serialOf = (output) => execFileSync('openssl', ['x509', '-noout', '-serial'], { input: output, encoding: 'utf8' })
  .trim().split('=')[1];

/** A handshake and nothing more: `{code, output}`. */
export async function sClient(port, ...args) {
  const client = startSClient(port, ...args);
  client.endInput();
  try {
    return { code: await within('s_client to end', client.ended), output: client.output };
  } finally {
    client.stop();
  }
}
