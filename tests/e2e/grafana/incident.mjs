// Some minutes of a service's life: steady traffic, an upstream that breaks, a rollout, and clients that come back.
import { setTimeout as delay } from 'node:timers/promises';

import { startDemo } from '../../prometheus/demo.mjs';
import { Stage, endings, storm } from '../../prometheus/peers.mjs';
import { Prometheus, now } from '../../prometheus/server.mjs';
import { Secured } from '../../prometheus/tls.mjs';

const named = (name) => endings.find((one) => one.name === name);
const once = (name) => ({ ...named(name), times: 1 });

/** Clients whose answers to Pings take a while, and another one each time. */
const distant = {
  ...named('silent-client'),
  name: 'distant-client',
  initiator: 'client',
  cause: 'close_frame',
  options: { ws: { autoPong: false } },
  times: 3,
  async client(peer) {
    const late = () => 5 + 150 * Math.random() ** 4;
    peer.socket.on('ping', (data) => setTimeout(() => peer.socket.pong?.(data), late()));
    await delay(5_000 + 10_000 * Math.random());
    peer.close(1001, 'leaving');
  },
};

const steady = ['client-closes-1000', 'client-closes-1001', 'client-closes-bare', 'upstream-closes-1000',
  'upstream-closes-4001'];
const mixed = ['client-ends', 'client-resets', 'client-sends-much', 'upstream-closes-1008', 'upstream-closes-1011',
  'upstream-closes-3000', 'upstream-sends-much', 'silent-upstream', 'aged'];
const outage = ['upstream-ends', 'upstream-resets', 'connect_failed', 'connect_failed', 'bad_response',
  'handshake_timeout'];

const any = (names) => names[Math.floor(Math.random() * names.length)];
const some = (names, count) => Array.from({ length: count }, () => once(any(names)));

/** Plays it for so many seconds; `server` has watched from `start` to `end`, and answers until `stop`. */
export async function watchIncident(seconds) {
  const stage = await Stage.set([distant]);
  const demo = await startDemo();
  const secured = await Secured.start(10);
  const server = await Prometheus.start();
  let running = [];
  let rolledOut = false;
  const renewal = [{ share: 0.45, change: () => secured.spoil() }, { share: 0.55, change: () => secured.renew(60) }];
  const play = (chosen) => running.push(stage.play(chosen).catch((error) => console.error(error.message)));
  await stage.start();
  server.watch('demo', demo.telemetryPort);
  server.watch('proxy', stage.proxy.telemetryPort);
  server.watch('tls', secured.proxy.telemetryPort);
  await server.readTwice('proxy');
  const start = now();
  const at = (share) => Math.round(seconds * share);
  for (let second = 0; now() < start + seconds; second = Math.round(now() - start)) {
    play(some(steady, 1 + Math.round(2 * Math.random() + Math.sin(second / 20) + 1)));
    if (second % 3 === 0) play(some(mixed, 1));
    if (second % 10 === 0) play([distant]);
    for (const [times, end] of [[2, 'closes'], [7, 'failsClient'], [11, 'failsUpstream']]) {
      if (second % times === 0) await secured[end]();
    }
    while (second > at(renewal[0]?.share)) renewal.shift().change();
    if (second % 70 === 35) play([named('slow-reader')]);
    if (second > at(0.3) && second < at(0.42)) play(some(outage, 3));
    if (second >= at(0.65) && !rolledOut) {
      rolledOut = true;
      await Promise.all(running);
      running = [];
      await stage.crowd(6);
      await stage.drain();
      await stage.start();
      server.watch('proxy', stage.proxy.telemetryPort);
      play([{ ...storm, times: 80 }]);
    }
    await delay(1_000);
  }
  const end = now();
  await Promise.all(running);
  const stop = async () => { for (const one of [server, demo, stage, secured]) await one.stop(); };
  return { server, start, end, step: 2, stop };
}
