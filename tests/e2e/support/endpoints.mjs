// Upstream addresses where no tunnel comes about.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { rawService } from './raw_service.mjs';
import { within } from './until.mjs';

/** What a script prints first: a port that is its own until it is stopped. */
async function portOf(script, what) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn('/usr/bin/python3', [path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await within(what, once(createInterface({ input: child.stdout }), 'line'));
  return { port: Number(line), async stop() { child.kill('SIGKILL'); } };
}

/** A port that refuses connections. It is held: one that is merely free may be the next proxy's. */
export const refusing = () => portOf('held_port.py', 'the held port');

/** A port where a connection attempt is never answered. */
export const silent = () => portOf('full_backlog.py', 'the full backlog');

/** A service that answers every upgrade request with `text`, or with what `text` returns. */
export const answering = (text) => () =>
  rawService({ answer: (head, socket) => (typeof text === 'function' ? text(head, socket) : text) });
