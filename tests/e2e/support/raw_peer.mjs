// A peer made of bytes, for either end: it does exactly what it is told, and reports what it saw.
import { FrameReader, closePayload, frame, opcode } from './frames.mjs';
import { deferred, until } from './until.mjs';

/** Stops reading from the kernel. A stream's own pause() still reads, and loses what it read when a reset comes. */
export function hold(socket) {
  socket.pause();
  socket._handle?.readStop();
}

/** Reads on. */
export function release(socket) {
  socket._handle?.readStart();
  socket.resume();
}

/** Ends TCP with a reset, whatever runs over it. */
export function reset(socket) {
  const beneathTls = socket._handle?._parent;
  if (!beneathTls) return socket.resetAndDestroy();
  return beneathTls.reset(() => socket.emit('close', true));  // node knows no reset of TLS, and would tell nobody
}

export class RawPeer {
  #reader = new FrameReader();
  #done = deferred();
  sent = undefined;      // the first Close sent: {code, reason}
  received = undefined;  // the first Close received
  ending = undefined;    // 'eof' or 'reset', once the other side has ended
  frames = [];
  payloadBytes = 0;

  /** `mask`: whether this is a client. `pongs`, `answers`: whether it answers Pings and Closes. */
  constructor(socket, { mask, pongs = true, answers = true, keep = true } = {}) {
    Object.assign(this, { socket, mask, pongs, answers, keep });
    /** What this peer can say of its connection's end, once there is one. */
    this.report = this.#done.promise;
    socket.on('error', (error) => { this.ending ??= error.code === 'EPIPE' ? undefined : 'reset'; });
    socket.on('end', () => { this.ending ??= 'eof'; this.#ended(); });
    socket.on('close', () => this.#ended());
  }

  /** Starts reading frames; `head` came with the handshake. */
  start(head) {
    this.socket.on('data', (bytes) => this.#read(bytes));
    if (head.length) this.#read(head);
    this.socket.resume();
  }

  write(bytes) { this.socket.write(bytes); }
  frame(options) { this.write(frame({ mask: this.mask, ...options })); }
  send(data) { this.frame({ op: typeof data === 'string' ? opcode.text : opcode.binary, payload: data }); }
  /** `times` binary messages of `size` zero bytes. */
  flood(size, times) { for (let i = 0; i < times; ++i) this.send(Buffer.alloc(size)); }
  ping(payload = '') { this.frame({ op: opcode.ping, payload }); }

  close(code, reason) {
    this.sent ??= { code: code ?? 1005, reason: reason ?? '' };
    this.frame({ op: opcode.close, payload: closePayload(code, reason) });
  }

  /** FIN; the other direction is read on. */
  eof() { this.socket.end(); }
  reset() { reset(this.socket); }
  drop() { this.socket.destroy(); }

  /** Sends a Close and is gone before an answer can come. */
  closeAndVanish(code, reason) {
    this.socket.pause();
    this.close(code, reason);
    this.socket.end(() => this.socket.destroy());
  }

  pauseReading() { hold(this.socket); }
  resumeReading() { release(this.socket); }

  /** A frame of this kind, as soon as there is one. */
  arrived(op) { return until(`a frame of opcode ${op}`, () => this.frames.find((one) => one.op === op)); }

  #read(bytes) {
    for (const one of this.#reader.push(bytes)) {
      this.payloadBytes += one.payload.length;
      if (this.keep || one.op >= 8) this.frames.push(one);
      if (one.op === opcode.ping && this.pongs) this.frame({ op: opcode.pong, payload: one.payload });
      if (one.op === opcode.close && !this.received) this.#closed(one.payload);
    }
  }

  #closed(payload) {
    this.received = payload.length < 2
      ? { code: 1005, reason: '' }
      : { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) };
    if (!this.answers || this.socket.destroyed) return;
    if (!this.sent) {
      this.sent = this.received;
      this.frame({ op: opcode.close, payload });
    }
    if (!this.mask) this.socket.end();  // RFC 6455 §7.1.1: the server closes TCP first
  }

  #ended() {
    if (!this.socket.destroyed && !this.socket.writableEnded) this.socket.end();
    const { code, reason } = this.received ?? this.sent ?? { code: 1006, reason: '' };
    const wasClean = Boolean(this.received && this.sent) && this.ending !== 'reset';
    this.#done.resolve({ code, reason, wasClean, ending: this.ending });
  }
}
