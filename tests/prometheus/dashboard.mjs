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
const labelsNamed = (text) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);

/** The labels that a target's series must have, or their table show nothing but blanks. */
function labelsOf(panel, { legendFormat }) {
  const matrix = panel.transformations?.find(({ id }) => id === 'groupingToMatrix')?.options;
  return matrix ? [matrix.rowField, matrix.columnField] : labelsNamed(legendFormat);
}

/** All that panels and annotations ask Prometheus, each with the labels that its series must have. */
export const asked = [
  ...panels.flatMap((panel) => panel.targets.map((target, index) => ({
    name: `panel ${panel.title}${index ? `, ${index + 1}` : ''}`,
    expression: target.expr,
    instant: target.instant,
    type: panel.type,
    labels: labelsOf(panel, target),
  }))),
  ...dashboard.annotations.list.filter(({ target }) => target).map(({ name, target, textFormat }) => ({
    name: `annotation ${name}`, expression: target.expr, labels: labelsNamed(textFormat),
  })),
];
