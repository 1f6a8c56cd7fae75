// Clients and services around one proxy that end tunnels in every way, and a tally of what they report themselves.
import { refusing, silent, answering } from '../e2e/support/endpoints.mjs';
import { frame } from '../e2e/support/frames.mjs';
import { Proxy } from '../e2e/support/proxy.mjs';
import { rawClient } from '../e2e/support/raw_client.mjs';
import { rawService } from '../e2e/support/raw_service.mjs';
import { until, within } from '../e2e/support/until.mjs';
import { wsClient, wsService } from '../e2e/support/ws_peers.mjs';
import { now } from './server.mjs';

const MiB = 1 << 20;
const connect = { ws: wsClient, raw: rawClient };
const places = 150;  // how many connections the proxy takes

const chat = (name, initiator, cause, more) => ({ route: 'chat', name, initiator, cause, ...more });
const byClient = (name, cause, client, more) => chat(name, 'client', cause, { client, ...more });
const byUpstream = (name, cause, upstream, more) => chat(name, 'upstream', cause, { upstream, ...more });
const closing = (by, side, code, times) =>
  by(`${side}-closes-${code ?? 'bare'}`, 'close_frame', (peer) => peer.close(code, code && 'as agreed'), { times });
const unreached = (route, cause, times) =>
  ({ ...chat(cause, 'upstream', cause), route, times, unreached: true });
const tooBig = (side) => ({ ...chat(`${side}-sends-much`, 'proxy', 'message_too_big'), route: 'small',
  [side]: (peer) => peer.send('x'.repeat(2048)) });

/**
 * How tunnels end: `client` and `upstream` are what each does once it is open; played `times` with each kind of client.
 * The route `stuck` needs a word when its client may read again, which is `counted`.
 */
export const endings = [
  ...[[1000, 20], [1001, 3], [4001, 2], [undefined, 2]]
    .map(([code, times]) => closing(byClient, 'client', code, times)),
  ...[1000, 1001, undefined, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 3000, 4001, 4999]
    .map((code) => closing(byUpstream, 'upstream', code, 2)),
  byClient('client-ends', 'eof', (peer) => peer.drop(), { times: 2 }),
  byClient('client-resets', 'reset', (peer) => peer.reset()),
  byClient('client-unmasked', 'protocol_error', (peer) => peer.write(frame({ payload: 'in the clear' }))),
  byUpstream('upstream-ends', 'eof', (peer) => peer.eof(), { times: 4 }),
  byUpstream('upstream-resets', 'reset', (peer) => peer.reset()),
  byUpstream('upstream-masked', 'protocol_error', (peer) => peer.write(frame({ payload: 'x', mask: true }))),
  tooBig('client'),
  tooBig('upstream'),
  { ...chat('aged', 'proxy', 'max_lifetime'), route: 'short', times: 2 },
  { ...chat('silent-client', 'client', 'ping_timeout'), route: 'deaf',
    options: { raw: { pongs: false }, ws: { autoPong: false } } },
  { ...chat('silent-upstream', 'upstream', 'ping_timeout'), route: 'hung', times: 4 },
  {
    ...chat('slow-reader', 'client', 'write_timeout'),
    route: 'stuck',
    upstream: (peer) => peer.flood(MiB, 64),
    async client(peer, counted) { peer.pauseReading(); await counted(); peer.resumeReading(); },
  },
  unreached('dead', 'connect_failed', 12),
  unreached('silent', 'connect_timeout'),
  unreached('slow', 'handshake_timeout'),
  unreached('broken', 'bad_response', 2),
];

/** Clients that come and go, of which there are `times` of each kind. */
export const storm = closing(byClient, 'storm', 1001, 170);
/** An hour with next to no upgrades, of which the storm stands out, for a Prometheus: it ended ten minutes ago. */
export function quietHour() {
  const lines = ['# TYPE job_route:lastframe_upgrades:rate5m gauge'];
  for (let minute = 75; minute > 9; --minute) {
    const time = Math.floor(now()) - 60 * minute;
    lines.push(`job_route:lastframe_upgrades:rate5m{job="lastframe",route="chat"} 0.01 ${time}`);
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

/** Tunnels that stay until a drain, and those for whom there is no place any more. */
const held = chat('held', 'proxy', 'drain');
const turnedAway = { ...held, cause: 'overload' };

const route = (name, service, more, upstream) => ({
  name,
  match: { path: `/${name}` },
  upstream: { endpoints: [`127.0.0.1:${service.port}`], ...upstream },
  failure_delay: '0s',
  ...more,
});
const pinged = { interval: '100ms', timeout: '300ms' };

const routesTo = ({ chat, hung, dead, silent, slow, broken }) => [
  route('chat', chat),
  route('small', chat, { limits: { max_message: '1KiB' } }),
  route('short', chat, { limits: { max_lifetime: '300ms' } }),
  route('deaf', chat, { keepalive: { client: pinged } }),
  route('hung', hung, { keepalive: { upstream: pinged } }),
  route('stuck', chat, { limits: { write_timeout: '1s' } }),
  route('dead', dead),
  route('silent', silent, {}, { connect_timeout: '300ms' }),
  route('slow', slow, {}, { handshake_timeout: '300ms' }),
  route('broken', broken),
];

/** The labels of what is counted for one leg, as a line. */
export const keyOf = (labels) => ['route', 'leg', 'code', 'initiator', 'cause'].map((name) => labels[name]).join(' ');

/** Lines, each with how often it came. */
export class Tally {
  counts = {};
  total = 0;

  add(labels, times = 1) {
    this.counts[keyOf(labels)] = (this.counts[keyOf(labels)] ?? 0) + times;
    this.total += times;
  }

  /** Of samples of `lastframe_closes_total`, as Prometheus gives them. */
  static of(samples) {
    const tally = new Tally();
    for (const { metric, value } of samples) if (value > 0) tally.add(metric, value);
    return tally;
  }
}

/** All services, and a proxy in front of them that can be started again. */
export class Stage {
  seen = new Tally();  // of the proxy that runs, by the peers' own reports
  #known;  // the endings by their paths
  #expected = 0;  // how many reports of upstream are due
  #reported = 0;
  #connected = 0;  // how many connections services have seen
  #held = [];

  /** `more` are endings of the caller's own. */
  static async set(more = []) {
    const stage = new Stage();
    stage.#known = new Map([...endings, storm, held, ...more].map((one) => [`/${one.route}/${one.name}`, one]));
    const services = {
      chat: await wsService({ echo: true }),
      hung: await rawService({ pongs: false }),
      dead: await refusing(),
      silent: await silent(),
      slow: await answering('')(),
      broken: await answering('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')(),
    };
    stage.services = Object.values(services);
    for (const name of ['chat', 'hung']) stage.#attend(services[name]);
    stage.routes = routesTo(services);
    return stage;
  }

  /** A service's connections: each does what its path says. */
  async #attend(service) {
    for (;;) {
      const peer = await service.next().catch(() => undefined);
      if (this.ended) return;
      if (!peer) continue;  // nobody came for a while
      this.#connected += 1;
      const path = peer.request?.url ?? peer.head.split(' ')[1];
      this.#known.get(path)?.upstream?.(peer);
      this.#note(path, 'upstream', peer.report);
    }
  }

  async #note(path, leg, report) {
    const { code } = await report;
    this.seen.add({ ...this.#known.get(path), leg, code });
    if (leg === 'upstream') this.#reported += 1;
  }

  /** A proxy with nothing counted. */
  async start() {
    this.seen = new Tally();
    this.proxy = await Proxy.start({
      routes: this.routes,
      limits: { connections: places },
      drain: { spread: '3s', deadline: '20s' },
      log: { access: 'off' },
    });
  }

  /** Plays endings, some at a time; returns when both peers of each have reported. */
  async play(chosen, times = 1) {
    const plays = chosen.flatMap((ending) => Object.keys(connect).flatMap((kind) =>
      Array(times * (ending.times ?? 1)).fill([ending, kind])));
    const lost = () => this.proxy.total('lastframe_closes_total', { leg: 'client', cause: 'write_timeout' });
    const due = await lost() + plays.filter(([{ cause }]) => cause === 'write_timeout').length;
    const stuck = until('the slow readers to be counted', async () => await lost() >= due, 60_000);
    const counted = () => stuck;
    const player = async () => { while (plays.length) await this.#one(...plays.shift(), counted); };
    await Promise.all([...Array.from({ length: 12 }, player), stuck]);
    await this.#reports();
  }

  async #one(ending, kind, counted) {
    const path = `/${ending.route}/${ending.name}`;
    const client = await connect[kind](this.proxy.url(path), ending.options?.[kind]);
    if (!await within(`the upgrade of ${path}`, client.opened, 20_000)) throw new Error(`${path} was not upgraded`);
    if (!ending.unreached) this.#expected += 1;
    await ending.client?.(client, counted);
    await within(`the end of ${path}`, this.#note(path, 'client', client.report), 60_000);
  }

  #reports() {
    const due = this.#expected;  // what is played beside it may add to that
    return until('every service to report', () => this.#reported >= due, 60_000);
  }

  /** Takes all of the proxy's places, with tunnels that stay, and lets `late` more clients be turned away. */
  async crowd(late) {
    const path = `/${held.route}/${held.name}`;
    this.#held = [];
    for (let away = 0; away < late;) {
      const reached = this.#connected + 1;
      const client = await connect[Object.keys(connect)[reached % 2]](this.proxy.url(path));
      await within('the upgrade of one in a crowd', client.opened, 20_000);
      let end;
      client.report.then((report) => { end = report; });
      await until('a place, or none', () => end || this.#connected === reached, 30_000);
      if (end) {
        this.seen.add({ ...turnedAway, leg: 'client', code: end.code });
        away += 1;
      } else {
        this.#expected += 1;
        this.#held.push(this.#note(path, 'client', client.report));
      }
    }
  }

  /** Ends the proxy as a rollout does; returns when it is gone and all that was held has reported. */
  async drain() {
    this.proxy.signal('SIGTERM');
    await within('the held to be told', Promise.all(this.#held), 60_000);
    await this.#reports();
    const { code } = await within('the proxy to end', this.proxy.ended, 60_000);
    if (code !== 0) throw new Error(`the proxy ended with ${code}`);
  }

  async stop() {
    this.ended = true;
    await this.proxy?.kill();
    for (const service of this.services) await service.stop();
  }
}
