// WebSocket frames as bytes (RFC 6455 §5.2), valid or deliberately not.
import { randomBytes } from 'node:crypto';

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** One frame. `length` overrides the declared payload length, `lengthBytes` (1, 3 or 9) the size of its encoding. */
export function frame({ op = opcode.text, payload = '', fin = true, rsv = 0, mask = false, length, lengthBytes }) {
  const body = Buffer.from(payload);
  const declared = length ?? body.length;
  const size = lengthBytes ?? (declared < 126 ? 1 : declared < 65536 ? 3 : 9);
  const head = Buffer.alloc(1 + size + (mask ? 4 : 0));
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | op;
  if (size === 1) head[1] = declared;
  else if (size === 3) { head[1] = 126; head.writeUInt16BE(declared, 2); }
  else { head[1] = 127; head.writeBigUInt64BE(BigInt(declared), 2); }
  if (!mask) return Buffer.concat([head, body]);
  head[1] |= 0x80;
  const key = randomBytes(4);
  key.copy(head, 1 + size);
  return Buffer.concat([head, unmask(body, key)]);
}

/** A Close frame's payload; none without a code. */
export function closePayload(code, reason = '') {
  if (code === undefined) return Buffer.alloc(0);
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return Buffer.concat([payload, Buffer.from(reason)]);
}

function unmask(payload, key) {
  const clear = Buffer.from(payload);
  for (let i = 0; i < clear.length; ++i) clear[i] ^= key[i & 3];
  return clear;
}

/** Cuts a stream of bytes into frames; judges nothing. */
export class FrameReader {
  #held = Buffer.alloc(0);

  /** The frames that `bytes` completes, unmasked. */
  push(bytes) {
    this.#held = this.#held.length ? Buffer.concat([this.#held, bytes]) : bytes;
    const frames = [];
    for (let one = this.#take(); one; one = this.#take()) frames.push(one);
    return frames;
  }

  #take() {
    const data = this.#held;
    if (data.length < 2) return undefined;
    let at = 2;
    let length = data[1] & 0x7f;
    if (length === 126) { at = 4; if (data.length < at) return undefined; length = data.readUInt16BE(2); }
    else if (length === 127) { at = 10; if (data.length < at) return undefined; length = Number(data.readBigUInt64BE(2)); }
    const masked = (data[1] & 0x80) !== 0;
    const start = at + (masked ? 4 : 0);
    if (data.length < start + length) return undefined;
    this.#held = data.subarray(start + length);
    const payload = data.subarray(start, start + length);
    return {
      fin: (data[0] & 0x80) !== 0,
      rsv: (data[0] >> 4) & 7,
      op: data[0] & 15,
      masked,
      payload: masked ? unmask(payload, data.subarray(at, at + 4)) : Buffer.from(payload),
    };
  }
}
