// Asks the telemetry server every few seconds, while the page is seen, and shows what it says.
import { Chart } from './chart.js';
import { showCloses, showOptions } from './closes.js';
import { element, formatClock, formatDuration, formatNumber, reconcile, setText } from './dom.js';
import { Codes, Explainer } from './explain.js';

const every = 3_000;
const patience = 8_000;
const step = 100;
const most = 1_000;

const byId = (id) => document.getElementById(id);
const filters = byId('filters');
const filterNames = ['code', 'route', 'cause'];

let codes;
let chart;
let answer = null;
let live = true;
let limit = step;
let timer = 0;
let asking = null;
let lastAnswer = null;

/** The filters as the address says them, so that a link shows the same. */
const chosen = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

function choose(name, value) {
  const query = new URLSearchParams(location.hash.slice(1));
  if (value) query.set(name, value); else query.delete(name);
  history.replaceState(null, '', query.size ? `#${query}` : location.pathname);
  limit = step;
  ask();
}

/** What the page is narrowed to, in words. */
const scope = () => {
  const parts = filterNames.filter((name) => chosen()[name]).map((name) => `${name} ${chosen()[name]}`);
  return parts.length ? `only ${parts.join(', ')}` : '';
};

const isFiltered = () => filterNames.some((name) => chosen()[name]);

const chosenLeg = () => document.querySelector('input[name=leg]:checked').value;

async function getJson(path, signal) {
  const response = await fetch(path, { signal });
  if (!response.ok) throw Object.assign(new Error(await response.text()), { refused: true });
  return response.json();
}

function closesPath() {
  const query = new URLSearchParams({ limit });
  for (const name of filterNames) if (chosen()[name]) query.set(name, chosen()[name]);
  return `/closes?${query}`;
}

/** Asks once, and again in a while; an answer that is no longer wanted is dropped. */
async function ask() {
  clearTimeout(timer);
  asking?.abort();
  const mine = asking = new AbortController();
  const late = setTimeout(() => mine.abort(), patience);
  try {
    const [status, closes] = await Promise.all([getJson('/status', mine.signal), getJson(closesPath(), mine.signal)]);
    if (mine !== asking) return;
    lastAnswer = Date.now();
    answer = { status, closes };
    show();
  } catch (error) {
    if (mine !== asking) return;
    showTrouble(error);
  } finally {
    clearTimeout(late);
    if (mine === asking) {
      asking = null;
      if (live && !document.hidden) timer = setTimeout(ask, every);
    }
  }
}

function showTrouble(error) {
  const since = lastAnswer ? `What is shown is of ${formatClock(lastAnswer)}. ` : '';
  const why = error.refused ? `The proxy refused: ${error.message.trim()}` : 'The proxy does not answer.';
  showNotice(`${why} ${since}${live ? 'Trying again.' : ''}`);
  // What it refuses may be a filter of an old link.
  byId('clear').hidden = !isFiltered();
  if (error.refused) return;
  byId('phase').className = 'phase away';
  setText(byId('phase'), 'no answer');
}

function showNotice(text) {
  setText(byId('notice'), text);
  byId('notice').hidden = text === '';
}

function show() {
  const { status, closes } = answer;
  const missing = closes.workers - closes.workers_answered;
  showNotice(missing ? `${missing} of ${closes.workers} workers did not answer in time; their closes are missing here.` : '');
  byId('phase').className = `phase ${status.phase}`;
  setText(byId('phase'), status.phase);
  setText(byId('facts'), `version ${status.version} · up ${formatDuration(status.uptime_seconds)} · `
    + `${status.workers} worker${status.workers === 1 ? '' : 's'}`);
  chart.show(closes, chosenLeg(), chosen().code ?? '');
  setText(byId('scope'), scope());
  showTiles(status);
  showRoutes(status);
  showFilters(status, closes);
  showList(closes);
}

function showTiles(status) {
  const { code, route, cause } = chosen();
  const routes = status.routes.filter((one) => !route || one.route === route);
  const failures = routes.flatMap(({ endpoints }) => endpoints.flatMap((one) => Object.entries(one.failures)))
    .reduce((sum, [why, count]) => sum + (!cause || why === cause ? count : 0), 0);
  const bad = [...chart.totals].filter(([code]) => ['failure', 'abnormal'].includes(codes.classOf(code)))
    .reduce((sum, [, count]) => sum + count, 0);
  setText(byId('tile-tunnels'), formatNumber(routes.reduce((sum, { tunnels }) => sum + tunnels, 0)));
  setText(byId('tile-tunnels-more'), route ? `on route ${route}` : `on ${routes.length} route${routes.length === 1 ? '' : 's'}`);
  setText(byId('tile-closes'), formatNumber(chart.shown));
  setText(byId('tile-closes-more'), `${code ? `of ${formatNumber(chart.sum)} ` : ''}on the ${chosenLeg()} leg`);
  setText(byId('tile-bad'), chart.sum ? `${(100 * bad / chart.sum).toFixed(bad && bad < chart.sum ? 1 : 0)} %` : '–');
  setText(byId('tile-bad-more'), chart.sum ? `${formatNumber(bad)} of ${formatNumber(chart.sum)}` : 'nothing closed yet');
  setText(byId('tile-failures'), formatNumber(failures));
  setText(byId('tile-failures-more'), 'since the start');
}

function endpointText(one) {
  const failures = Object.entries(one.failures).sort(([, a], [, b]) => b - a);
  return failures.length ? failures.map(([cause, count]) => `${cause} × ${formatNumber(count)}`).join(', ') : 'no failures';
}

function showRoutes(status) {
  const picked = chosen().route;
  reconcile(byId('routes'), status.routes.filter(({ route }) => !picked || route === picked), ({ route }) => route,
    ({ route }) => element('li', {}, element('p', { class: 'route' },
      element('button', { type: 'button', class: 'pick', 'data-route': route }, route),
      element('span', { class: 'more' })), element('ul', {})),
    (item, { route, tunnels, endpoints }) => {
      const pick = item.querySelector('.pick');
      pick.setAttribute('aria-pressed', String(route === picked));
      pick.title = route === picked ? 'Show all routes' : 'Show only this route';
      setText(item.querySelector('.more'), `${formatNumber(tunnels)} open tunnel${tunnels === 1 ? '' : 's'}`);
      reconcile(item.lastElementChild, endpoints.map((one, i) => ({ ...one, i })), ({ i }) => i,
        ({ endpoint }) => element('li', {}, element('span', { class: 'peer' }, endpoint), ' ',
          element('span', { class: 'failures' })),
        (line, one) => {
          setText(line.lastElementChild, endpointText(one));
          line.classList.toggle('failed', Object.keys(one.failures).length > 0);
        });
    });
}

function showFilters(status, closes) {
  const picked = chosen();
  const seen = new Set(closes.windows.flatMap(({ counts }) => counts.map(({ code }) => code)).filter(Number));
  for (const { client_code: client, upstream_code: upstream } of closes.closes) {
    for (const code of [client, upstream]) if (code) seen.add(String(code));
  }
  showOptions(filters.elements.code, [...seen].sort(), picked.code ?? '', (code) => `${code} ${codes.find(code).name}`);
  showOptions(filters.elements.route, [...status.routes.map(({ route }) => route), 'none'], picked.route ?? '');
  showOptions(filters.elements.cause, codes.causes, picked.cause ?? '');
  byId('clear').hidden = !isFiltered();
}

function showList({ closes, next }) {
  showCloses(byId('rows'), codes, closes);
  const filtered = isFiltered();
  setText(byId('closes-count'), closes.length ? `${closes.length} shown${filtered ? ', filtered' : ''}` : '');
  byId('empty').hidden = closes.length > 0;
  setText(byId('empty'), filtered ? 'No close of those kept matches these filters.'
    : 'Nothing has closed yet. The first close appears here by itself.');
  byId('more').hidden = next === null || limit >= most;
}

function setLive(on) {
  live = on;
  byId('live').setAttribute('aria-pressed', String(on));
  setText(byId('live-text'), on ? 'Live' : 'Paused');
  if (on) ask(); else clearTimeout(timer);
}

function listen() {
  byId('live').addEventListener('click', () => setLive(!live));
  document.addEventListener('visibilitychange', () => { if (live && !document.hidden) ask(); else clearTimeout(timer); });
  addEventListener('hashchange', () => ask());
  filters.addEventListener('change', ({ target }) => choose(target.name, target.value));
  filters.addEventListener('reset', (event) => {
    event.preventDefault();
    for (const name of filterNames) choose(name, '');
    filters.elements.code.focus();
  });
  byId('routes').addEventListener('click', ({ target }) => {
    const { route } = target.dataset;
    if (route) choose('route', route === chosen().route ? '' : route);
  });
  filters.addEventListener('submit', (event) => event.preventDefault());
  for (const input of document.querySelectorAll('input[name=leg]')) {
    input.addEventListener('change', () => { if (answer) show(); });
  }
  byId('more').addEventListener('click', () => { limit = Math.min(most, limit + step); ask(); });
}

/** The codes' meanings stay what they are while the proxy runs; everything else is asked for again and again. */
async function begin() {
  try {
    codes = new Codes(await getJson('/codes', AbortSignal.timeout(patience)));
  } catch (error) {
    showTrouble(error);
    setTimeout(begin, every);
    return;
  }
  chart = new Chart({ svg: byId('chart'), readout: byId('readout'), legend: byId('legend'), codes });
  new Explainer(byId('explain'), codes, (code) => choose('code', code));
  listen();
  ask();
}

begin();
