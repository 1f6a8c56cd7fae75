// Waiting for conditions: always with a deadline, and with a message that says what was awaited.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

const slow = Number(process.env.LASTFRAME_TEST_SLOW ?? 1);

/** A deadline in milliseconds, stretched where the machine or the build is slow. */
export const patience = (milliseconds) => milliseconds * slow;

/** Polls `probe` until it returns something true, and returns that. */
export async function until(what, probe, deadline = 10_000) {
  const end = performance.now() + patience(deadline);
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await delay(10);
  }
}

/** The promise's value, or an error that names what did not happen in time. */
export async function within(what, promise, deadline = 10_000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patience(deadline));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A promise with its resolver outside. */
export function deferred() {
  let resolve;
  const promise = new Promise((done) => { resolve = done; });
  return { promise, resolve };
}

/** Values pushed by one side and awaited, in order, by the other. */
export class Queue {
  #values = [];
  #waiting = [];

  push(value) {
    const waiter = this.#waiting.shift();
    if (waiter) waiter(value); else this.#values.push(value);
  }

  next(what = 'the next value', deadline = 10_000) {
    if (this.#values.length) return Promise.resolve(this.#values.shift());
    const { promise, resolve } = deferred();
    this.#waiting.push(resolve);
    return within(what, promise, deadline).catch((error) => {
      this.#waiting = this.#waiting.filter((waiter) => waiter !== resolve);  // who gave up takes nothing more
      throw error;
    });
  }
}
