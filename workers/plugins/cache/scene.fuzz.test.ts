// Clients, upstreams, a second level, clock and deadlines in any order: every client gets one answer, it is one that was said and is not too
// old, and in the end nothing is left behind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerEntry, type AnswerKey } from '#answers/entry.ts';
import { random } from '#answers/testing/answers.ts';
import type { Handler } from '../../chain/handler.ts';
import type { Query } from '../../query/query.ts';
import type { Decoded } from '../../testing/decoded.ts';
import type { Script } from '../../testing/script.ts';
import { Stage } from './scene.ts';
import { type SecondLevel, type SecondLevelTaker, SHARE } from './second-level.ts';

const STEPS = 2500;
const NAMES = 5;
const TTL = 20;
const GRACE = 60;
const SOA = 'test. 20 IN SOA ns.test. host.test. 1 7200 1800 86400 9';

/** A store whose answers are as old as those of the test say. */
class Store implements SecondLevel, Handler {
  readonly secondLevel = this;
  readonly waiting: { ticket: number; late: boolean; name: string }[] = [];
  #taker: SecondLevelTaker | undefined;

  ask(query: Query, key: AnswerKey, ticket: number, taker: SecondLevelTaker): boolean {
    if (this.waiting.length >= 4) return false;
    const length = key.bytes[key.nameAt];
    const name = Buffer.from(key.bytes.slice(key.nameAt + 1, key.nameAt + 1 + length)).toString();
    assert.equal(query.nameLength, key.nameLength);
    this.waiting.push({ ticket, name, late: false });
    this.#taker = taker;
    return true;
  }

  put(): void {}

  /** The oldest question comes to its end: with `address`, or with nothing. */
  end(address: number | undefined): void {
    const asked = this.waiting.shift();
    if (asked === undefined) return;
    if (address === undefined) {
      this.#taker?.missed(asked.ticket);
      return;
    }
    const body = Buffer.from('c00c000100010000000700040a000000', 'hex');
    body.writeUInt32BE(0x0a000000 + address, 12);
    const entry = Object.assign(new AnswerEntry(), { bodyLength: 16, answers: 1, ttl: TTL, plainSize: 40, flags: 0 });
    this.#taker?.found(asked.ticket, SHARE.SUCCESS, entry, body, 0);
  }

  late(): void {
    const asked = this.waiting.find(({ late }) => !late);
    if (asked === undefined) return;
    asked.late = true;
    this.#taker?.late(asked.ticket);
  }
}

/** What the world has said: by address, which counts up, when. */
class World {
  readonly below: (n: number) => number;
  readonly store = new Store();
  readonly stage: Stage;
  /** Seconds at which each address was said. */
  readonly said: number[] = [];
  /** Clients that wait, and how many have been answered. */
  asked = 0;
  answered = 0;
  now = 0;

  constructor(seed: number, lines: readonly string[]) {
    this.below = random(seed);
    this.stage = new Stage(`cache {\n servfail 0\n${lines.map((line) => ` ${line}\n`).join('')}}`, [this.store]);
  }

  step(): void {
    const { below, stage, store } = this;
    switch (below(9)) {
      case 0:
        this.now += below(25);
        stage.wait(this.now - Math.floor(stage.rig.thread.clock.now / 1000 - 1));
        break;
      case 1:
      case 2:
        if (stage.upstreams.held.length > 0) stage.upstreams.answer(this.#script());
        break;
      case 3:
        stage.deadlines.pass();
        break;
      case 4:
        store.end(below(2) === 0 ? undefined : this.#next());
        break;
      case 5:
        store.late();
        break;
      default:
        this.#ask();
    }
    this.collect();
  }

  #next(): number {
    return this.said.push(this.now) - 1;
  }

  #script(): Script {
    const kind = this.below(6);
    if (kind === 0) return { rcode: 'SERVFAIL' };
    if (kind === 1) return { outcome: 2 };
    if (kind === 2) return { rcode: 'NXDOMAIN', authority: [SOA] };
    const address = this.#next();
    const owner = this.stage.upstreams.nameOf(0);
    return { answer: [`${owner} ${TTL} IN A 10.0.${address >>> 8}.${address & 255}`] };
  }

  #ask(): void {
    // Some objects of the pool stay free: this is not about overload.
    if (this.stage.rig.thread.pool.available < 4) return;
    this.asked++;
    const decoded = this.stage.ask(`n${this.below(NAMES)}.test.`, this.below(2) === 0 ? {} : { edns: { size: 1232 } });
    if (decoded !== undefined) this.#check(decoded);
  }

  collect(): void {
    for (const decoded of this.stage.rig.late.splice(0)) if (decoded !== undefined) this.#check(decoded);
  }

  #check({ answer, question }: Decoded): void {
    this.answered++;
    const [record] = answer;
    if (record === undefined) return;
    const [owner, ttl, , , data] = record.split(' ');
    assert.equal(owner, question.split(' ')[0]);
    const [, , high, low] = data.split('.').map(Number);
    const age = this.now - this.said[(high << 8) | low];
    assert.ok(age <= TTL + GRACE, `${record} was said ${age} seconds ago`);
    if (Number(ttl) > 0) assert.ok(Number(ttl) + age <= TTL + 1, `${record} was said ${age} seconds ago`);
    else assert.ok(age >= TTL - 1, `${record} has not expired after ${age} seconds`);
  }

  /** Everything that is under way comes to its end. */
  drain(): void {
    const { stage, store } = this;
    while (store.waiting.length > 0) store.end(undefined);
    while (stage.upstreams.held.length > 0) stage.upstreams.answer(this.#script());
    stage.deadlines.pass();
    this.collect();
  }
}

const worlds: readonly (readonly [name: string, lines: readonly string[]])[] = [
  ['immediate', ['serve_stale 1m']],
  ['verify', ['serve_stale 1m verify']],
  ['verify with a bound and a rest', ['serve_stale 1m verify 1s 0s 5s']],
  ['prefetch and stale', ['prefetch 2 1m 50%', 'serve_stale 1m']],
  ['prefer_positive', ['serve_stale 1m verify 1s', 'serve_stale_policy prefer_positive']],
];
for (const [seed, [name, lines]] of worlds.entries())
  test(name, () => {
    const world = new World(seed + 1, lines);
    for (let step = 0; step < STEPS; step++) world.step();
    world.drain();
    assert.equal(world.answered, world.asked, 'one answer for each client');
    assert.ok(world.stage.idle);
    assert.ok(
      world.asked > STEPS / 10 && (world.stage.counts['served_stale'] ?? 0) > 10,
      JSON.stringify(world.stage.counts),
    );
  });
