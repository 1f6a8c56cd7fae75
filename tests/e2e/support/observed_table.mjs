// docs/closes-observed.md: what real peers reported, row by row.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../../../docs/closes-observed.md', import.meta.url));

const head = `# Closes, as observed

Written by \`node tests/e2e/closes.test.mjs --write\`; do not edit. Every row was played through the proxy with real
peers. Codes and reasons are what the client and the service themselves reported, and the test has checked that
\`lastframe_closes_total\` counted the same, once per leg, with the initiator and the cause shown here. A dash: that leg
never opened, and nothing is counted for it. "May be unclean": the client's \`wasClean\` may be false although it
reports the code, as it would without a proxy.
`;

const cell = (text) => text.replaceAll('|', '\\|');

function seen(report, mayBeUnclean) {
  if (!report) return '–';
  const reason = report.reason.length > 40 ? `${report.reason.slice(0, 37)}…` : report.reason;
  const unclean = mayBeUnclean ? ' (may be unclean)' : '';
  return cell(`${report.code}${reason ? ` “${reason}”` : ''}${unclean}`);
}

function summary({ client, mayBeUnclean, upstream, initiator, cause, exception, opened, status }, serviceKind) {
  const refused = status ? `HTTP ${status}` : `${client.code}, never open`;
  const shownClient = opened ? seen(client, mayBeUnclean) : refused;
  // What a raw peer or a library reports besides the code is its own affair; a leg that never opened shows none.
  const apart = exception ? `, client leg as ${exception.counted}: ${exception.why}` : '';
  const by = initiator ? `${initiator}, \`${cause}\`${apart}` : 'not counted';
  return { cells: `${shownClient} | ${serviceKind === 'none' ? '–' : seen(upstream, false)} | ${by}` };
}

export class ObservedTable {
  #groups = new Map();

  add(group, scenario, client, service, result) {
    const rows = this.#groups.get(group) ?? this.#groups.set(group, new Map()).get(group);
    const { cells } = summary(result, service);
    const key = `${scenario}\n${cells}`;
    const row = rows.get(key) ?? rows.set(key, { scenario, cells, clients: new Set(), services: new Set() }).get(key);
    row.clients.add(client);
    if (service !== 'none') row.services.add(service);
  }

  #section(group) {
    const rows = [...this.#groups.get(group)?.values() ?? []].map(({ scenario, cells, clients, services }) =>
      `| ${cell(scenario)} | ${[...clients].join(', ')} | ${[...services].join(', ') || '–'} | ${cells} |`);
    return [`## ${group.replaceAll('_', ' ')}`, '',
      '| what happens | clients | services | client reports | service reports | counted as |',
      '| --- | --- | --- | --- | --- | --- |', ...rows, ''].join('\n');
  }

  write() {
    writeFileSync(path, [head, ...[...this.#groups.keys()].map((group) => this.#section(group))].join('\n'));
  }

  /** Fails where the file does not show what these groups have just shown. */
  compare(groups) {
    const sections = readFileSync(path, 'utf8').split(/^(?=## )/m).map((section) => section.trim());
    for (const group of groups) {
      const section = this.#section(group).trim();
      const written = sections.find((one) => one.split('\n')[0] === section.split('\n')[0]);
      assert.equal(section, written, `${group}: run node tests/e2e/closes.test.mjs --write, and look at what changes`);
    }
  }
}
