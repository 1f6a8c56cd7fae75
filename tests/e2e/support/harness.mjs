// What tests that are no table of scenarios share: things that end with the test, and a proxy in front of a service.
import { test } from 'node:test';

import { Proxy } from './proxy.mjs';
import { patience } from './until.mjs';

/**
 * A test whose helpers end with it. `body` gets `use(thing)`, which keeps a service or a proxy until then, and
 * `front(service, config)`, which starts a proxy before a service. A failure shows the proxies' logs.
 */
export function e2e(name, body, { deadline = 60_000, skip = false } = {}) {
  return test(name, { timeout: patience(deadline), skip }, async () => {
    const used = [];
    const use = async (starting) => { used.push(await starting); return used.at(-1); };
    const front = (service, config = {}) =>
      use(Proxy.start({ endpoints: [`127.0.0.1:${service.port}`], ...config }));
    try {
      await body({ use, front });
    } catch (error) {
      const logs = used.filter((one) => one instanceof Proxy).map((proxy) => proxy.output.slice(-4_000));
      if (logs.length) error.message += `\n--- the proxy's log:\n${logs.join('\n---\n')}`;
      throw error;
    } finally {
      for (const one of used.reverse()) await (one instanceof Proxy ? one.kill() : one.stop());
    }
  });
}
