import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerEntry, AnswerKey } from '#answers/entry.ts';
import { GET, joinReplies, PUT, type Request, readRequests, STATUS, type Status, writeReply } from '#redis/batch.ts';
import { type BreakerState, CLOSED, HALF_OPEN, OPEN } from '#redis/breaker.ts';
import type { StoreSettings } from '#redis/settings.ts';
import { testSettings } from '#redis/testing/settings.ts';
import { encodeName } from '#wire/name.ts';
import type { LevelUser } from '../../chain/handler.ts';
import type { Query } from '../../query/query.ts';
import { PROTO_UDP } from '../../query/query.ts';
import { ACCEPTED, readQuery } from '../../query/read.ts';
import { encodeQuestion } from '../../testing/case.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { NamedSlots } from '../../testing/slots.ts';
import { TestThread } from '../../testing/thread.ts';
import { type SecondLevelTaker, SHARE, type Share } from '../cache/second-level.ts';
import { build, type RedisCacheHandler } from './handler.ts';
import { metrics } from './metrics.ts';
import { plugin } from './setup.ts';

const BODY = Uint8Array.of(0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1);
const TTL_AT = 6;

/** The clock of a scene stands still, so handlers would look at it for ever. */
const scenes: Scene[] = [];
test.afterEach(() => {
  for (const scene of scenes.splice(0)) scene.handler.close();
});

/** The broker's side by hand: what the handler sends lies in `sent`, what it told its taker in `told`. */
class Scene {
  readonly told: string[] = [];
  readonly sent: Request[] = [];
  readonly slots = new NamedSlots();
  readonly thread: TestThread;
  readonly handler: RedisCacheHandler;
  closed = false;
  #user: LevelUser | null = null;

  constructor(directive = 'redis_cache', settings: Partial<StoreSettings> = {}) {
    this.thread = new TestThread({
      levels: {
        open: (_, user) => {
          this.#user = user;
          return 1;
        },
        send: (_, batch) => this.sent.push(...readRequests(batch)),
        close: () => {
          this.closed = true;
        },
      },
      turn: { begin: () => this.thread.clock.tick(), flushLater: () => undefined, end: () => undefined },
    });
    const read = plugin.setup(new TextDirective('redis_cache', directive), testScope(['.'], ['cache']));
    const options = { ...read, store: testSettings(1, { budget: 4, ...settings }) };
    const slots = metrics.slots(this.slots, { server: 'dns://:53', zones: ['.'], view: '', next: [] }, options);
    const scope = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };
    this.handler = build({ name: 'redis_cache', options, slots }, this.thread.host, scope);
    scenes.push(this);
  }

  state(state: BreakerState, reporter = true): this {
    this.#user?.told({ step: 'state', state, reporter, why: 'of the test' });
    return this;
  }

  tally(written: number, failed: number, dropped: number): void {
    this.#user?.told({ step: 'tally', tally: { written, failed, dropped } });
  }

  replies(...replies: readonly [id: number, status: Status, payload?: Uint8Array][]): void {
    const octets = replies.map(([id, status, payload]) => writeReply(id, status, 30, payload ?? new Uint8Array(0)));
    this.#user?.told({ step: 'replies', batch: joinReplies(octets) });
  }

  readonly taker: SecondLevelTaker = {
    found: (ticket, share, entry, bytes, at) => {
      const body = Buffer.from(bytes.slice(at, at + entry.bodyLength)).toString('hex');
      this.told.push(`${ticket} found ${share} ${entry.ttl} ${entry.answers} ${entry.ttlOffsets[0]} ${body}`);
    },
    missed: (ticket) => this.told.push(`${ticket} missed`),
    late: (ticket) => this.told.push(`${ticket} late`),
  };

  ask(name: string, ticket = 1): boolean {
    return this.#with(name, (query, key) => this.handler.ask(query, key, ticket, this.taker));
  }

  put(name: string, share: Share, ttl: number): void {
    const entry = new AnswerEntry();
    Object.assign(entry, { bodyLength: BODY.length, answers: 1, ttl, plainSize: 60, flags: 0x80 });
    entry.ttlOffsets[0] = TTL_AT;
    this.#with(name, (query, key) => this.handler.put(query, share, key, entry, BODY, 0));
  }

  #with<T>(name: string, work: (query: Query, key: AnswerKey) => T): T {
    const query = this.thread.pool.acquire() as Query;
    const message = encodeQuestion({ name, type: 'A' });
    query.bytes.set(message, this.thread.requestAt);
    query.proto = PROTO_UDP;
    assert.equal(readQuery(query, this.thread.requestAt, message.length, this.thread.host.seed), ACCEPTED);
    const key = new AnswerKey();
    const { bytes, lowerAt: nameAt, nameLength, type, klass } = query;
    Object.assign(key, { bytes, nameAt, nameLength, type, klass, flags: 3 });
    const result = work(query, key);
    query.release();
    return result;
  }

  /** What was sent once the thread had nothing else to do. */
  async taken(): Promise<Request[]> {
    await Promise.resolve();
    return this.sent.splice(0);
  }

  counted(only = ''): string[] {
    return this.slots
      .counted((slot) => this.thread.count(slot), only)
      .map((line) => line.replace('server="dns://:53"', '').replace('{,', '{').replace('{}', ''));
  }
}

/** An answer of the store, by way of a handler that writes it. */
async function payloadOf(share: Share = SHARE.SUCCESS): Promise<Uint8Array> {
  const scene = new Scene().state(CLOSED);
  scene.put('a.example.', share, 30);
  const [{ payload }] = await scene.taken();
  return payload;
}

test('nothing is asked before Redis is known to answer', async () => {
  const scene = new Scene();
  assert.equal(scene.ask('a.example.'), false);
  scene.state(HALF_OPEN);
  assert.equal(scene.ask('a.example.'), false);
  scene.put('a.example.', SHARE.SUCCESS, 30);
  assert.deepEqual(await scene.taken(), []);
  assert.deepEqual(scene.counted('shoal_redis_skipped'), ['shoal_redis_skipped_total 2']);
  assert.deepEqual(scene.counted('shoal_redis_drops'), ['shoal_redis_drops_total 1']);
});

test('what one turn asks and stores goes in one message', async () => {
  const scene = new Scene().state(CLOSED);
  assert.ok(scene.ask('A.Example.'));
  assert.ok(scene.ask('b.example.'));
  scene.put('c.example.', SHARE.DENIAL, 40);
  const [first, second, third] = await scene.taken();
  const question = (name: string) => Uint8Array.of(0, 1, 0, 1, 3, ...encodeName(name));
  assert.deepEqual([first.operation, first.question], [GET, question('a.example.')]);
  assert.deepEqual([second.operation, second.question], [GET, question('b.example.')]);
  assert.deepEqual([third.operation, third.number, third.question], [PUT, 40, question('c.example.')]);
});

test('what is found goes to the taker as it was put', async () => {
  const payload = await payloadOf(SHARE.DENIAL);
  const scene = new Scene().state(CLOSED);
  scene.ask('a.example.', 5);
  const [{ number }] = await scene.taken();
  scene.replies([number, STATUS.FOUND, payload]);
  assert.deepEqual(scene.told, [`5 found 2 30 1 ${TTL_AT} ${Buffer.from(BODY).toString('hex')}`]);
  assert.deepEqual(scene.counted('coredns_'), ['coredns_redis_cache_hits_total 1']);
});

const MISSES: { name: string; status: Status; counted: string }[] = [
  { name: 'absent', status: STATUS.ABSENT, counted: 'coredns_redis_cache_misses_total 1' },
  { name: 'failed', status: STATUS.FAILED, counted: 'coredns_redis_cache_get_errors_total 1' },
  { name: 'refused', status: STATUS.REFUSED, counted: 'shoal_redis_refused_total 1' },
  { name: 'for another question', status: STATUS.COLLISION, counted: 'coredns_redis_cache_collisions_total 1' },
  { name: 'not asked', status: STATUS.UNUSABLE, counted: 'shoal_redis_skipped_total 1' },
  { name: 'found, but no answer', status: STATUS.FOUND, counted: 'shoal_redis_refused_total 1' },
];
for (const { name, status, counted } of MISSES)
  test(`a miss that is counted: ${name}`, async () => {
    const scene = new Scene().state(CLOSED);
    scene.ask('a.example.', 6);
    const [{ number }] = await scene.taken();
    scene.replies([number, status, Uint8Array.of(1, 2, 3)]);
    assert.deepEqual(scene.told, ['6 missed']);
    assert.ok(scene.counted().includes(counted), scene.counted().join());
  });

test('one reply a question, whatever comes', async () => {
  const scene = new Scene().state(CLOSED);
  scene.ask('a.example.', 6);
  const [{ number }] = await scene.taken();
  scene.replies(
    [number + 1, STATUS.ABSENT],
    [number, STATUS.ABSENT],
    [number, STATUS.ABSENT],
    [0xffffffff, STATUS.ABSENT],
  );
  assert.deepEqual(scene.told, ['6 missed']);
});

test('one that waits too long is told so, and gets its answer all the same', async () => {
  const payload = await payloadOf();
  const scene = new Scene().state(CLOSED);
  scene.ask('a.example.', 7);
  const [{ number }] = await scene.taken();
  scene.thread.clock.ahead = 5;
  const end = performance.now() + 5000;
  while (scene.told.length === 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(scene.told, ['7 late']);
  scene.replies([number, STATUS.FOUND, payload]);
  assert.match(scene.told[1], /^7 found 1 30/);
  assert.ok(scene.counted().includes('shoal_redis_late_total 1'));
});

test('only its own zones', async () => {
  const scene = new Scene('redis_cache example.org').state(CLOSED);
  assert.equal(scene.ask('a.example.com.'), false);
  scene.put('a.example.com.', SHARE.SUCCESS, 30);
  assert.deepEqual(await scene.taken(), []);
  assert.ok(scene.ask('a.example.org.'));
  assert.deepEqual(scene.counted('shoal_redis_skipped'), []);
});

const LIMITS: { ttl: number; share: Share; stored: number }[] = [
  { ttl: 30, share: SHARE.SUCCESS, stored: 60 },
  { ttl: 300, share: SHARE.SUCCESS, stored: 300 },
  { ttl: 9000, share: SHARE.SUCCESS, stored: 600 },
  { ttl: 9000, share: SHARE.DENIAL, stored: 20 },
];
for (const { ttl, share, stored } of LIMITS)
  test(`an answer of share ${share} that is good for ${ttl} s is stored for ${stored} s`, async () => {
    const scene = new Scene('redis_cache {\nsuccess 10m 1m\ndenial 20\n}').state(CLOSED);
    scene.put('a.example.', share, ttl);
    assert.equal((await scene.taken())[0].number, stored);
  });

test('more at once than there is room for are not asked', async () => {
  const scene = new Scene('redis_cache', { budget: 1000 }).state(CLOSED);
  const asked = Array.from({ length: 1100 }, (_, i) => scene.ask(`a${i}.example.`, i)).filter(Boolean).length;
  assert.equal(asked, 1024);
  assert.deepEqual(scene.counted('shoal_redis_skipped'), ['shoal_redis_skipped_total 76']);
  scene.handler.close();
});

test('one user of the store counts and logs for all', () => {
  const scene = new Scene();
  scene.state(OPEN);
  scene.state(OPEN);
  scene.state(HALF_OPEN);
  scene.state(CLOSED);
  assert.deepEqual(scene.thread.takeLines(), [
    '[WARNING] plugin/redis_cache: Redis is not used: of the test',
    '[INFO] plugin/redis_cache: Redis is used',
  ]);
  assert.deepEqual(scene.counted('shoal_redis_breakers'), ['shoal_redis_breakers{state="closed"} 1']);
  scene.tally(5, 2, 1);
  assert.deepEqual(scene.counted('shoal_redis_writes'), ['shoal_redis_writes_total 5']);
  assert.deepEqual(scene.counted('coredns_redis_cache_set'), ['coredns_redis_cache_set_errors_total 2']);
  scene.state(OPEN, false);
  assert.deepEqual(scene.thread.takeLines(), []);
  assert.deepEqual(scene.counted('shoal_redis_breakers'), []);
});

test('one that closes sends what it has, and its gauges go', async () => {
  const scene = new Scene().state(CLOSED);
  scene.put('a.example.', SHARE.SUCCESS, 30);
  scene.handler.close();
  assert.equal(scene.sent.length, 1);
  assert.ok(scene.closed);
  assert.deepEqual(scene.counted('shoal_redis_breakers'), []);
});
