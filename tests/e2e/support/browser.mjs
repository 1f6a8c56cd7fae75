// Chromium as a client: one browser process, a page per client, all driven from outside.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';

import { chromium } from 'playwright-core';

import { patience } from './until.mjs';

const executablePath = process.env.LASTFRAME_CHROMIUM ?? '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

// What the page holds: a WebSocket and the events it has seen. `/hold` answers when the test says so, which lets a
// synchronous request keep the page from reading for just as long.
const html = `<!doctype html><title>client</title><script>
  function openSocket(url, protocols) {
    const peer = window.peer = { messages: 0, bytes: 0 };
    peer.socket = new WebSocket(url, protocols);
    peer.socket.binaryType = 'arraybuffer';
    peer.closed = new Promise((done) => peer.socket.addEventListener('close', ({ code, reason, wasClean }) =>
      done({ code, reason, wasClean })));
    peer.opened = new Promise((done) => {
      peer.socket.addEventListener('open', () => done(true));
      peer.socket.addEventListener('close', () => done(false));
    });
    peer.socket.addEventListener('message', ({ data }) => {
      peer.messages += 1;
      peer.bytes += data.length ?? data.byteLength;
    });
  }
  function hold() {
    const request = new XMLHttpRequest();
    request.open('GET', '/hold', false);
    request.send();
  }
</script>`;

/** Starts the browser and the server of its page; `more` are arguments on its command line. */
export async function startBrowser(more = []) {
  const held = [];
  const server = http.createServer((request, response) => {
    if (request.url === '/hold') { held.push(response); return; }
    response.setHeader('Content-Type', 'text/html').end(html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch({ executablePath, args: [...args, ...more], headless: true, timeout: patience(60_000) });
  const context = await browser.newContext();
  const release = () => { for (const response of held.splice(0)) response.end(); };
  return {
    client: (url, options) => openPage(context, server.address().port, url, release, options),
    /** A context of its own, for pages that are not a client's. */
    context: (options) => browser.newContext(options),
    networkProcess: () => networkProcess(),
    async stop() {
      release();
      await browser.close();
      server.closeAllConnections?.();
      server.close();
    },
  };
}

/** The process of ours that holds Chromium's sockets. */
function networkProcess() {
  const children = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter(Boolean)
    .map(([, pid, parent, command]) => ({ pid: Number(pid), parent: Number(parent), command }));
  const ours = new Set([process.pid]);
  for (let grown = true; grown;) {
    const size = ours.size;
    for (const { pid, parent } of children) if (ours.has(parent)) ours.add(pid);
    grown = ours.size > size;
  }
  return children.find(({ pid, command }) => ours.has(pid) && command.includes('network.mojom.NetworkService')).pid;
}

async function openPage(context, port, url, release, { protocols = [] } = {}) {
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.evaluate(([to, offered]) => window.openSocket(to, offered), [url, protocols]);
  const call = (code, argument) => page.evaluate(code, argument);
  return {
    kind: 'chromium',
    opened: call(() => window.peer.opened),
    report: call(() => window.peer.closed).catch(() => undefined),
    send: (data) => call((text) => window.peer.socket.send(text), data),
    flood: (size, times) => call(([bytes, count]) => {
      for (let i = 0; i < count; ++i) window.peer.socket.send(new Uint8Array(bytes));
    }, [size, times]),
    received: () => call(() => ({ messages: window.peer.messages, bytes: window.peer.bytes,
      protocol: window.peer.socket.protocol })),
    close: (code, reason) => call(([number, text]) => {
      if (number === null) window.peer.socket.close();
      else window.peer.socket.close(number, text ?? '');
    }, [code ?? null, reason]),
    /** Keeps the page busy until resumeReading. */
    pauseReading: () => { call(() => window.hold()).catch(() => {}); },
    resumeReading: release,
    /** Closes the tab. */
    closeTab: () => page.close(),
    done: () => page.close().catch(() => {}),
  };
}
