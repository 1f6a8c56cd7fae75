// Whether the dashboard is one by Grafana's own types: the whole, and each panel with its kind's options and fields.
//
// The JSON becomes a TypeScript literal, so that keys which Grafana does not know are errors too.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { dashboard, panels } from '../../prometheus/dashboard.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const types = path('node_modules/@grafana/schema/dist/types');  // by path: the package does not export all of it
const source = path('../../../build/grafana/dashboard.ts');

// What each kind of panel may have in `options` and in `fieldConfig.defaults.custom`.
const kinds = {
  heatmap: { options: 'heatmap.Options', custom: 'heatmap.FieldConfig' },
  stat: { options: 'stat.Options' },
  table: { options: 'table.Options', custom: 'table.FieldConfig' },
  timeseries: { options: 'timeseries.Options', custom: 'timeseries.FieldConfig' },
};

const literal = (value) => JSON.stringify(value, null, 2);

function panelCheck(panel, index) {
  const { options, custom } = kinds[panel.type];
  const lines = [`// ${panel.title}`, `export const options${index}: Json<${options}> = ${literal(panel.options)};`];
  const fields = panel.fieldConfig.defaults.custom;
  if (custom) lines.push(`export const custom${index}: Json<${custom}> = ${literal(fields)};`);
  else if (fields) throw new Error(`${panel.title}: a ${panel.type} has no fields of its own`);
  for (const [number, target] of panel.targets.entries()) {
    lines.push(`export const target${index}_${number}: Json<Target> = ${literal(target)};`);
  }
  return lines.join('\n');
}

const imported = Object.keys(kinds)
  .map((kind) => `import type * as ${kind} from '${types}/raw/composable/${kind}/panelcfg/x/types.gen';`);

const text = `${imported.join('\n')}
import type { AnnotationQuery, Dashboard } from '${types}/veneer/dashboard.types';
import type { DataQuery } from '${types}';

/** T as JSON has it: an enum's member is its value. */
type Json<T> = unknown extends T ? T
  : T extends string ? \`\${T}\`
  : T extends Array<infer U> ? Array<Json<U>>
  : T extends object ? { [K in keyof T]: Json<T[K]> }
  : T;
/** A query of Grafana's data source for Prometheus. */
interface Target extends DataQuery {
  editorMode: 'builder' | 'code';
  expr: string;
  format: 'time_series' | 'table' | 'heatmap';
  instant: boolean;
  range: boolean;
  legendFormat: string;
}
/** An annotation of that data source. */
interface Annotation extends AnnotationQuery {
  target?: DataQuery & { expr: string };
  tagKeys?: string;
  textFormat?: string;
  titleFormat?: string;
  useValueForTime?: boolean;
}
interface Whole extends Omit<Dashboard, 'annotations'> {
  annotations: { list: Annotation[] };
}

export const dashboard: Json<Whole> = ${literal(dashboard)};
${panels.map(panelCheck).join('\n')}
`;

mkdirSync(path('../../../build/grafana'), { recursive: true });
writeFileSync(source, text);
const { status } = spawnSync(path('node_modules/.bin/tsc'), ['--noEmit', '--strict', '--skipLibCheck',
  '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', source], { stdio: 'inherit' });
if (status === 0) console.log(`${panels.length} panels are as Grafana's types say`);
process.exitCode = status;
