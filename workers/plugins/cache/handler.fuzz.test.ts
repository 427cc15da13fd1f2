// Whatever bodies come back through the cache, well formed or not: a hit has the octets of the first answer but for TTLs, nothing is thrown,
// and no octet is written behind the client's limit.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#answers/testing/answers.ts';
import type { Handler } from '../../chain/handler.ts';
import { DROP, WRITTEN } from '../../chain/outcome.ts';
import type { Answer } from '../../query/answer.ts';
import { CacheRig } from './rig.ts';

const ROUNDS = 3000;
const GUARD = 0xee;

interface Seen {
  readonly body: string;
  readonly counts: readonly number[];
  readonly rcode: number;
  readonly truncated: boolean;
}

class Fuzz {
  readonly below = random(11);
  readonly rig: CacheRig;
  seen: Seen | undefined;
  #bytes = new Uint8Array(0);
  #counts: readonly number[] = [];
  #rcode = 0;

  constructor() {
    const writer: Handler = {
      serve: (query, answer) => this.#write(answer, () => answer.start(query, this.#rcode, 0)),
    };
    const witness: Handler = { serve: () => -2, finish: (_, answer) => this.#look(answer) };
    this.rig = new CacheRig('cache', {}, { outside: [witness], inside: [writer] });
  }

  /** A body of records, or of something that is none. */
  prepare(): void {
    const { below } = this;
    this.#counts = [below(4), below(3), below(3)];
    this.#rcode = [0, 0, 0, 3, 2, 5][below(6)];
    const parts = Array.from({ length: this.#counts.reduce((sum, count) => sum + count) }, () => this.#record());
    this.#bytes = Uint8Array.from(parts.flat());
    if (below(4) === 0 && this.#bytes.length > 0) this.#bytes[below(this.#bytes.length)] = below(256);
  }

  #record(): number[] {
    const { below } = this;
    const owner = below(3) === 0 ? [1, 97 + below(3), 0] : [0xc0, 12];
    const rdata = Array.from({ length: below(40) }, () => below(256));
    const type = [1, 5, 6, 2, 16, 28, 46][below(7)];
    return [...owner, 0, type, 0, 1, 0, 0, 0, 50, 0, rdata.length, ...rdata];
  }

  #write(answer: Answer, start: () => void): number {
    start();
    answer.bytes.set(this.#bytes, answer.end);
    answer.end += this.#bytes.length;
    [answer.answers, answer.authorities, answer.additionals] = this.#counts;
    return WRITTEN;
  }

  #look(answer: Answer): void {
    const { bytes, questionEnd, end, rcode, truncated } = answer;
    this.seen = {
      body: Buffer.from(bytes.slice(questionEnd, end)).toString('hex'),
      counts: [answer.answers, answer.authorities, answer.additionals],
      rcode,
      truncated,
    };
    answer.clear();
    answer.outcome = DROP;
  }

  ask(name: string, size: number): Seen {
    const { answerAt, host } = this.rig.thread;
    host.arena.bytes.fill(GUARD, answerAt, answerAt + 2048);
    this.rig.ask(name, 'A', { edns: { size } });
    assert.ok(host.arena.bytes.subarray(answerAt + size, answerAt + 2048).every((octet) => octet === GUARD));
    return this.seen as Seen;
  }
}

test('a hit is what was stored', () => {
  const fuzz = new Fuzz();
  let hits = 0;
  for (let round = 0; round < ROUNDS; round++) {
    fuzz.prepare();
    const name = `n${round}.test.`;
    const before = fuzz.rig.counts['hits success'] ?? 0;
    const miss = fuzz.ask(name, 1232);
    const again = fuzz.ask(name, 1232);
    assert.deepEqual(again, miss, `round ${round}`);
    if ((fuzz.rig.counts['hits success'] ?? 0) === before) continue;
    hits++;
    const cut = fuzz.ask(name, 512);
    assert.ok(miss.body.startsWith(cut.body), `round ${round}`);
    assert.equal(cut.truncated, cut.body.length < miss.body.length, `round ${round}`);
  }
  assert.ok(hits > ROUNDS / 10 && hits < ROUNDS, String(hits));
});
