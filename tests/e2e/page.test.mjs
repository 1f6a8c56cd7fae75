// The page at / of the telemetry address, in Chromium: what it shows of real closes, and what it never does.
import assert from 'node:assert/strict';

import { refusing } from './support/endpoints.mjs';
import { startBrowser } from './support/browser.mjs';
import { e2e } from './support/harness.mjs';
import { patience, until, within } from './support/until.mjs';
import { wsClient, wsService } from './support/ws_peers.mjs';

const hostile = '<img src=x onerror="window.harmed=1">\u202e\u0007';

/** A tunnel that the service closes with `code`; ends when the client has heard of it. */
async function closeOnce(proxy, service, code, reason, path) {
  const client = await wsClient(proxy.url(path));
  (await service.next()).close(code, reason);
  return within('the close', client.report);
}

/** The page, and all that it did which it must not do. */
async function visit(browser, proxy, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience(15_000));
  const faults = [];
  page.on('console', (message) => { if (message.type() === 'error') faults.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  const own = `http://127.0.0.1:${proxy.telemetryPort}`;
  page.on('request', (request) => { if (!request.url().startsWith(`${own}/`)) faults.push(`asked ${request.url()}`); });
  const response = await page.goto(`${own}/`);
  return { page, faults, response };
}

const rows = (page) => page.locator('#rows tr');
const rowTexts = (page) => rows(page).allInnerTexts();

async function withBrowser(body) {
  const { browser, stop } = await startBrowser();
  try { await body(browser); } finally { await stop(); }
}

e2e('the page shows a close that a real client saw, in its chart and in its list', async ({ use, front }) =>
  withBrowser(async (browser) => {
    const service = await use(wsService());
    const proxy = await front(service);
    const { page, faults, response } = await visit(browser, proxy);
    assert.match(response.headers()['content-security-policy'], /script-src 'self'/);
    await page.getByText('Nothing has closed yet').waitFor();
    await page.getByText('No closes in the last 15 minutes').waitFor();

    const { code } = await closeOnce(proxy, service, 4001, 'later', '/room?token=secret');
    await rows(page).first().waitFor();
    const [text] = await rowTexts(page);
    for (const part of [String(code), 'later', 'close_frame', '/room', 'e2e']) assert.ok(text.includes(part), `${part} in ${text}`);
    assert.ok(!text.includes('secret'));
    assert.equal(await page.locator('#legend .code').innerText(), `${code}\n1`.replace('\n', await separator(page)));
    assert.equal(await page.locator('#chart rect.bar.service').count(), 1);
    await closeOnce(proxy, service, 1000, 'bye');
    await page.locator('#chart rect.bar.clean').waitFor();
    assert.equal(await rows(page).count(), 2);
    assert.deepEqual(faults, []);
  }));
