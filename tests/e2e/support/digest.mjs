// One number for a sequence of messages: their kinds, lengths and bytes, in order.
import { createHash, createHmac } from 'node:crypto';

/** Takes messages one by one, and waits for none. */
export class Digest {
  #hash = createHash('sha256');
  count = 0;

  /** `data` is a string (a text message) or a buffer (a binary one). */
  add(data) {
    const bytes = Buffer.from(data);
    this.#hash.update(`${typeof data === 'string' ? 't' : 'b'}${bytes.length}:`).update(bytes);
    this.count += 1;
    return this;
  }

  value() { return this.#hash.copy().digest('hex'); }
}

/** `size` bytes that no compression shrinks; the same for the same seed. */
export function noise(size, seed = 'noise') {
  const pieces = [];
  for (let made = 0, i = 0; made < size; ++i) {
    const piece = createHmac('sha512', seed).update(String(i >> 10)).digest();
    const block = Buffer.concat(Array.from({ length: 64 }, (_, j) =>
      createHmac('sha512', piece).update(`${i}.${j}`).digest()));
    pieces.push(block);
    made += block.length;
  }
  return Buffer.concat(pieces, Math.ceil(size / 4096) * 4096).subarray(0, size);
}
