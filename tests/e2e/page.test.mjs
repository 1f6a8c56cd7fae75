// The page at / of the telemetry address, in Chromium: what it shows of real closes, and what it never does.
import assert from 'node:assert/strict';

import { startBrowser } from './support/browser.mjs';
import { e2e } from './support/harness.mjs';
import { patience, until, within } from './support/until.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

/** A tunnel that the service closes with `code`; ends when the client has heard of it. */
async function closeOnce(proxy, service, code, reason, path) {
  const client = await wsClient(proxy.url(path));
  (await service.next()).close(code, reason);
  return within('the close', client.report);
}

/** The page, and all that it did which it must not do. */
async function visit(browser, proxy, options = {}) {
  const context = await browser.context({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience(15_000));
  const faults = [];
  page.on('console', (message) => { if (message.type() === 'error') faults.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  const own = `http://127.0.0.1:${proxy.telemetryPort}/`;
  page.on('request', (request) => { if (!request.url().startsWith(own)) faults.push(`asked ${request.url()}`); });
  const response = await page.goto(own);
  return { page, faults, response };
}

const rows = (page) => page.locator('#rows tr');
const counted = async (page, code) => (await page.locator(`#legend [data-code="${code}"] .count`).allInnerTexts()).join();

/** A test with a page on a proxy in front of a service that closes as it is told. */
const pageTest = (name, body) => e2e(name, async ({ use, front }) => {
  const service = await use(wsService());
  const browser = await use(startBrowser());
  const proxy = await front(service);
  const close = (code, reason, path) => closeOnce(proxy, service, code, reason, path);
  await body({ browser, proxy, close, visit: (options) => visit(browser, proxy, options) });
});

pageTest('a close that a client saw shows by itself in the chart, the legend and the list', async ({ visit: see, close }) => {
  const { page, faults, response } = await see();
  assert.match(response.headers()['content-security-policy'], /script-src 'self'; style-src 'self'/);
  await page.getByText('Nothing has closed yet').waitFor();
  await page.getByText('No closes in the last 15 minutes').waitFor();

  const { code } = await close(4001, 'later', '/room?token=secret');
  await rows(page).first().waitFor();
  const text = await rows(page).first().innerText();
  for (const part of [String(code), 'later', 'close_frame', '/room', 'e2e']) assert.ok(text.includes(part), `${part} in ${text}`);
  assert.ok(!text.includes('secret'), 'a query is not shown');
  assert.equal(await counted(page, code), '1');
  assert.equal(await page.locator('#chart .bar.service').count(), 1);

  await close(1000, 'bye');
  await close(4001, 'again');
  await until('the numbers to move', async () => (await counted(page, 4001)) === '2' && (await rows(page).count()) === 3);
  assert.equal(await counted(page, 1000), '1');
  assert.ok(await page.locator('#chart .bar.clean').count() > 0);
  assert.equal(await page.locator('#tile-closes').innerText(), '3');
  assert.deepEqual(faults, []);
});

pageTest('filters narrow the list, stand in the address, and can be taken back', async ({ visit: see, close }) => {
  for (const code of [1000, 4001, 1000, 1011]) await close(code, `reason ${code}`);
  const { page, faults } = await see();
  await until('all closes', async () => (await rows(page).count()) === 4);
  await page.locator('select[name=code]').selectOption('1000');
  await until('the closes with 1000', async () => (await rows(page).count()) === 2);
  assert.equal(new URL(page.url()).hash, '#code=1000');
  await page.locator('select[name=cause]').selectOption('eof');
  await page.getByText('No close of those kept matches').waitFor();
  await page.reload();
  await page.getByText('No close of those kept matches').waitFor();
  assert.equal(await page.locator('select[name=cause]').inputValue(), 'eof');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await until('all closes again', async () => (await rows(page).count()) === 4);
  assert.equal(new URL(page.url()).hash, '');
  assert.deepEqual(faults, []);

  // A link to what is no cause: refused, said, and taken back like any other.
  await page.evaluate(() => { location.hash = 'cause=gremlins'; });
  await page.getByText('no such value: "gremlins"').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByText('gremlins').waitFor({ state: 'hidden' });
  assert.equal(await rows(page).count(), 4);
});

e2e('chart, figures and routes follow the filters as the list does', async ({ use, front }) => {
  const service = await use(wsService());
  const upstream = { endpoints: [`127.0.0.1:${service.port}`] };
  const proxy = await front(service, { routes: [{ name: 'alpha', match: { path: '/alpha' }, upstream }, { name: 'beta', upstream }] });
  for (const [code, path] of [[1000, '/alpha'], [1000, '/alpha'], [4001, '/']]) await closeOnce(proxy, service, code, '', path);
  const { page, faults } = await visit(await use(startBrowser()), proxy);
  const shows = (what, closes, routes) => until(what, async () =>
    (await page.locator('#tile-closes').innerText()) === closes && (await page.locator('#routes > li').count()) === routes);
  await shows('all closes', '3', 2);
  const pick = (route) => page.getByRole('button', { name: route, exact: true }).click();

  await pick('beta');
  await shows('the closes of one route', '1', 1);
  assert.equal(await rows(page).count(), 1);
  assert.equal(await counted(page, 1000), '');
  assert.equal(await page.locator('#scope').innerText(), 'only route beta');
  assert.equal(await page.locator('#chart .bar.clean').count(), 0);
  await page.locator('select[name=cause]').selectOption('eof');
  await page.getByText('No closes in the last 15 minutes').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await shows('all closes again', '3', 2);

  await page.locator('select[name=code]').selectOption('4001');
  await shows('the closes with one code', '1', 2);
  assert.equal(await page.locator('#tile-closes-more').innerText(), 'of 3 on the client leg');
  assert.equal(await counted(page, 1000), '2', 'the legend has what else there is');
  assert.equal(await page.locator('#chart .bar.clean').count(), 0);
  assert.equal(await page.locator('#chart .bar.service').count(), 1);
  assert.deepEqual(faults, []);
});

pageTest('a code explains itself to mouse, keyboard and finger', async ({ visit: see, close }) => {
  await close(1011, 'fault');
  const { page, faults } = await see();
  const chip = page.locator('#legend [data-code="1011"]');
  const panel = page.locator('#explain');
  await chip.hover();
  await panel.getByText('What clients should do').waitFor();
  assert.match(await panel.innerText(), /1011 internal_error[^]*Usual sources/);
  await page.mouse.move(2, 2);
  await panel.waitFor({ state: 'hidden' });
  await page.locator('#chart').focus();
  await page.keyboard.press('Tab');
  await panel.waitFor();
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'hidden' });
  assert.deepEqual(faults, []);

  const phone = await see({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, colorScheme: 'dark' });
  await phone.page.locator('#rows [data-code="1011"]').first().tap();
  await phone.page.locator('#explain').getByRole('button', { name: 'Show only closes with 1011' }).tap();
  await until('the filter', async () => (await phone.page.locator('select[name=code]').inputValue()) === '1011');
  const [needed, given] = await phone.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(needed <= given, `${needed} px on a screen of ${given}`);
  assert.deepEqual(phone.faults, []);
});

pageTest('what peers send stays text, whatever it is', async ({ visit: see, close }) => {
  const hostile = ['<img src=x onerror="window.harmed=1">', '</td><script>window.harmed=1</script>', '\u202edesrever\u0007\u0000',
    `${'\u{1f600}'.repeat(30)}abc`, '"></bdi><style>*{display:none}'];
  for (const reason of hostile) await close(4001, reason, '/%3Cimg%20src=x%20onerror=harmed%3E');
  const { page, faults } = await see();
  await until('all closes', async () => (await rows(page).count()) === hostile.length);
  const shown = await page.locator('#rows td:nth-child(2) .reason').allTextContents();
  const escaped = hostile.map((reason) => reason.replace('\u202e', '\\u202e').replace('\u0007', '\\u0007').replace('\u0000', '\\u0000'));
  assert.deepEqual(shown.sort(), escaped.sort());
  assert.equal(await page.evaluate(() => window.harmed), undefined);
  assert.equal(await page.locator('#rows img, #rows script, #rows style').count(), 0);
  assert.deepEqual(faults, []);
});

pageTest('a hidden or paused page asks nothing; one whose proxy is gone says so', async ({ visit: see, close, proxy }) => {
  const { page } = await see();
  await page.getByText('Nothing has closed yet').waitFor();
  await page.getByRole('button', { name: 'Live' }).click();
  let asked = 0;
  page.on('request', () => { asked += 1; });
  await close(1000, 'unseen');
  await new Promise((done) => { setTimeout(done, 4_000); });
  assert.equal(asked, 0);
  const hide = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await page.getByRole('button', { name: 'Paused' }).click();
  await rows(page).first().waitFor();
  await hide(true);
  asked = 0;
  await new Promise((done) => { setTimeout(done, 4_000); });
  assert.equal(asked, 0);
  await hide(false);
  await until('it to ask again', () => asked > 0);
  await proxy.kill();
  await page.getByText('The proxy does not answer').waitFor();
  assert.equal(await rows(page).count(), 1, 'what was known stays');
});
