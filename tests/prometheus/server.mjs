// A Prometheus of a test's own: its configuration, its targets, its past, its answers.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { get } from '../e2e/support/metrics.mjs';
import { until, within } from '../e2e/support/until.mjs';

const rules = fileURLToPath(new URL('../../deploy/prometheus', import.meta.url));

/** Seconds between two scrapes. */
export const interval = 1;

const configuration = (targets) => `
global: {scrape_interval: ${interval}s, evaluation_interval: ${interval}s}
rule_files: [${rules}/lastframe.rules.yml, ${rules}/lastframe.alerts.yml]
scrape_configs:
  - job_name: lastframe
    file_sd_configs: [{files: [${targets}], refresh_interval: 1s}]
`;

export const now = () => Date.now() / 1000;

export class Prometheus {
  #directory = mkdtempSync(join(tmpdir(), 'lastframe-prometheus-'));
  #targets = {};
  #lines = [];

  /** Starts one without targets. `past` is OpenMetrics text, with timestamps, that it shall remember. */
  static async start({ past } = {}) {
    const server = new Prometheus();
    if (past) server.#remember(past);
    await server.#run();
    return server;
  }

  #path(name) { return join(this.#directory, name); }

  #remember(past) {
    writeFileSync(this.#path('past.om'), past);
    const made = spawnSync('promtool',
      ['tsdb', 'create-blocks-from', 'openmetrics', this.#path('past.om'), this.#path('data')]);
    if (made.status !== 0) throw new Error(`promtool tsdb: ${made.stderr}`);
  }

  async #run() {
    this.#write();
    writeFileSync(this.#path('prometheus.yml'), configuration(this.#path('targets.json')));
    this.child = spawn('prometheus', [`--config.file=${this.#path('prometheus.yml')}`,
      `--storage.tsdb.path=${this.#path('data')}`, '--web.listen-address=127.0.0.1:0'],
    { stdio: ['ignore', 'ignore', 'pipe'] });
    this.ended = new Promise((resolve) => {
      this.child.on('error', resolve);
      this.child.on('close', resolve);
    });
    createInterface({ input: this.child.stderr }).on('line', (line) => this.#lines.push(line));
    this.port = await until('Prometheus to listen', () => {
      if (this.child.exitCode !== null) throw new Error(`Prometheus ended at its start:\n${this.output}`);
      return Number(/msg="Listening on" address=\S*:(\d+)/.exec(this.output)?.[1]);
    }, 30_000);
    await until('Prometheus to be ready', async () =>
      (await get('127.0.0.1', this.port, '/-/ready')).status === 200, 30_000);
  }

  get output() { return this.#lines.join('\n'); }

  #write() {
    const groups = Object.entries(this.#targets)
      .map(([instance, port]) => ({ targets: [`127.0.0.1:${port}`], labels: { instance } }));
    writeFileSync(this.#path('new.json'), JSON.stringify(groups));
    renameSync(this.#path('new.json'), this.#path('targets.json'));
  }

  /** Reads `port` from now on, under the name of `instance`. */
  watch(instance, port) {
    this.#targets[instance] = port;
    this.#write();
  }

  async ask(path, parameters = {}) {
    const { body } = await get('127.0.0.1', this.port, `/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = JSON.parse(body);
    if (status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  /** What `query` yields at a time: `[{metric, value}]`. */
  async query(query, time = now()) {
    const { result } = await this.ask('query', { query, time });
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** What it yields over a time: `[{metric, points: [[time, value], …]}]`. */
  async range(query, start, end = now(), step = interval) {
    const { result } = await this.ask('query_range', { query, start, end, step });
    return result.map(({ metric, values }) =>
      ({ metric, points: values.map(([time, value]) => [time, Number(value)]) }));
  }

  /** Waits until `instance` has been read twice from now on. */
  async readTwice(instance) {
    const began = now();
    await until(`${instance} to be read twice`, async () =>
      (await this.range(`timestamp(lastframe_build_info{instance="${instance}"})`, began - 2, now(), interval / 4))
        .some(({ points }) => new Set(points.map(([, at]) => at).filter((at) => at > began)).size >= 2), 30_000);
  }

  async stop() {
    this.child?.kill('SIGTERM');
    await within('Prometheus to end', this.ended).catch(() => this.child.kill('SIGKILL'));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
