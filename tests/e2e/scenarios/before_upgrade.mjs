// No tunnel comes about: upstream fails before its 101, or the proxy is full. And what is not counted at all.
import { answering, refusing, silent } from '../support/endpoints.mjs';
import { rawClient } from '../support/raw_client.mjs';
import { accept } from '../support/raw_service.mjs';

const timeouts = { route: { upstream: { connect_timeout: '300ms', handshake_timeout: '300ms' } } };
const http = { route: { on_failure: 'http' } };

const failing = (name, cause, endpoint, more = {}) =>
  ({ name: `upstream ${name}`, initiator: 'upstream', cause, endpoint, opens: ['client'], settled: 'failed', ...more });
const answered = (name, text, more) => failing(`answers ${name}`, 'bad_response', answering(text), more);
/** With an answer in HTTP no leg opens, and nothing is counted as a close. */
const inHttp = (scenario) => ({ ...scenario, name: `${scenario.name}, on_failure: http`, opens: [],
  config: { ...scenario.config, route: { ...scenario.config?.route, ...http.route } } });

const refused = failing('refuses the connection', 'connect_failed', refusing);
const unanswered = failing('never answers the connection', 'connect_timeout', silent, { config: timeouts });
const slow = failing('never answers the upgrade', 'handshake_timeout', answering(''), { config: timeouts });
const broken = answered('5xx', 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy');
const malformed = answered('what is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n');

const full = {
  name: 'the proxy is full',
  initiator: 'proxy',
  cause: 'overload',
  opens: ['client'],
  settled: 'overload',
  services: ['ws'],
  config: { limits: { connections: 1 } },
  async before({ proxy, service, cleanUp }) {
    const occupant = await rawClient(proxy.url());
    cleanUp.push(() => occupant.drop());
    await occupant.opened;
    await service.next();
  },
};

export const beforeUpgrade = [
  refused,
  { ...refused, name: `${refused.name}, subprotocols offered`, clientOptions: { all: { protocols: ['chat.v2', 'chat.v1'] } } },
  { ...refused, name: `${refused.name}, failure_code: 1011`, config: { route: { failure_code: 1011 } } },
  unanswered,
  slow,
  failing('ends before it answers', 'bad_response', answering((head, socket) => { socket.end(); return ''; })),
  failing('resets before it answers', 'bad_response', answering((head, socket) => { socket.resetAndDestroy(); return ''; })),
  malformed,
  answered('with a wrong Sec-WebSocket-Accept', (head) => accept(head.replace(/key: */i, 'key: x'))),
  answered('101 without Upgrade', (head) => accept(head).replace('Upgrade: websocket\r\n', '')),
  answered('101 without Connection', (head) => accept(head).replace('Connection: Upgrade\r\n', '')),
  answered('with a subprotocol that nobody offered', (head) => accept(head, ['Sec-WebSocket-Protocol: surprise'])),
  answered('with an extension that nobody offered', (head) => accept(head, ['Sec-WebSocket-Extensions: surprise'])),
  broken,
  full,
];

export const notCounted = [
  inHttp(refused),
  inHttp(unanswered),
  inHttp(slow),
  inHttp(malformed),
  inHttp(broken),
  inHttp(full),
  {
    name: 'upstream answers 404 itself',
    endpoint: answering('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
    opens: [],
    settled: 'refused',
  },
  {
    name: 'the client is gone before upstream answers',
    clients: ['ws', 'raw'],
    endpoint: answering(''),
    opens: [],
    settled: 'aborted',
    config: timeouts,
    meanwhile: async ({ client, service }) => {
      await service.next();
      client.drop();
    },
  },
  { name: 'no route matches', endpoint: refusing, opens: [], config: { route: { match: { path: '/elsewhere' } } } },
];
