// Upstream addresses where no tunnel comes about.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { rawService } from './raw_service.mjs';
import { within } from './until.mjs';

/** A port that refuses connections: one that was free a moment ago. */
export async function refusing() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return { port, async stop() {} };
}

/** A port where a connection attempt is never answered. */
export async function silent() {
  const script = fileURLToPath(new URL('full_backlog.py', import.meta.url));
  const child = spawn('/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await within('the full backlog', once(createInterface({ input: child.stdout }), 'line'));
  return { port: Number(line), async stop() { child.kill('SIGKILL'); } };
}

/** A service that answers every upgrade request with `text`, or with what `text` returns. */
export const answering = (text) => () =>
  rawService({ answer: (head, socket) => (typeof text === 'function' ? text(head, socket) : text) });
