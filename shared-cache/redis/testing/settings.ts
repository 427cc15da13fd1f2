// Settings of stores for tests: this machine, short pauses. Tests only.

import type { StoreSettings } from '../settings.ts';

export const FLEET_KEY = 'the key of a fleet that only exists in tests';

/** A store at a port of this machine. */
export function testSettings(port: number, changes: Partial<StoreSettings> = {}): StoreSettings {
  return {
    topology: { kind: 'single', endpoint: { host: '127.0.0.1', port }, readEndpoints: [] },
    username: '',
    password: '',
    db: 0,
    tls: null,
    resolver: null,
    connectTimeout: 1000,
    readTimeout: 500,
    writeTimeout: 500,
    keepAlive: 0,
    backoffMin: 8,
    backoffMax: 50,
    // Machines that run tests are busy: what is tested is what happens afterwards.
    budget: 50,
    prefix: 'test:',
    fleetKey: FLEET_KEY,
    policy: 'policy of tests',
    ...changes,
  };
}

/** A question as batches have it: QTYPE, QCLASS IN, key flags 0, QNAME. */
export function testQuestion(name: string, type = 1): Uint8Array {
  const labels = name.split('.').filter(Boolean);
  const octets = labels.flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Uint8Array.of(type >>> 8, type, 0, 1, 0, ...octets, 0);
}

/** Looks until `find` returns something other than undefined and false. */
export async function until<T>(find: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`never came true: ${find.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
