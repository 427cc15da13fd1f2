// A thread with real sockets, clock and deadlines around one forward directive: what the tests of this folder drive. Tests only.

import assert from 'node:assert/strict';
import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { openArena } from '#native/arena.ts';
import { openDatagramIo, writePeer } from '#native/datagram.ts';
import { LineBuffer } from '#ops/log/line-buffer.ts';
import { metrics } from '#plugins/forward/metrics.ts';
import { plugin } from '#plugins/forward/setup.ts';
import { Chain, type Completion } from '../../chain/chain.ts';
import type { Handler, ThreadTuning } from '../../chain/handler.ts';
import { LATER, type Outcome } from '../../chain/outcome.ts';
import { MonotonicClock } from '../../lib/clock.ts';
import { DeadlineWheel } from '../../lib/deadlines.ts';
import { ThreadProbes } from '../../lib/probes.ts';
import { ThreadTurn } from '../../net/turn.ts';
import type { Answer } from '../../query/answer.ts';
import { PROTO_TCP, PROTO_UDP, type Query, WORKSPACE } from '../../query/query.ts';
import { ACCEPTED, readQuery } from '../../query/read.ts';
import { encodeQuestion, type Question } from '../../testing/case.ts';
import { type Decoded, decodeAnswer } from '../../testing/decoded.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { TestThread } from '../../testing/thread.ts';
import type { Metric, SlotAllocator } from '../metrics.ts';
import { build, type ForwardHandler } from './handler.ts';

/** What a client gets. */
export interface Outcomes {
  readonly outcome: Outcome;
  readonly failure: string;
  /** INFO-CODE for clients with EDNS (RFC 8914); 0 for none. */
  readonly explanation: number;
  /** Undefined when nothing was written. */
  readonly decoded: Decoded | undefined;
  readonly message: Uint8Array;
  readonly plainSize: number;
}

export interface RigOptions {
  /** Handlers in front of forward, built for the rig's thread. */
  readonly before?: readonly Handler[];
  readonly tuning?: Partial<ThreadTuning>;
  readonly io?: 'batched' | 'dgram';
  /** How many there may be at once; 8. */
  readonly queries?: number;
  /** Other directives of the block. */
  readonly directives?: readonly string[];
}

/** Slots by `name{label="…"}`, in the order of first use. */
class Slots implements SlotAllocator {
  readonly bySeries = new Map<string, number>();
  #next = 0;

  slot(metric: Metric, labels: Readonly<Record<string, string>> = {}): number {
    return this.#take(metric, labels, 1);
  }

  histogram(metric: Metric, labels: Readonly<Record<string, string>> = {}): number {
    return this.#take(metric, labels, (metric.buckets?.length ?? 0) + 2);
  }

  #take(metric: Metric, labels: Readonly<Record<string, string>>, count: number): number {
    const names = Object.keys(labels).sort();
    assert.deepEqual(names, [...metric.labels].sort(), metric.name);
    const series = `${metric.name}{${names.map((name) => `${name}="${labels[name]}"`).join(',')}}`;
    const known = this.bySeries.get(series);
    if (known !== undefined) return known;
    this.bySeries.set(series, this.#next);
    this.#next += count;
    return this.#next - count;
  }
}

/** `text`: the Corefile lines of the directive, as in `forward . 127.0.0.1:53 { … }`. */
export class ForwardRig implements Completion {
  readonly thread: TestThread;
  readonly forward: ForwardHandler;
  readonly #chain: Chain;
  readonly #slots = new Slots();
  readonly #waiting = new Map<Query, (outcomes: Outcomes) => void>();
  readonly #deadlines: DeadlineWheel;
  readonly #turn: ThreadTurn;
  readonly #probes: ThreadProbes;
  readonly #probed = new Map<string, (answered: boolean) => void>();

  constructor(
    text: string,
    { before = [], tuning = {}, io = 'batched', queries = 8, directives = [] }: RigOptions = {},
  ) {
    const clock = new MonotonicClock();
    const arena = openArena(64 * 1024 * 1024);
    const readers = new Readers(Segment.create('readers', readersBytes(1)));
    this.#turn = new ThreadTurn(clock, readers, 0, new LineBuffer(4096));
    this.#deadlines = new DeadlineWheel(this.#turn, 4096, clock);
    this.#probes = new ThreadProbes(this.#turn, (name, answered) => this.#probed.get(name)?.(answered));
    const parts = {
      arena,
      clock,
      deadlines: this.#deadlines,
      turn: this.#turn,
      probes: this.#probes,
      io: openDatagramIo(arena, io),
      tuning: { forwardSockets: 4, forwardSocketQueries: 1000, udpIo: io, ...tuning },
    };
    this.thread = new TestThread(parts, queries);
    const options = plugin.setup(new TextDirective('forward', text), testScope(['.'], directives));
    const slots = metrics.slots(this.#slots, { server: 'dns://:53', zones: ['.'], view: '', next: [] }, options);
    const scope = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };
    this.forward = build({ name: 'forward', options, slots }, this.thread.host, scope);
    const handlers = [...before, this.forward];
    this.#chain = new Chain(
      handlers,
      handlers.map((_, i) => (i === before.length ? 'forward' : `before${i}`)),
      this,
    );
  }

  /** Asks as a client would; all questions of one call come in the same batch. */
  askAll(questions: readonly Question[]): Promise<Outcomes>[] {
    this.#turn.begin();
    const all = questions.map((question) => this.#start(question));
    this.#turn.end();
    return all;
  }

  ask(question: Question): Promise<Outcomes> {
    return this.askAll([question])[0];
  }

  #start(question: Question): Promise<Outcomes> {
    const { pool, requestAt, answerAt, host } = this.thread;
    const query = pool.acquire();
    assert.ok(query !== undefined, 'the pool of the rig is too small');
    const { bytes, answer } = query;
    const request = encodeQuestion(question);
    bytes.set(request, requestAt);
    query.proto = question.proto === 'tcp' ? PROTO_TCP : PROTO_UDP;
    query.peerAt = query.workspace + WORKSPACE.PEER;
    writePeer(bytes, query.peerAt, '127.0.0.1', 40_000);
    query.receivedAt = host.clock.now;
    answer.open(answerAt);
    assert.equal(readQuery(query, requestAt, request.length, host.seed), ACCEPTED);
    if (this.#chain.run(query, answer) !== LATER) return Promise.resolve(this.#finish(query, answer));
    // The receive slot is used again at once.
    bytes.fill(0xff, requestAt, requestAt + request.length);
    return new Promise((resolve) => this.#waiting.set(query, resolve));
  }

  complete(query: Query, answer: Answer): void {
    const resolve = this.#waiting.get(query);
    assert.ok(resolve !== undefined, 'a query came to its end twice');
    this.#waiting.delete(query);
    resolve(this.#finish(query, answer));
  }

  #finish(query: Query, answer: Answer): Outcomes {
    const { outcome, failure, explanation } = answer;
    if (outcome >= 0) answer.start(query, outcome & 15, 0);
    const { plainSize } = answer;
    const length = answer.end === answer.at ? 0 : answer.seal(query);
    const message = answer.bytes.slice(answer.at, answer.at + length);
    query.release();
    return {
      outcome,
      failure,
      explanation,
      plainSize,
      message,
      decoded: length === 0 ? undefined : decodeAnswer(message),
    };
  }

  /** The metric's value; `series` as `name{label="value"}`. For a histogram that of all its buckets together. */
  count(series: string): number {
    const slot = this.#slots.bySeries.get(series);
    assert.ok(slot !== undefined, `no series ${series}`);
    if (!series.startsWith('coredns_proxy_request_duration')) return this.thread.count(slot);
    let sum = 0;
    for (let bucket = 0; bucket < 17; bucket++) sum += this.thread.count(slot + bucket);
    return sum;
  }

  /** Sets a gauge as the primary does. */
  set(series: string, value: number): void {
    const slot = this.#slots.bySeries.get(series);
    assert.ok(slot !== undefined, `no series ${series}`);
    this.thread.host.counters.set(slot, value);
  }

  /** Has a probe sent as the primary does; tells whether it was answered. */
  probe(path: string, name: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#probed.set(name, resolve);
      this.#probes.send(path, name);
    });
  }

  close(): void {
    this.#chain.close();
    this.#deadlines.close();
    assert.equal(this.#waiting.size, 0, 'queries are still waiting');
  }
}
