// A resolver thread without sockets for the tests of handlers: arena, counters, log and clock are real, the sink keeps its lines. Tests only.

import { COUNTER_BYTES, Counters, CounterTotals } from '#memory/counters.ts';
import { Segment } from '#memory/segment.ts';
import { openArena } from '#native/arena.ts';
import { LineBuffer } from '#ops/log/line-buffer.ts';
import type { Sink } from '#ops/log/sink.ts';
import type { Clock, Host } from '../chain/handler.ts';
import { QueryPool } from '../query/pool.ts';
import { WORKSPACE } from '../query/query.ts';

/** Seed of all name hashes in tests. */
export const TEST_SEED = 0x5eed1234;
const QUERIES = 8;

/** A clock that stands still until a test moves it. */
export class TestClock implements Clock {
  now = 1000;
  seconds = 1;
  /** Milliseconds that the real clock, as `tick` reads it, is ahead of `now`. */
  ahead = 0;

  tick(): void {
    this.now += this.ahead;
    this.ahead = 0;
    this.seconds = Math.floor(this.now / 1000);
  }
}

class LineSink implements Sink {
  readonly atomicBytes = Number.MAX_SAFE_INTEGER;
  readonly lines: string[] = [];

  write(bytes: Uint8Array, from: number, to: number): number {
    this.lines.push(...Buffer.from(bytes.slice(from, to)).toString().trimEnd().split('\n'));
    return to - from;
  }

  close(): void {}
}

/** Stands for a part of the host that the handlers under test must not touch. */
function untouchable<T extends object>(part: string): T {
  return new Proxy({} as T, {
    get(_, member) {
      throw new Error(`this test has no host.${part} (asked for ${String(member)})`);
    },
  });
}

/** What the handlers of one test share. */
export class TestThread {
  readonly host: Host;
  readonly clock = new TestClock();
  readonly pool: QueryPool;
  /** Octets where requests are put and answers are written. */
  readonly requestAt: number;
  readonly answerAt: number;
  readonly #sink = new LineSink();
  readonly #totals: CounterTotals;

  /** `parts` replace or complete members of the host. `queries`: how many there may be at once. */
  constructor(parts: Partial<Host> = {}, queries = QUERIES) {
    const arena = parts.arena ?? openArena(queries * WORKSPACE.BYTES + 4 * 65536);
    const counters = Segment.create('counters', COUNTER_BYTES);
    this.#totals = new CounterTotals(counters);
    this.pool = new QueryPool(arena, queries);
    this.requestAt = arena.allocate(65536, 64);
    this.answerAt = arena.allocate(65600, 64);
    this.host = {
      arena,
      clock: this.clock,
      seed: TEST_SEED,
      counters: new Counters(counters, 0),
      log: new LineBuffer(65536, this.#sink),
      io: untouchable('io'),
      zones: untouchable('zones'),
      files: untouchable('files'),
      answers: untouchable('answers'),
      deadlines: untouchable('deadlines'),
      lookup: untouchable('lookup'),
      transfers: untouchable('transfers'),
      levels: untouchable('levels'),
      probes: untouchable('probes'),
      turn: untouchable('turn'),
      tuning: untouchable('tuning'),
      report: () => {},
      ...parts,
    };
  }

  /** Lines logged since the last call. */
  takeLines(): string[] {
    this.host.log.flush();
    return this.#sink.lines.splice(0);
  }

  /** Value of a counter. */
  count(slot: number): number {
    return this.#totals.sum(slot);
  }
}
