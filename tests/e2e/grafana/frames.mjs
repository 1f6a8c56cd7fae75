// Prometheus' answers as Grafana's data frames, the way its data source makes them.
import { FieldType, createDataFrame } from '@grafana/data';

const titled = (format, metric) => format.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '').trim();
const milliseconds = (points) => points.map(([time]) => time * 1000);
const timeField = (values, step) => ({ name: 'Time', type: FieldType.time, values, config: { interval: step * 1000 } });

/** A frame for each series. */
function seriesFrames({ target, series }, step) {
  return series.map(({ metric, points }) => createDataFrame({
    refId: target.refId,
    fields: [
      timeField(milliseconds(points), step),
      {
        name: 'Value',
        type: FieldType.number,
        values: points.map(([, value]) => value),
        labels: metric,
        config: { displayNameFromDS: titled(target.legendFormat, metric) || 'Value' },
      },
    ],
  }));
}

/** One frame with a column for each label, and the value under its `title`. */
function tableFrame({ target, series }, title) {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))];
  const column = (name, type, valueOf) => ({ name, type, values: series.map(valueOf), config: {} });
  return createDataFrame({
    refId: target.refId,
    fields: [
      column('Time', FieldType.time, ({ points: [[time]] }) => time * 1000),
      ...labels.map((name) => column(name, FieldType.string, ({ metric }) => metric[name] ?? '')),
      column(title, FieldType.number, ({ points: [[, value]] }) => value),
    ],
  });
}

/** All frames of a panel. */
export const framesOf = (results, step) => results.flatMap((result) => {
  const { format, refId } = result.target;
  if (format !== 'table') return seriesFrames(result, step);
  return [tableFrame(result, results.length > 1 ? `Value #${refId}` : 'Value')];
});

/** Cumulative buckets as cells, a row for each of `bounds`; those without a count are left out. */
export function cellsOf(results) {
  const buckets = results.flatMap(({ series }) => series)
    .map(({ metric: { le }, points }) => ({ bound: le === '+Inf' ? Infinity : Number(le), counts: new Map(points) }))
    .sort((a, b) => a.bound - b.bound);
  const times = [...new Set(buckets.flatMap(({ counts }) => [...counts.keys()]))].sort((a, b) => a - b);
  const cells = times.flatMap((time) => buckets.map(({ counts }, index) => ({
    time: time * 1000,
    row: index,
    count: (counts.get(time) ?? 0) - (buckets[index - 1]?.counts.get(time) ?? 0),
  })));
  return { bounds: buckets.map(({ bound }) => bound), cells: cells.filter(({ count }) => count > 1e-9) };
}
