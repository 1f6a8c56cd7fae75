// Counted = seen: whatever ends a tunnel, each peer's own report is what lastframe_closes_total counted for its leg.
//
//   node tests/e2e/closes.test.mjs [GROUP…]     plays the groups, or all
//   node tests/e2e/closes.test.mjs --write      plays all, and writes docs/closes-observed.md
//   node tests/e2e/closes.test.mjs --list       names the groups
import { test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { ObservedTable } from './support/observed_table.mjs';
import { pairs, play } from './support/scenario.mjs';
import { patience } from './support/until.mjs';
import { beforeUpgrade, notCounted } from './scenarios/before_upgrade.mjs';
import { clientBreaches, clientEnds, clientLost } from './scenarios/client_ends.mjs';
import { clientCloses } from './scenarios/client_closes.mjs';
import { proxyCloses } from './scenarios/proxy_closes.mjs';
import { upstreamBreaches, upstreamEnds, upstreamLost } from './scenarios/upstream_ends.mjs';
import { upstreamCloses } from './scenarios/upstream_closes.mjs';

const groups = {
  client_closes: clientCloses,
  upstream_closes: upstreamCloses,
  upstream_ends: upstreamEnds,
  upstream_breaches: upstreamBreaches,
  upstream_lost: upstreamLost,
  client_ends: clientEnds,
  client_breaches: clientBreaches,
  client_lost: clientLost,
  proxy_closes: proxyCloses,
  before_upgrade: beforeUpgrade,
  not_counted: notCounted,
};

const options = process.argv.slice(2);
const named = options.filter((option) => !option.startsWith('--'));
const unknown = named.filter((name) => !(name in groups));
const only = options.find((option) => option.startsWith('--only='))?.slice('--only='.length);

if (options.includes('--list')) {
  console.log(Object.keys(groups).join('\n'));
} else if (unknown.length) {
  console.error(`no such group: ${unknown.join(', ')}; there are ${Object.keys(groups).join(', ')}`);
  process.exitCode = 2;
} else {
  const browser = await startBrowser();
  try {
    await run(named.length ? named : Object.keys(groups), browser);
  } finally {
    await browser.stop();
  }
}

async function run(names, browser) {
  const table = new ObservedTable();
  let failed = false;
  for (const group of names) {
    for (const scenario of groups[group].filter(({ name }) => !only || name.includes(only))) {
      for (const [client, service] of pairs(scenario)) {
        await test(`${group}: ${scenario.name} [${client}, ${service}]`, { timeout: patience(60_000) }, async () => {
          try {
            table.add(group, scenario.name, client, service, await play(scenario, client, service, browser));
          } catch (error) {
            failed = true;
            throw error;
          }
        });
      }
    }
  }
  if (options.includes('--write')) {
    await test('the observed closes are written', () => {
      if (failed || named.length || only) throw new Error('only a complete run without a failure is written');
      table.write();
    });
  } else if (!only) {
    await test('docs/closes-observed.md shows what was observed', () => table.compare(names));
  }
}
