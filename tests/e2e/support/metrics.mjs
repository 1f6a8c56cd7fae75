// Prometheus' text format, read into samples.
import http from 'node:http';

/** All samples of a page of metrics: `[{name, labels: {…}, value}]`. */
export function parseMetrics(text) {
  const samples = [];
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, key, value] of (match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key] = value;
    samples.push({ name: match[1], labels, value: Number(match[3]) });
  }
  return samples;
}

/** The samples of one family whose labels contain all of `labels`. */
export const select = (samples, name, labels = {}) => samples.filter(
  (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value));

/** The sum of those samples. */
export const total = (samples, name, labels = {}) =>
  select(samples, name, labels).reduce((sum, sample) => sum + sample.value, 0);

/** GET, whole; rejects when nothing answers. */
export function get(host, port, path) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host, port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => { body += piece; });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
