import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { STATUS } from './batch.ts';
import { CLOSED, OPEN } from './breaker.ts';
import { FleetKeys } from './keys.ts';
import { type Link, openLink } from './link.ts';
import type { StoreSettings } from './settings.ts';
import { RedisStore } from './store.ts';
import { DelayProxy } from './testing/proxy.ts';
import { NO_REDIS, TestRedis } from './testing/server.ts';
import { testQuestion, testSettings, until } from './testing/settings.ts';
import { encodeValue } from './value.ts';

const TTL = 60;
const PAYLOAD = Uint8Array.of(1, 2, 3, 4, 5);
const now = () => Math.floor(Date.now() / 1000);

describe('a store in a real Redis', { skip: NO_REDIS }, () => {
  let redis: TestRedis;
  let proxy: DelayProxy;
  let stores: RedisStore[] = [];

  before(async () => {
    redis = await TestRedis.start();
    proxy = await DelayProxy.open(redis.port);
  });
  after(async () => {
    await proxy.close();
    await redis.stop();
  });

  async function open(changes: Partial<StoreSettings> = {}, port = redis.port): Promise<RedisStore> {
    const settings = testSettings(port, changes);
    const store = new RedisStore(settings, async (events) => openLink(settings, events), {
      changed: () => undefined,
      tallied: () => undefined,
    });
    stores.push(store);
    await until(() => store.state === CLOSED);
    return store;
  }

  /** Stores, and waits until it can be read. */
  async function put(store: RedisStore, question: Uint8Array, payload = PAYLOAD): Promise<void> {
    store.put(question, TTL, payload);
    await until(async () => (await store.get(question)).status === STATUS.FOUND);
  }

  /** Puts octets where the value of a question would be. */
  async function forge(settings: StoreSettings, question: Uint8Array, value: Uint8Array): Promise<void> {
    const digest = new FleetKeys(settings.fleetKey, settings.policy).digest(question);
    const up = Promise.withResolvers<void>();
    const link: Link = openLink(settings, { up: up.resolve, down: () => undefined });
    await up.promise;
    await link.set(settings.prefix + digest.toString('hex'), value, TTL);
    link.close();
  }

  test.afterEach(() => {
    for (const store of stores) store.close();
    stores = [];
    proxy.delay = 0;
  });

  test('what one replica puts another one finds, with what is left of its time', async () => {
    const question = testQuestion('shared.example.org.');
    await put(await open(), question);
    const found = await (await open()).get(question);
    assert.deepEqual(Uint8Array.from(found.payload), PAYLOAD);
    assert.ok(found.remaining > TTL - 5 && found.remaining <= TTL, `${found.remaining}`);
  });

  test('another question, type or policy finds nothing', async () => {
    const store = await open();
    await put(store, testQuestion('mine.example.org.'));
    const rows = [
      { store, question: testQuestion('yours.example.org.') },
      { store, question: testQuestion('mine.example.org.', 28) },
      { store: await open({ policy: 'other upstreams' }), question: testQuestion('mine.example.org.') },
      {
        store: await open({ fleetKey: 'another fleet with another key' }),
        question: testQuestion('mine.example.org.'),
      },
      { store: await open({ prefix: 'elsewhere:' }), question: testQuestion('mine.example.org.') },
      { store: await open({ db: 3 }), question: testQuestion('mine.example.org.') },
    ];
    for (const row of rows) assert.equal((await row.store.get(row.question)).status, STATUS.ABSENT);
  });

  test('names of what was asked for are not to be read in Redis', async () => {
    const store = await open({ prefix: 'names:' });
    await put(store, testQuestion('secret-project.example.org.'));
    const client = openClient(redis.port);
    const { keys, values } = await client.dump('names:*');
    assert.equal(keys.length, 1);
    assert.match(keys[0], /^names:[0-9a-f]{32}$/);
    for (const value of values) assert.ok(!value.includes('secret-project'));
  });

  const keys = new FleetKeys(testSettings(0).fleetKey, testSettings(0).policy);
  const forged = testQuestion('forged.example.org.');
  const digest = keys.digest(forged);
  const good = (changes: (value: Uint8Array) => void = () => undefined, stored = now()) => {
    const value = encodeValue(keys, digest, stored, TTL, PAYLOAD);
    changes(value);
    return value;
  };
  const FORGERIES: { name: string; value: () => Uint8Array; status: number }[] = [
    { name: 'the real thing', value: () => good(), status: STATUS.FOUND },
    { name: 'text', value: () => Buffer.from('93.184.216.34'), status: STATUS.REFUSED },
    { name: 'nothing', value: () => new Uint8Array(0), status: STATUS.ABSENT },
    { name: 'an address that was changed', value: () => good((v) => (v[18] ^= 1)), status: STATUS.REFUSED },
    { name: 'a TTL that was changed', value: () => good((v) => (v[8] = 1)), status: STATUS.REFUSED },
    { name: 'a version from the future', value: () => good((v) => (v[2] = 2)), status: STATUS.REFUSED },
    { name: 'one that is over', value: () => good(undefined, now() - TTL), status: STATUS.ABSENT },
    { name: 'from a clock that is ahead', value: () => good(undefined, now() + 600), status: STATUS.FOUND },
    {
      name: 'the value of another question',
      value: () => encodeValue(keys, keys.digest(testQuestion('other.')), now(), TTL, PAYLOAD),
      status: STATUS.COLLISION,
    },
    {
      name: 'a value of another fleet',
      value: () => encodeValue(new FleetKeys('not the key of this fleet', 'p'), digest, now(), TTL, PAYLOAD),
      status: STATUS.REFUSED,
    },
    { name: 'very much', value: () => new Uint8Array(1 << 20), status: STATUS.REFUSED },
  ];
  for (const { name, value, status } of FORGERIES)
    test(`found in place of an answer: ${name}`, async () => {
      const store = await open();
      await forge(testSettings(redis.port), forged, value());
      const found = await store.get(forged);
      assert.equal(found.status, status);
      if (status !== STATUS.FOUND) assert.equal(found.payload.length, 0);
    });

  test('a key of another type is an error, not a crash', async () => {
    const store = await open();
    const client = openClient(redis.port);
    await client.command(`LPUSH test:${keys.digest(testQuestion('list.')).toString('hex')} a`);
    assert.equal((await store.get(testQuestion('list.'))).status, STATUS.FAILED);
  });

  test('a slow Redis opens the breaker, and a fast one closes it', async () => {
    const store = await open({}, proxy.port);
    proxy.delay = 500;
    await until(() => {
      void store.get(testQuestion('slow.'));
      return store.state === OPEN;
    });
    assert.match(store.why, /no reply within 50 ms/);
    assert.equal((await store.get(testQuestion('slow.'))).status, STATUS.UNUSABLE);
    proxy.delay = 0;
    await until(() => store.state === CLOSED);
    await put(store, testQuestion('fast-again.'));
  });

  test('reads go to read endpoints, and to the endpoint when those are gone', async () => {
    const copy = await TestRedis.start();
    const readEndpoints = [{ host: '127.0.0.1', port: copy.port }];
    const endpoint = { host: '127.0.0.1', port: redis.port };
    const store = await open({ topology: { kind: 'single', endpoint, readEndpoints } });
    const question = testQuestion('copied.');
    await put(await open(), question);
    assert.equal((await store.get(question)).status, STATUS.ABSENT, 'the copy is empty');
    await copy.stop();
    await until(async () => (await store.get(question)).status === STATUS.FOUND);
  });
});

describe('a Redis that goes away', { skip: NO_REDIS }, () => {
  const events = { changed: () => undefined, tallied: () => undefined };

  async function around(work: (redis: TestRedis, store: RedisStore) => Promise<void>): Promise<void> {
    const redis = await TestRedis.start();
    const settings = testSettings(redis.port);
    const store = new RedisStore(settings, async (link) => openLink(settings, link), events);
    try {
      await until(() => store.state === CLOSED);
      await work(redis, store);
    } finally {
      store.close();
      redis.signal('SIGCONT');
      await redis.stop();
    }
  }

  test('killed: at once not used; back: used again', () =>
    around(async (redis, store) => {
      await redis.kill();
      await until(() => store.state === OPEN);
      assert.equal((await store.get(testQuestion('a.'))).status, STATUS.UNUSABLE);
      await redis.run();
      await until(() => store.state === CLOSED);
      assert.equal((await store.get(testQuestion('a.'))).status, STATUS.ABSENT);
    }));

  test('frozen: not used after a few questions; thawed: used again', () =>
    around(async (redis, store) => {
      redis.signal('SIGSTOP');
      await until(async () => {
        void store.get(testQuestion('a.'));
        return store.state === OPEN;
      });
      redis.signal('SIGCONT');
      await until(() => store.state === CLOSED);
    }));

  test('never there: not used, and nothing throws', async () => {
    const settings = testSettings(1);
    const store = new RedisStore(settings, async (link) => openLink(settings, link), events);
    await until(() => store.state === OPEN);
    assert.match(store.why, /ECONNREFUSED/);
    store.put(testQuestion('a.'), TTL, PAYLOAD);
    assert.equal((await store.get(testQuestion('a.'))).status, STATUS.UNUSABLE);
    store.close();
  });

  test('that refuses the password: not used, and the reason is known', async () => {
    const redis = await TestRedis.start(['--requirepass', 'right']);
    const settings = testSettings(redis.port, { password: 'wrong' });
    const store = new RedisStore(settings, async (link) => openLink(settings, link), events);
    await until(() => /WRONGPASS|NOAUTH/.test(store.why));
    assert.notEqual(store.state, CLOSED);
    store.close();
    const right = testSettings(redis.port, { password: 'right' });
    const open = new RedisStore(right, async (link) => openLink(right, link), events);
    await until(() => open.state === CLOSED);
    open.close();
    await redis.stop();
  });
});

/** A client that shows what lies in a Redis. */
function openClient(port: number) {
  const run = async (...words: string[]): Promise<string[]> => {
    const { execFile } = await import('node:child_process');
    const { promisify } = await import('node:util');
    const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(port), ...words], { encoding: 'latin1' });
    return stdout.split('\n').filter(Boolean);
  };
  return {
    command: (line: string) => run(...line.split(' ')),
    dump: async (pattern: string) => {
      const keys = await run('KEYS', pattern);
      return { keys, values: await Promise.all(keys.map(async (key) => (await run('GET', key)).join('\n'))) };
    },
  };
}
