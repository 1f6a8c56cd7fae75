// Node's `ws` as client and as service.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';

import WebSocket, { WebSocketServer } from 'ws';

import { hold, release, reset } from './raw_peer.mjs';
import { Queue, deferred } from './until.mjs';

/** What client and service have in common. */
class WsPeer {
  #done = deferred();
  kind = 'ws';
  messages = 0;

  constructor(socket) {
    this.socket = socket;
    /** What its CloseEvent said. */
    this.report = this.#done.promise;
    socket.on('error', (error) => { this.error = error; });
    socket.on('message', () => { this.messages += 1; });
    socket.addEventListener('close', ({ code, reason, wasClean }) => this.#done.resolve({ code, reason, wasClean }));
  }

  send(data) { this.socket.send(data); }
  /** `times` binary messages of `size` zero bytes, as they are. */
  flood(size, times) { for (let i = 0; i < times; ++i) this.socket.send(Buffer.alloc(size), { compress: false }); }
  /** Bytes past the library, straight to the socket. */
  write(bytes) { this.socket._socket.write(bytes); }
  close(code, reason) { this.socket.close(code, reason); }
  eof() { this.socket.terminate(); }
  drop() { this.socket.terminate(); }
  reset() { reset(this.socket._socket); }
  pauseReading() { hold(this.socket._socket); }
  resumeReading() { release(this.socket._socket); }
}

/** Connects; `opened` says whether the upgrade was granted. */
export async function wsClient(url, { protocols = [], ...options } = {}) {
  const socket = new WebSocket(url, protocols, { maxPayload: 0, ...options });
  const peer = new WsPeer(socket);
  socket.on('unexpected-response', (request, response) => {
    peer.status = response.statusCode;
    response.resume();
    request.destroy();
    socket.emit('close', 1006, Buffer.alloc(0));
  });
  peer.opened = new Promise((resolve) => {
    socket.once('open', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  return peer;
}

/** A service; `echo` sends every message back, `tls` is for https.createServer, the other options are WebSocketServer's. */
export async function wsService({ echo = false, tls, ...options } = {}) {
  const connections = new Queue();
  const web = tls ? https.createServer(tls) : http.createServer();
  const server = new WebSocketServer({ server: web, maxPayload: 0, ...options });
  web.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('connection', (socket, request) => {
    if (echo) socket.on('message', (data, binary) => socket.send(data, { binary }));
    connections.push(Object.assign(new WsPeer(socket), { request }));
  });
  return {
    kind: 'ws',
    port: server.address().port,
    next: () => connections.next('a connection to the ws service'),
    async stop() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      web.close();
    },
  };
}
