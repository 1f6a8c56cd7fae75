// One scenario played once: a client, the proxy, a service; and what each of the three says of the end.
//
// A scenario has a `name`, what happens (`act`), the `initiator` and the `cause` it must be counted with, and where
// they differ from the usual: the `clients` and `services` it is played with, their options by kind, the proxy's
// `config`, an `endpoint` instead of a service, `before` and `meanwhile` (what is done before the client connects, and
// before it has its answer), `opens` (which legs do), `settled` (the upgrade's result to wait for), `unclean` (clients
// that report a code but no clean end), `labels` (a leg whose code has no label of its own) and `exception` (a client
// that is known to show 1006 though the Close was delivered, with what is counted for it, and why).
// What codes must be counted stands nowhere else: the peers tell.
import assert from 'node:assert/strict';

import { Proxy, closesOf } from './proxy.mjs';
import { rawClient } from './raw_client.mjs';
import { rawService } from './raw_service.mjs';
import { until, within } from './until.mjs';
import { websocketsClient } from './websockets_client.mjs';
import { websocketsService } from './websockets_service.mjs';
import { wsClient, wsService } from './ws_peers.mjs';

const services = { raw: rawService, ws: wsService, websockets: websocketsService };

/** The pairs of peers that a scenario is played with: every client with the first service, every service with `ws`. */
export function pairs({ clients = ['ws', 'raw', 'chromium'], services: kinds = ['ws', 'websockets', 'raw'], endpoint }) {
  if (endpoint) return clients.map((client) => [client, 'none']);
  const [first, ...others] = kinds;
  return [...clients.map((client) => [client, first]), ...others.map((service) => [clients[0], service])];
}

/** Plays `scenario`; asserts that what was counted is what was seen; returns what the peers reported. */
export async function play(scenario, clientKind, serviceKind, browser) {
  const cleanUp = [];
  try {
    const service = scenario.endpoint
      ? await scenario.endpoint()
      : await services[serviceKind](scenario.serviceOptions?.[serviceKind] ?? {});
    cleanUp.push(() => service.stop());
    const proxy = await Proxy.start({ endpoints: [`127.0.0.1:${service.port}`], ...scenario.config });
    cleanUp.push(() => proxy.kill());
    try {
      return await playThrough(scenario, { proxy, service, clientKind, browser, cleanUp });
    } catch (error) {
      error.message += `\n--- the proxy's log:\n${proxy.output}`;
      throw error;
    }
  } finally {
    for (const step of cleanUp.reverse()) await step();
  }
}

async function playThrough(scenario, stage) {
  const { proxy, service, clientKind, browser, cleanUp } = stage;
  const expects = scenario.opens ?? ['client', 'upstream'];
  await proxy.metrics();  // only a proxy that has been scraped waits, when it drains, for one scrape more
  await scenario.before?.(stage);
  const connect = { raw: rawClient, ws: wsClient, websockets: websocketsClient, chromium: browser?.client }[clientKind];
  const client = await connect(proxy.url(scenario.path), scenario.clientOptions?.[clientKind] ?? scenario.clientOptions?.all);
  cleanUp.push(async () => client.done?.());
  await scenario.meanwhile?.({ ...stage, client });
  const opened = await within('the answer to the upgrade', client.opened);
  assert.equal(opened, expects.includes('client'), 'whether the client leg opened');
  const connection = expects.includes('upstream') ? await service.next() : undefined;

  const counted = () => until('the close to be counted', async () => (await proxy.closes()).length >= expects.length);
  await scenario.act?.({ ...stage, client, connection, counted });

  const seen = { upstream: connection && await within("the service's report", connection.report, 15_000) };
  seen.client = await within("the client's report", scenario.clientReport?.(seen) ?? client.report, 15_000);
  if (scenario.settled) {
    await until(`an upgrade ${scenario.settled}`, () => proxy.total('lastframe_upgrades_total', { result: scenario.settled }));
  }
  // Once a drain has been scraped after its last close, there is nobody left to ask.
  await counted().catch((error) => { if (!proxy.draining) throw error; });
  const atTheEnd = closesOf(await proxy.metrics().catch(() => proxy.scraped));
  const { code, signal } = await proxy.stop();
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, 'how the proxy ended');
  const record = check(scenario, expects, seen, atTheEnd, proxy, clientKind);
  return describe(scenario, clientKind, expects, seen, client, record);
}

function check({ initiator, cause, unclean = [], labels: told = {}, exception }, expects, seen, counted, proxy, clientKind) {
  assert.deepEqual(counted.map(({ leg }) => leg).sort(), [...expects].sort(), 'the legs that were counted');
  if (expects.length === 0) return undefined;
  const [record] = proxy.tunnels();
  if (exception) {
    assert.equal(seen.client.code, 1006, `no exception any more: ${exception.why}`);
    assert.equal(counted.find(({ leg }) => leg === 'client').code, String(exception.counted));
  }
  for (const leg of exception ? ['upstream'] : expects) {
    const labels = counted.find((one) => one.leg === leg);
    assert.equal(labels.code, told[leg] ?? String(seen[leg].code), `the code counted for the ${leg}, against what it reported`);
    assert.ok([initiator].flat().includes(labels.initiator), `initiator ${labels.initiator}, not ${initiator}`);
    assert.ok([cause].flat().includes(labels.cause), `cause ${labels.cause}, not ${cause}`);
    assert.equal(record[`${leg}_code`], seen[leg].code, `the code that the access log shows for the ${leg}`);
    if (seen[leg].code !== 1006) {
      assert.equal(record[`${leg}_reason`], seen[leg].reason, `the reason that the access log shows for the ${leg}`);
    }
  }
  if (!unclean.includes(clientKind)) {
    assert.equal(seen.client.wasClean, seen.client.code !== 1006, "the client's wasClean");
  }
  return record;
}

/** What the table of observed closes shows of it. */
function describe({ initiator, unclean = [], exception }, clientKind, expects, seen, client, record) {
  const leg = (name) => (expects.includes(name) ? seen[name] : undefined);
  return {
    client: seen.client,
    mayBeUnclean: unclean.includes(clientKind),
    upstream: leg('upstream'),
    initiator: record && [initiator].flat().join(' or '),  // where two are allowed, the race decides
    cause: record?.cause,
    exception,
    opened: expects.includes('client'),
    status: client.status,
  };
}
