// `lastframe drain`: what a preStop hook runs, where there is no shell and nobody knows a process' number.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { e2e } from './support/harness.mjs';
import { binary } from './support/proxy.mjs';
import { deferred, within } from './support/until.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

/** A command's exit code and words. */
async function run(program, ...args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const words = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => words.push(text));
  const ended = deferred();
  child.on('close', ended.resolve);
  return { code: await within(`${args.join(' ')} to end`, ended.promise, 20_000), text: Buffer.concat(words).toString() };
}

e2e('it drains the process that it is given, and returns when that has ended', async ({ use, front }) => {
  const proxy = await front(await use(wsService()), { drain: { spread: '1s', deadline: '10s' } });
  const client = await wsClient(proxy.url());
  await client.opened;
  const { code, text } = await run(binary, 'drain', '--pid', String(proxy.pid));
  assert.deepEqual({ code, text }, { code: 0, text: `process ${proxy.pid} has drained and ended\n` });
  assert.equal((await within('the close', client.report)).code, 1012);
  assert.equal((await within('the process to end', proxy.ended)).code, 0);
});

e2e('it finds the only other process of its own program, and asks which where there are two', async ({ use, front }) => {
  const service = await use(wsService());
  const folder = mkdtempSync(join(tmpdir(), 'lastframe-e2e-'));
  try {
    // A program of this test's own: whatever else runs here is another one.
    const own = join(folder, 'lastframe');
    copyFileSync(binary, own);
    const nobody = await run(own, 'drain');
    assert.equal(nobody.code, 1);
    assert.match(nobody.text, /^no proxy of this program runs here/);

    const proxies = [await front(service, { program: own }), await front(service, { program: own })];
    const both = await run(own, 'drain');
    assert.equal(both.code, 1);
    assert.match(both.text, /^several proxies run here: name one with --pid, of/);
    for (const { pid } of proxies) assert.match(both.text, new RegExp(` ${pid}\\b`));

    assert.equal((await run(own, 'drain', '--no-wait', '--pid', String(proxies[0].pid))).code, 0);
    await within('the first to end', proxies[0].ended);
    const last = await run(own, 'drain');
    assert.deepEqual(last, { code: 0, text: `process ${proxies[1].pid} has drained and ended\n` });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

e2e('it says why a process cannot be told', async () => {
  const { code, text } = await run(binary, 'drain', '--pid', '4194304');  // one more than any process has
  assert.equal(code, 1);
  assert.match(text, /^cannot signal process 4194304: /);
});
