// Counted = seen, where a leg is TLS or both are: the scenarios of the closes test.
//
//   node tests/e2e/tls_closes.test.mjs [TRANSPORT…]     plays over some of wss-ws, ws-wss, wss-wss and clients, or over all
//
// `clients` are Chromium and python's websockets over wss-ws, once for each code that clients see often.
import { test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { Authority } from './support/certificates.mjs';
import { play } from './support/scenario.mjs';
import { patience } from './support/until.mjs';
import { beforeUpgrade } from './scenarios/before_upgrade.mjs';
import { clientBreaches, clientEnds, clientLost } from './scenarios/client_ends.mjs';
import { clientCloses } from './scenarios/client_closes.mjs';
import { proxyCloses } from './scenarios/proxy_closes.mjs';
import { upstreamBreaches, upstreamEnds, upstreamLost } from './scenarios/upstream_ends.mjs';
import { upstreamCloses } from './scenarios/upstream_closes.mjs';

const kinds = ['ws', 'raw'];
const authority = new Authority();
const identity = authority.issue();
const ca = authority.pem;
const byKind = (make) => Object.fromEntries(kinds.map((kind) => [kind, make(kind)]));

/** `scenario` with TLS on the client's leg. */
const toClient = (scenario) => ({
  ...scenario,
  config: { ...scenario.config, listeners: [{ address: '127.0.0.1:0', tls: identity.files }] },
  clientOptions: {
    ...byKind((kind) => ({ ...(scenario.clientOptions?.[kind] ?? scenario.clientOptions?.all), ca })),
    websockets: { ca: authority.ca },
  },
});

/** `scenario` with TLS on upstream's. */
const toUpstream = (scenario) => {
  const { route, ...config } = scenario.config ?? {};
  return {
    ...scenario,
    config: { ...config, route: { ...route, upstream: { ...route?.upstream, tls: { ca: authority.ca } } } },
    serviceOptions: byKind((kind) => ({ ...scenario.serviceOptions?.[kind], tls: identity.pem })),
  };
};

// Where there is no service, nobody speaks TLS; and a scenario that connects clients of its own does so in the clear.
const inTls = [clientCloses, clientEnds, clientBreaches, clientLost, upstreamCloses, upstreamEnds, upstreamBreaches, upstreamLost,
  proxyCloses, beforeUpgrade].flat().filter(({ endpoint, before }) => !endpoint && !before);
const named = (names) => names.map((name) => {
  const found = inTls.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`no scenario ${name}`);
  return found;
});
const core = named(['client sends Close 1000 with a reason', 'client sends Close 4001 with a reason',
  'upstream sends Close 4001 with a reason', 'upstream ends without a Close', 'upstream resets the connection',
  'client ends without a Close', 'client resets the connection', 'upstream ends in the middle of a huge frame',
  'upstream resets in the middle of a huge frame', 'drain']);
const often = named(['client sends Close 1000 with a reason', 'upstream sends Close 4001 with a reason',
  'upstream ends without a Close', 'drain']);

const can = (allowed, kind) => (!allowed || allowed.includes(kind) ? kind : allowed.find((one) => kinds.includes(one)));
/** The peers that a scenario is played with: `kind` wherever it can take part. */
const peers = ({ clients, services }, kind) => [can(clients, kind), can(services, kind)];

async function playAll(transport, secure, scenarios, peersOf, browser) {
  for (const [i, scenario] of scenarios.entries()) {
    const [client, service] = peersOf(scenario, i);
    if (!client || !service) continue;
    await test(`${transport}: ${scenario.name} [${client}, ${service}]`, { timeout: patience(60_000) }, () =>
      play(secure(scenario), client, service, browser));
  }
}

const alternating = (scenario, i) => peers(scenario, kinds[i % 2]);
const transports = {
  'wss-ws': () => playAll('wss-ws', toClient, core, alternating),
  'ws-wss': () => playAll('ws-wss', toUpstream, core, alternating),
  'wss-wss': () => playAll('wss-wss', (scenario) => toClient(toUpstream(scenario)), inTls, alternating),
  async clients() {
    const browser = await startBrowser(['--ignore-certificate-errors']);
    try {
      await playAll('clients', toClient, often, (scenario) => ['chromium', can(scenario.services, 'ws')], browser);
      await playAll('clients', toClient, often, (scenario) => ['websockets', can(scenario.services, 'ws')]);
    } finally {
      await browser.stop();
    }
  },
};

try {
  const asked = process.argv.slice(2);
  for (const name of asked.length ? asked : Object.keys(transports)) await transports[name]();
} finally {
  authority.stop();
}
