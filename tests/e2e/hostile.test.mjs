// Peers that try every close code with reasons made to do harm: they create no more series than there are labels, and
// break no line of the access log.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { closePayload, frame, opcode } from './support/frames.mjs';
import { e2e } from './support/harness.mjs';
import { rawClient } from './support/raw_client.mjs';
import { rawService } from './support/raw_service.mjs';
import { until, within } from './support/until.mjs';

const slow = Number(process.env.LASTFRAME_TEST_SLOW ?? 1) > 1;
const atOnce = 32;

const reasons = [
  '</td><script>alert(1)</script>', '\u202edesrever\u2066\u200f', '\u0000\u0007\u001b[2J\u001b]0;owned\u0007', 'a\nb\r\nc\u2028d\u2029e\u0085f',
  '"}\n{"tunnel":1,"route":"forged"}', '"\\"\\\\"\'`', `${'\u{1f600}'.repeat(30)}abc`, '{{.upstream}} ${jndi:x} %s%n', ' 1"} 7\nforged_total 1',
  Buffer.from([0xff, 0xfe, 0x22, 0x0a]), Buffer.from('\u{1f600}').subarray(0, 3),
];
const isText = (reason) => typeof reason === 'string';

// Of the registered codes, those that may stand in a Close frame (RFC 6455 §7.4, IANA's registry).
const registered = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
const own = (code) => code >= 3000 && code <= 4999;
const onWire = (code) => registered.includes(code) || own(code);

/** All codes; where everything is slow, those beyond any assignment are only sampled. */
const codes = Array.from({ length: 65536 }, (_, code) => code).filter((code) => !slow || code < 5100 || code % 97 === 0);

const documented = [...readFileSync(fileURLToPath(new URL('../../docs/telemetry.md', import.meta.url)), 'utf8')
  .split('## The access log')[1].split('\n## ')[0].matchAll(/^\| (`.*?`) \|/gm)]
  .flatMap(([, cell]) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));

const names = (samples) => new Set(samples.map(({ name, labels }) =>
  `${name} ${Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(' ')}`));
const closesOf = (leg, code, initiator, cause) =>
  `lastframe_closes_total route=e2e leg=${leg} code=${code} initiator=${initiator} cause=${cause}`;

/** Does `act(item, number)` for all items, some of them at once. */
async function all(items, act) {
  let next = 0;
  const worker = async () => { for (let at = next++; at < items.length; at = next++) await act(items[at], at); };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** A service that echoes a Close; on a path such as /4711/3 it sends that code with that reason itself. */
async function closingService(use) {
  const service = await use(rawService({ keep: false }));
  (async () => {
    for (;;) {
      const peer = await service.next();
      const [, code, reason] = /^GET \/(\d+)\/(\d+)/.exec(peer.head) ?? [];
      if (code) peer.frame({ op: opcode.close, payload: closePayload(Number(code), reasons[Number(reason)]) });
    }
  })().catch(() => {});  // ends when no more connections come
  return service;
}

/** One tunnel, from its upgrade to its end; `behind` is what the client sends behind its request. */
async function tunnel(proxy, path, behind = '') {
  const client = await rawClient(proxy.url(path), { behind, keep: false });
  return within('the close', client.report, 30_000);
}

/** Checks the log as it stands on the pipe, line by line. */
function checkLog(proxy, tunnels) {
  const lines = proxy.output.split('\n').map((line) => {
    try { return JSON.parse(line); } catch { assert.fail(`not JSON: ${JSON.stringify(line)}`); }
    return undefined;
  });
  const access = lines.filter((line) => 'tunnel' in line);
  assert.equal(access.length, tunnels);
  for (const line of access) assert.deepEqual(Object.keys(line), documented);
  assert.equal(new Set(access.map((line) => line.tunnel)).size, tunnels);
  return access;
}

const hostileTest = (name, body) => e2e(name, async ({ use, front }) => {
  const service = await closingService(use);
  const proxy = await front(service, {
    route: { failure_delay: '0s' },  // an upstream that breaks the protocol is a failing one
    telemetry: { address: '127.0.0.1:0', app_codes: { 4001: 'named' }, max_codes: 64 },
  });
  const before = names(await proxy.metrics());
  await body({ proxy, before, added: async () => [...names(await proxy.metrics())].filter((one) => !before.has(one)) });
}, { deadline: 240_000 });

hostileTest('a client that sends every code gets no label of its own, and breaks no line', async ({ proxy, added }) => {
  const reasonOf = (at) => reasons[at % reasons.length];
  await all(codes, (code, at) => tunnel(proxy, '/x', frame({ op: opcode.close, mask: true, payload: closePayload(code, reasonOf(at)) })));
  await until('every tunnel to be told of', () => proxy.tunnels().length === codes.length);

  const expected = ['client', 'upstream'].flatMap((leg) => [...registered, 4001, 'other']
    .map((code) => closesOf(leg, code, 'client', 'close_frame')));
  const series = await added();
  assert.deepEqual(series.filter((one) => !expected.includes(one)), []);
  assert.ok(series.includes(closesOf('client', 'other', 'client', 'close_frame')));
  for (const leg of ['client', 'upstream']) assert.equal(await proxy.total('lastframe_closes_total', { leg }), codes.length);
  const good = codes.filter((code, at) => onWire(code) && isText(reasonOf(at)));
  assert.equal(await proxy.total('lastframe_closes_total', { leg: 'client', cause: 'close_frame' }), good.length);
  assert.equal(await proxy.total('lastframe_closes_total', { leg: 'client', code: '1002', cause: 'protocol_error' }), codes.length - good.length);

  const access = checkLog(proxy, codes.length).filter((line) => line.cause === 'close_frame');
  assert.deepEqual(access.map((line) => line.client_code).sort((a, b) => a - b), good, 'the log has each code by its number');
  const seen = new Set(access.map((line) => line.client_reason));
  assert.deepEqual(reasons.filter(isText).filter((reason) => !seen.has(reason)), [], 'every reason as it was sent');
});

hostileTest('an upstream that sends every code takes max_codes labels, and then `other`', async ({ proxy, added }) => {
  const tried = codes.filter((code) => code < 5100);
  await all(tried, (code, at) => tunnel(proxy, `/${code}/${at % reasons.length}`));
  await until('every tunnel to be told of', () => proxy.tunnels().length === tried.length);

  const series = await added();
  const slots = new Set(series.map((one) => /^lastframe_closes_total .* code=(\d+) /.exec(one)?.[1]).filter((code) => own(Number(code))));
  assert.equal(slots.size, 64);
  const labels = [...registered, ...slots, 4001, 'other'];
  const expected = new Set(['client', 'upstream'].flatMap((leg) => labels.map((code) => closesOf(leg, code, 'upstream', 'close_frame'))));
  for (const code of slots) expected.add(`lastframe_close_code_info code=${code} name=${code < 4000 ? 'registered_for_libraries' : 'private_use'}`);
  assert.deepEqual(series.filter((one) => !expected.has(one)), []);
  for (const leg of ['client', 'upstream']) {
    assert.ok(await proxy.total('lastframe_closes_total', { leg, code: 'other' }) > 1000);
    assert.equal(await proxy.total('lastframe_closes_total', { leg }), tried.length);
  }
  checkLog(proxy, tried.length);
});
