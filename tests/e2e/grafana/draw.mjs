// Draws the dashboard into docs/ from a Prometheus that has watched an incident and a rollout of some minutes.
//
//   LASTFRAME_BIN=build/release/lastframe node tests/e2e/grafana/draw.mjs [MINUTES]
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import esbuild from 'esbuild';

import { dashboard, filled, panels } from '../../prometheus/dashboard.mjs';
import { interval } from '../../prometheus/server.mjs';
import { startBrowser } from '../support/browser.mjs';
import { cell } from './cell.mjs';
import { watchIncident } from './incident.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const kept = path('../../../build/grafana/answers.json');

/** Seconds between two points of a panel. */
const stepOf = ({ maxDataPoints = 1000 }, { start, end, step }) =>
  Math.max(step, Math.ceil((end - start) / maxDataPoints));

/** What Prometheus answers to the targets of each panel, by its id, and when to mark what the annotations say. */
async function answersOf(server, times) {
  const { start, end } = times;
  const ask = async ({ expr, instant }, step) => {
    const rateInterval = `${Math.max(4 * interval, step + interval)}s`;  // as Grafana has it
    const query = filled(expr, { range: `${Math.round(end - start)}s`, rateInterval });
    if (!instant) return server.range(query, start, end, step);
    return (await server.query(query, end)).map(({ metric, value }) => ({ metric, points: [[end, value]] }));
  };
  const answered = {};
  for (const panel of panels) {
    const step = stepOf(panel, times);
    answered[panel.id] = { step, series: await Promise.all(panel.targets.map((target) => ask(target, step))) };
  }
  const notes = dashboard.annotations.list.filter(({ target }) => target);
  const marks = await Promise.all(notes.map(async ({ target, iconColor, useValueForTime }) => {
    const series = await ask({ expr: target.expr }, interval);
    const points = series.flatMap(({ points: all }) => all);
    const seconds = useValueForTime ? points.map(([, value]) => value / 1000) : points.map(([time]) => time);
    return [...new Set(seconds)].filter((time) => time > start).map((time) => ({ time, colour: iconColor }));
  }));
  return { answered, marks: marks.flat() };
}

async function serve(files) {
  const server = http.createServer(({ url }, response) => {
    const [type, body] = files[url] ?? ['text/plain', ''];
    response.setHeader('Content-Type', type).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** What an incident left behind; one that was watched before is drawn again. */
async function watched() {
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8'));
  const { server, stop, ...times } = await watchIncident(Number(process.argv[2] ?? 5) * 60);
  try {
    const answers = { ...await answersOf(server, times), ...times };
    mkdirSync(dirname(kept), { recursive: true });
    writeFileSync(kept, JSON.stringify(answers));
    return answers;
  } finally {
    await stop();
  }
}

/** The page's script and style. */
async function bundled() {
  // Their CommonJS halves: in the others esbuild takes defaults of old packages as node does, and finds no components.
  const alias = Object.fromEntries(['data', 'i18n', 'ui'].map((name) =>
    [`@grafana/${name}`, path(`node_modules/@grafana/${name}/dist/cjs/index.cjs`)]));
  const { outputFiles } = await esbuild.build({
    alias,
    entryPoints: [path('page.jsx')],
    bundle: true,
    write: false,
    outdir: '/',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.svg': 'dataurl', '.ttf': 'dataurl' },
  });
  return ['.js', '.css'].map((ending) => outputFiles.find((file) => file.path.endsWith(ending)).text);
}

async function main() {
  const answers = await watched();
  const [script, style] = await bundled();
  const web = await serve({
    '/': ['text/html', readFileSync(path('page.html'))],
    '/page.js': ['text/javascript', script],
    '/page.css': ['text/css', style],
    '/answers.json': ['application/json', JSON.stringify({ dashboard, ...answers })],
  });
  const browser = await startBrowser();
  try {
    const width = 24 * cell.width;
    const rows = Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h));
    const page = await (await browser.context({ viewport: { width, height: rows * cell.height } })).newPage();
    page.on('pageerror', (error) => console.error(error.message));
    await page.goto(`http://127.0.0.1:${web.address().port}/`);
    await page.waitForSelector('#panel-8 canvas', { timeout: 60_000 });
    await page.waitForTimeout(1_000);  // until the last panel is drawn, to an eye
    const row = (title) => dashboard.panels.find((panel) => panel.type === 'row' && panel.title === title).gridPos.y;
    const shoot = (name, from, to) => page.screenshot({
      path: path(`../../../docs/grafana-${name}.png`),
      clip: { x: 0, y: from * cell.height, width, height: (to - from) * cell.height },
    });
    const { y, h } = panels.find(({ title }) => title === 'Code and cause').gridPos;
    await shoot('closes', 0, y + h);
    await shoot('tls', row('TLS and reloads'), row('Proxies'));
    await shoot('tunnels', row('Tunnels'), row('Upstreams'));
  } finally {
    await browser.stop();
    web.close();
  }
}

await main();
