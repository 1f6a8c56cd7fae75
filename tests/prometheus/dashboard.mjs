// The dashboard's expressions, as Grafana would send them.
import { readFileSync } from 'node:fs';

const file = new URL('../../deploy/grafana/dashboards/lastframe.json', import.meta.url);

export const dashboard = JSON.parse(readFileSync(file, 'utf8'));

/** All panels but the rows' headings. */
export const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** An expression with its variables filled in; `range` and `rateInterval` are durations. */
export const filled = (expression, { range, rateInterval, instance = '.*', route = '.*' }) => expression
  .replaceAll('$__rate_interval', rateInterval).replaceAll('$__range', range)
  .replaceAll('$instance', instance).replaceAll('$route', route);

/** The labels that a text such as `{{route}}` names. */
export const labelsNamed = (text) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);

/** The labels that a target's series must have, or their table show nothing but blanks. */
export function labelsOf(panel, { legendFormat }) {
  const matrix = panel.transformations?.find(({ id }) => id === 'groupingToMatrix')?.options;
  return matrix ? [matrix.rowField, matrix.columnField] : labelsNamed(legendFormat);
}
