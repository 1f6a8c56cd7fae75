// One number for a sequence of messages: their kinds, lengths and bytes, in order.
import { createCipheriv, createHash } from 'node:crypto';

/** Takes messages one by one. */
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
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(size));
}
