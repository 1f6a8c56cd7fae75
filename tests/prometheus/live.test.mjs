// A Prometheus reads the demo, and a proxy of which every ending is known: what ships shows data, and the exact counts.
//
//   LASTFRAME_BIN=build/release/lastframe node tests/prometheus/live.test.mjs
//
// The first tests are the story, in order: each is a phase, from `start` to `end`. Then each expression that ships is
// run over the phase in which it must be above 0. Waits are for what Prometheus has read, and have a deadline.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { get } from '../e2e/support/metrics.mjs';
import { patience, until } from '../e2e/support/until.mjs';
import { asked, dashboard, filled, panels } from './dashboard.mjs';
import { startDemo } from './demo.mjs';
import { Stage, Tally, endings, keyOf, quietHour, storm } from './peers.mjs';
import { Prometheus, interval, now } from './server.mjs';
import { Secured } from './tls.mjs';

const toCome = JSON.parse(readFileSync(new URL('to_come.json', import.meta.url), 'utf8'));

const phases = {
  'nothing to read': {},
  'mixed traffic': {},
  'TLS': {},
  'a certificate that is spoilt, and renewed': {},
  'a storm of clients': {},
  'more clients than places': {},
  'a drain': {},
  'a proxy that is gone': {},
  'a restart': {},
};
/** Where an expression is above 0, if not in mixed traffic; by alert, panel and number of target, or annotation. */
const seenIn = {
  LastframeTargetMissing: 'nothing to read',
  LastframeCertificateExpiring: 'TLS',
  'panel TLS handshakes': 'TLS',
  'panel Certificates': 'TLS',
  LastframeReloadFailed: 'a certificate that is spoilt, and renewed',
  'panel Last reload, 3': 'a certificate that is spoilt, and renewed',
  'panel Last reload, 4': 'a certificate that is spoilt, and renewed',
  LastframeReconnectStorm: 'a storm of clients',
  LastframeOverload: 'more clients than places',
  LastframeDrainSlow: 'a drain',
  'panel Draining': 'a drain',
  'panel Drains': 'a drain',
  'annotation Drains': 'a drain',
  LastframeTargetDown: 'a proxy that is gone',
};
/** What is above 0 in no phase, and why. Each fails as soon as it is. */
const unseen = {
  LastframeInternalErrors: 'nobody outside can cause a fault of the proxy\'s own',
  LastframeDrainForced: 'a proxy whose drain is cut ends at once, most likely before it is read again',
  'panel Drains, 2': 'as LastframeDrainForced',
};

const stage = await Stage.set();
const secured = await Secured.start(7);
const demo = await startDemo();
const server = await Prometheus.start({ past: quietHour() });
after(async () => {
  for (const one of [server, demo, stage, secured]) await one.stop();
});

/** The rules that Prometheus was given. */
const rules = async () => (await server.ask('rules')).groups.flatMap((group) => group.rules);

const slowest = { timeout: patience(120_000) };

function phase(name, play) {
  test(`phase: ${name}`, slowest, async () => {
    phases[name].start = now();
    try {
      await play();
    } catch (error) {
      error.message += `\n--- the proxy's log:\n${stage.proxy?.output.slice(-4_000)}`
        + `\n--- Prometheus':\n${server.output.slice(-2_000)}`;
      throw error;
    } finally {
      phases[name].end = now();
    }
  });
}

/** Waits until Prometheus shows as many closes as the peers have reported, and then one look more for too many. */
async function compare({ instance = 'proxy', peers = stage, range } = {}) {
  const closes = `lastframe_closes_total{instance="${instance}"}`;
  const counted = async () => Tally.of(await server.query(range ? `last_over_time(${closes}[${range}])` : closes));
  const { total, counts } = peers.seen;
  await until(`Prometheus to show ${total} closes`, async () => (await counted()).total >= total, 30_000);
  if (!peers.proxy.exited) await server.readTwice(instance);
  assert.deepEqual((await counted()).counts, counts);
}

/** Of the proxy with TLS all that is counted, and what its files came to. */
async function compareSecured() {
  await compare({ instance: 'tls', peers: secured });
  assert.deepEqual(await secured.shown(server), secured.expected);
}

phase('nothing to read', () => until('rules to be evaluated', async () =>
  (await rules()).every(({ health }) => health === 'ok') && (await server.query('absent(up)')).length));

phase('mixed traffic', async () => {
  await stage.start();
  server.watch('demo', demo.telemetryPort);
  server.watch('proxy', stage.proxy.telemetryPort);
  server.watch('tls', secured.proxy.telemetryPort);
  for (const name of ['proxy', 'tls']) await server.readTwice(name);  // all at 0: what grows from now on is seen to grow
  await stage.play(endings);
  await compare();
});

phase('TLS', async () => {
  for (const [end, times] of [['closes', 5], ['failsUpstream', 2], ['failsClient', 3], ['speaksPlainly', 1]]) {
    for (let i = 0; i < times; ++i) await secured[end]();
  }
  await compareSecured();
});

phase('a certificate that is spoilt, and renewed', async () => {
  for (const change of [() => secured.spoil(), () => secured.renew(90)]) {
    change();
    const { reloads } = secured.expected;
    await until('the file to be read', async () => isDeepStrictEqual((await secured.shown(server)).reloads, reloads));
    assert.deepEqual(await secured.shown(server), secured.expected);
    await secured.closes();
  }
  await compareSecured();
});

phase('a storm of clients', async () => {
  await stage.play([storm]);
  await compare();
});

phase('more clients than places', async () => {
  await stage.crowd(3);
  await compare();
});

phase('a drain', async () => {
  await stage.drain();
  await compare({ range: '10m' });  // it is gone, and with it what is there of now
});

phase('a proxy that is gone', () => until('Prometheus to miss it', async () =>
  (await server.query('up{instance="proxy"} == 0')).length, 30_000));

const lives = [];  // what each life of the proxy ended with
const window = 4 * interval;  // that rates are taken over

phase('a restart', async () => {
  lives.push(stage.seen.counts);
  await stage.start();
  server.watch('proxy', stage.proxy.telemetryPort);
  await server.readTwice('proxy');
  const some = endings.filter(({ route }) => route === 'chat' || route === 'dead');
  await stage.play(some.map((one) => ({ ...one, times: 1 })));
  await compare();
  lives.push(stage.seen.counts);
  // So that one moment at least looks back on this life alone, however short.
  const { start } = phases['a restart'];
  await until('a window of this life', async () => now() > start + window + interval, 30_000);
});

test('every cause that the proxy knows was caused, but for a fault of its own', async () => {
  const sums = await server.query('sum by (cause) (max_over_time(lastframe_closes_total{instance="proxy"}[10m]))');
  assert.deepEqual(sums.filter(({ value }) => value === 0).map(({ metric }) => metric.cause), ['internal_error']);
});

test('over a restart, increase counts both lives, and nothing twice', async () => {
  const { end } = phases['a restart'];
  const range = `[${Math.ceil(end - phases['mixed traffic'].start)}s]`;
  // An increase cannot see the first count of a series that comes into being with it.
  const over = (of, name) => server.query(`${of}(${name}{instance="proxy"}${range})`, end);
  const known = new Set((await over('min_over_time', 'lastframe_closes_total')).filter(({ value }) => value === 0)
    .map(({ metric }) => keyOf(metric)));
  const grown = (await over('increase', 'lastframe_closes_total')).filter(({ metric }) => known.has(keyOf(metric)));
  const [{ value: samples }] = await over('count_over_time', 'process_start_time_seconds');
  assert.ok(grown.filter(({ value }) => value > 0).length > 20, 'what was at 0 from the start has grown');
  for (const { metric, value } of grown) {
    const caused = lives.reduce((sum, counts) => sum + (counts[keyOf(metric)] ?? 0), 0);
    // At the ends of the range, where it has no sample, Prometheus goes on for up to 1.1 intervals.
    const most = caused * (1 + 2.2 / (samples - 1));
    assert.ok(value > caused - 1e-6 && value < most + 1e-6, `${keyOf(metric)}: ${value}, of ${caused}`);
  }
});

test('over a restart, no rate is negative, and none is a spike', async () => {
  const began = phases['a restart'].start;
  const all = await server.range(`increase(lastframe_closes_total{instance="proxy"}[${window}s])`,
    phases['mixed traffic'].start, phases['a restart'].end);
  let compared = 0;
  for (const { metric, points } of all) {
    const [first, second] = lives.map((counts) => counts[keyOf(metric)] ?? 0);
    for (const [time, value] of points) {
      assert.ok(value >= 0, `${keyOf(metric)} grew by ${value}`);
      // From two samples an interval apart it stretches to the window's ends, by as much again on either side.
      if (time < began + window) continue;
      assert.ok(value <= 3.3 * second, `${keyOf(metric)} grew by ${value} at once, of ${second}, after ${first}`);
      if (first > 3.3 * second) compared += 1;
    }
  }
  assert.ok(compared, 'a count that would show if it came again');
});

test('joining names to codes keeps every close', async () => {
  const { start, end } = phases['mixed traffic'];
  const [table] = panels.find(({ title }) => title === 'Code and cause').targets;
  const range = `${Math.ceil(end - start)}s`;
  const [[joined], [all]] = await Promise.all([`sum(${filled(table.expr, { range })})`,
    `sum(increase(lastframe_closes_total{leg="client"}[${range}]))`].map((query) => server.query(query, end)));
  const lost = Math.abs(joined.value - all.value);
  assert.ok(lost < 1e-6 * all.value, `the table shows ${joined.value} of ${all.value} closes`);
});

for (const [name, of] of Object.entries({ demo: () => demo, proxy: () => stage.proxy, tls: () => secured.proxy })) {
  test(`promtool finds nothing wrong with the metrics of ${name}`, async () => {
    const { body } = await get('127.0.0.1', of().telemetryPort, '/metrics');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  });
}

/** All that ships, with the labels that its series must have. */
const shipped = [
  ...asked,
  ...(await rules()).map(({ type, name, query, labels = {}, annotations = {} }) => ({
    name: labels.class ? `${name} of class ${labels.class}` : name,
    expression: query,
    type,
    labels: [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label),
  })),
];

/** What an expression yields in a phase: `[{metric, values}]`; one that is asked for one time, at the phase's end. */
async function yielded({ expression, instant }, { start, end }) {
  const range = `${Math.ceil(end - phases['mixed traffic'].start)}s`;
  const query = filled(expression, { range, rateInterval: `${4 * interval}s` });
  if (instant) return (await server.query(query, end)).map(({ metric, value }) => ({ metric, values: [value] }));
  return (await server.range(query, start, end + 2 * interval))
    .map(({ metric, points }) => ({ metric, values: points.map(([, value]) => value) }));
}

/** The series that are above 0 at some time; of an alert all: it fires by having any. */
const above = (series, type) => series.filter(({ values }) => type === 'alerting' || values.some((value) => value > 0));

/** A selector that matches no series has a label or a value misspelt: all that can be known stand at 0. */
async function selects({ expression }) {
  const query = filled(expression, { range: '1m', rateInterval: '4s' });
  for (const [selector] of query.matchAll(/(?<![\w:])(?:lastframe|process)_\w+(?:\{[^}]*\})?/g)) {
    assert.ok((await server.ask('series', { 'match[]': selector })).length, `no series is ${selector}`);
  }
}

for (const one of shipped) {
  const { name, expression, type, labels } = one;
  const when = seenIn[name] ?? 'mixed traffic';
  if (toCome.some((metric) => expression.includes(metric))) {
    test(`${name} is to come`, async () => {
      const series = await yielded(one, phases['mixed traffic']);
      assert.deepEqual(series, [], 'it has come: strike its metric from to_come.json');
    });
  } else if (unseen[name]) {
    test(`${name} is never above 0: ${unseen[name]}`, async () => {
      await selects(one);
      for (const over of Object.values(phases)) {
        assert.deepEqual(above(await yielded(one, over), type), [], 'it can be: strike it from `unseen`');
      }
    });
  } else {
    test(`${name} ${type === 'alerting' ? 'fires' : 'is above 0'} in ${when}`, async () => {
      await selects(one);
      const series = above(await yielded(one, phases[when]), type);
      assert.ok(series.length, expression);
      for (const { metric } of series) {
        for (const label of labels) assert.ok(metric[label], `no ${label} in ${JSON.stringify(metric)}`);
      }
      if (type === 'stat') assert.equal(series.length, 1);
      if (type === 'heatmap') assert.ok(series.some(({ metric }) => metric.le === '+Inf'), 'buckets up to infinity');
    });
  }
}

for (const page of ['README.md', 'docs/metrics.md', 'docs/runbook.md']) {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  for (const [, query] of text.matchAll(/^```promql\n(.*?)\n```$/gms)) {
    test(`${page}: a query yields data: ${query.split('\n')[0]}`, async () => {
      const { end } = phases['a storm of clients'];
      // A comparison at the end may well find nothing.
      const any = query.replace('"ROUTE"', '"chat"').replace(/ (<|>|==) (\S+)$/, ' $1 bool $2');
      assert.ok((await server.range(any, phases['mixed traffic'].start, end)).length, any);
    });
  }
}

test('the variables have values', async () => {
  for (const { name, query } of dashboard.templating.list.filter(({ type }) => type === 'query')) {
    const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(filled(query.query, {}));
    const values = new Set((await server.ask('series', { 'match[]': selector })).map((metric) => metric[label]));
    assert.ok(values.size >= 2 && !values.has(undefined), `${name}: ${[...values]}`);
  }
});

test('no exception is listed in vain', () => {
  const names = shipped.map(({ name }) => name);
  assert.deepEqual([...Object.keys(seenIn), ...Object.keys(unseen)].filter((name) => !names.includes(name)), []);
});
