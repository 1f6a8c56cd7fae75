// A proxy process of a test's own: its configuration, its addresses, its counts, its end.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { get, parseMetrics, select, total } from './metrics.mjs';
import { patience, until, within } from './until.mjs';
import { toYaml } from './yaml.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
export const binary = process.env.LASTFRAME_BIN ?? join(root, 'build/release/lastframe');

// The codes of an application's own that the tests use. Only those that are named are sure of a label of their own.
const appCodes = Object.fromEntries([3000, 4001, 4002, 4999].map((code) => [code, `e2e_${code}`]));

const port = (address) => Number(/:(\d+)$/.exec(address)[1]);

/** The labels of `lastframe_closes_total` on a page of metrics, once per count. */
export const closesOf = (samples, leg) => select(samples, 'lastframe_closes_total', leg ? { leg } : {})
  .flatMap(({ labels, value }) => Array(value).fill(labels));

export class Proxy {
  #child;
  draining = false;  // whether it was told to end
  #scraped = [];
  #directory;
  #config;
  #scheme;
  #lines = [];

  /**
   * Starts a proxy. `route` goes into the one route (its `upstream.endpoints` from `endpoints`), the other sections
   * replace the harness' own, which end quickly and listen on free ports. `program`: the proxy's, where it is not the usual one.
   */
  static async start({ endpoints, route = {}, program = binary, ...sections }) {
    const { upstream, ...rest } = route;
    const proxy = new Proxy();
    await proxy.#run(program, {
      listeners: [{ address: '127.0.0.1:0' }],
      routes: [{ name: 'e2e', upstream: { endpoints, ...upstream }, ...rest }],
      drain: { spread: '0s', deadline: '10s' },
      telemetry: { address: '127.0.0.1:0', app_codes: appCodes },
      workers: 2,
      ...sections,
    });
    return proxy;
  }

  async #run(program, config) {
    this.#scheme = config.listeners[0].tls ? 'wss' : 'ws';
    this.#directory = mkdtempSync(join(tmpdir(), 'lastframe-e2e-'));
    this.#config = config;
    this.file = join(this.#directory, 'lastframe.yaml');
    writeFileSync(this.file, toYaml(config));
    this.#child = spawn(program, ['--config', this.file], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve({ error }));
      this.#child.on('exit', (code, signal) => { this.exited = { code, signal }; });
      this.#child.on('close', (code, signal) => resolve({ code, signal }));
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#lines.push(line));
    }
    const told = (message) => this.log().filter((entry) => entry.message === message);
    await until('the proxy to listen', () => {
      if (this.exited) throw new Error(`the proxy ended at its start:\n${this.output}`);
      return told('telemetry listening').length && told('listening').length === config.listeners.length;
    });
    this.ports = told('listening').map((entry) => port(entry.address));
    [this.port] = this.ports;
    [this.host] = told('listening').map((entry) => entry.address.replace(/:\d+$/, ''));
    this.telemetryPort = port(told('telemetry listening')[0].address);
  }

  /** The last metrics that it gave. */
  get scraped() { return this.#scraped; }
  get pid() { return this.#child.pid; }
  get output() { return this.#lines.join('\n'); }
  url(path = '/') { return `${this.#scheme}://127.0.0.1:${this.port}${path}`; }

  /** The log so far: its lines that are JSON objects. */
  log() {
    return this.#lines.filter((line) => line.startsWith('{')).map((line) => {
      try { return JSON.parse(line); } catch { return { unreadable: line }; }
    });
  }

  page(path) { return get('127.0.0.1', this.telemetryPort, path); }
  async metrics() {
    this.#scraped = parseMetrics((await this.page('/metrics')).body);
    return this.#scraped;
  }

  async total(name, labels) { return total(await this.metrics(), name, labels); }

  /** What was counted as closed on `leg`, or on both. */
  async closes(leg) { return closesOf(await this.metrics(), leg); }

  /** The access log so far: a line for each tunnel that has ended. */
  tunnels() { return this.log().filter((entry) => 'tunnel' in entry); }

  signal(name) {
    this.draining ||= name === 'SIGTERM' || name === 'SIGINT';
    this.#child.kill(name);
  }

  /**
   * Changes its configuration in place by `change(config)`, or writes `text` in its stead, sends SIGHUP, and waits for what
   * comes of it: the lines that the proxy logged meanwhile.
   */
  async reload(change, text) {
    const config = structuredClone(this.#config);
    change?.(config);
    writeFileSync(this.file, text ?? toYaml(config));
    const before = this.log().length;
    this.signal('SIGHUP');
    const ends = ['configuration reloaded', 'the configuration is not reloaded: nothing changes'];
    const since = () => this.log().slice(before);
    await until('the reload', () => since().some(({ message }) => ends.includes(message)));
    const lines = since();
    if (lines.some(({ message }) => message === ends[0])) this.#config = config;
    return lines;
  }

  /** Stops all of its threads where they are; `SIGCONT` lets them go on. */
  async freeze() {
    this.signal('SIGSTOP');
    const tasks = `/proc/${this.pid}/task`;
    await until('the proxy to stand still', () => readdirSync(tasks).every((task) =>
      /^State:\s+T/m.test(readFileSync(`${tasks}/${task}/status`, 'latin1'))));
  }

  /**
   * SIGTERM, unless it had one, and the scrape that a draining proxy stays up for. Returns how the process ended and
   * the last metrics that it gave.
   */
  async stop() {
    if (!this.exited && !this.draining) this.signal('SIGTERM');
    try {
      const scraped = await this.lastScrape();
      return { ...await within('the proxy to close its log', this.ended), scraped };
    } finally {
      await this.kill();
    }
  }

  /** Scrapes until the process has ended; the last page that it gave since it began. */
  async lastScrape(deadline = 15_000) {
    await until('the proxy to end', async () => {
      if (!this.exited) await this.metrics().catch(() => {});
      return this.exited;
    }, deadline);
    return this.#scraped;
  }

  /** Ends the process at once, whatever it does; nothing of it remains. */
  async kill() {
    if (!this.exited) { this.signal('SIGCONT'); this.signal('SIGKILL'); }
    await Promise.race([this.ended, new Promise((done) => { setTimeout(done, patience(2_000)).unref(); })]);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
