// A cache between a client and upstreams that answer at once, when they are told to, or never; clock and deadlines stand still until a test
// moves them. Tests only.

import assert from 'node:assert/strict';
import { decode } from 'dns-packet';
import { AnswerSegment } from '#answers/directory.ts';
import { AnswerTables } from '#answers/table.ts';
import { Segment } from '#memory/segment.ts';
import { OPTION } from '#wire/constants.ts';
import { decodeName } from '#wire/name.ts';
import type { Deadlines, Expiring, Handler, Turn } from '../../chain/handler.ts';
import { LATER, type Outcome } from '../../chain/outcome.ts';
import type { Answer } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';
import { encodeQuestion, type Question } from '../../testing/case.ts';
import { CoreRig } from '../../testing/core.ts';
import { type Decoded, decodeAnswer } from '../../testing/decoded.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { type Script, ScriptHandler } from '../../testing/script.ts';
import { build, type CacheHandler } from './handler.ts';
import { metrics } from './metrics.ts';
import { plugin } from './setup.ts';
import { allocateTables } from './tables.ts';

/** Deadlines that pass when the test says so. */
export class StillDeadlines implements Deadlines {
  readonly #running = new Map<number, { owner: Expiring; token: number; milliseconds: number }>();
  #last = 0;

  start(owner: Expiring, token: number, milliseconds: number): number {
    this.#running.set(++this.#last, { owner, token, milliseconds });
    return this.#last;
  }

  cancel(handle: number): void {
    this.#running.delete(handle);
  }

  get running(): number[] {
    return [...this.#running.values()].map(({ milliseconds }) => milliseconds);
  }

  /** All of them pass. */
  pass(): void {
    const all = [...this.#running.values()];
    this.#running.clear();
    for (const { owner, token } of all) owner.expire(token);
  }
}

/** What stands behind the cache: answers with `script`, or holds queries while that is null. */
export class Upstreams implements Handler {
  script: Script | null = null;
  /** Its answers are this server's own. */
  local = false;
  readonly held: Query[] = [];
  /** AD of what comes to an upstream, and how much of an answer may come back. */
  readonly seen: string[] = [];

  serve(query: Query, answer: Answer): Outcome {
    this.seen.push(`ad ${query.authenticUpstream} whole ${query.whole} depth ${query.depth}`);
    if (this.script !== null) {
      const outcome = new ScriptHandler(this.script).serve(query, answer);
      answer.local = this.local;
      return outcome;
    }
    this.held.push(query);
    return LATER;
  }

  /** The query that has waited longest gets its answer. */
  answer(script: Script): void {
    const query = this.held.shift();
    assert.ok(query !== undefined, 'no query is waiting');
    query.resume(new ScriptHandler(script).serve(query, query.answer));
  }

  get asked(): number {
    return this.seen.length;
  }

  /** What the query asks for that has waited for so many others. */
  nameOf(index: number): string {
    const { bytes, lowerAt } = this.held[index];
    return decodeName(bytes, lowerAt);
  }
}

/** Memory that several threads share. */
export function sharedAnswers(): Segment {
  return Segment.create('answers', 8 << 20);
}

/** Nothing is sent and nothing is logged by these threads. */
const QUIET: Turn = { begin() {}, flushLater() {}, end() {} };

export class Stage {
  readonly rig: CoreRig;
  readonly upstreams = new Upstreams();
  readonly deadlines = new StillDeadlines();
  readonly cache: CacheHandler;
  readonly #names: string[] = [];
  #last: Uint8Array = new Uint8Array(0);

  /** `corefile`: the directive. `inside`: a handler between cache and upstreams. Threads are stages with the same `segment`. */
  constructor(corefile: string, inside: readonly Handler[] = [], segment: Segment = sharedAnswers()) {
    const options = plugin.setup(new TextDirective('cache', corefile), testScope(['.']));
    const tables = allocateTables(AnswerSegment.open(segment), 'stage', options, 64);
    const caches: CacheHandler[] = [];
    this.rig = new CoreRig(
      (host) => {
        const scope = { server: 'dns://:53', zones: ['.'], view: '', next: [] };
        const slots = metrics.slots(this.#slots(), scope, options);
        const plan = { name: 'cache', options: { ...options, tables }, slots };
        caches.push(build(plan, host, { server: scope.server, zones: ['.'], blockZones: ['.'] }));
        return [{ zones: ['.'], handlers: [...caches, ...inside, this.upstreams] }];
      },
      { parts: { answers: new AnswerTables(segment), deadlines: this.deadlines, turn: QUIET } },
    );
    [this.cache] = caches;
  }

  /** Slots far from those of the rig itself. */
  #slots() {
    const slot = ({ name }: { readonly name: string }, { type = '' }: Readonly<Record<string, string>> = {}): number =>
      FIRST_SLOT + this.#names.push(`${name.replace(/^(coredns|shoal)_cache_|_total$/g, '')}${type && ` ${type}`}`) - 1;
    return { slot, histogram: slot };
  }

  /** Counters that are not 0. */
  get counts(): Record<string, number> {
    const counts = this.#names.map((name, i) => [name, this.rig.thread.count(FIRST_SLOT + i)] as const);
    return Object.fromEntries(counts.filter(([, count]) => count !== 0));
  }

  /** What the client gets at once; undefined when it has to wait. */
  ask(name = 'a.test.', more: Partial<Question> = {}): Decoded | undefined {
    const question = { name, type: 'A', ...more };
    const sent = this.rig.send(encodeQuestion(question), question);
    this.#last = typeof sent === 'string' ? new Uint8Array(0) : sent;
    return typeof sent === 'string' ? undefined : decodeAnswer(sent);
  }

  /** INFO-CODE of the last answer that was given at once (RFC 8914 §2); undefined without one. */
  get infoCode(): number | undefined {
    const opt = decode(Buffer.from(this.#last)).additionals?.find(({ type }) => type === 'OPT');
    const option = opt?.type === 'OPT' ? opt.options.find(({ code }) => Number(code) === OPTION.EDE) : undefined;
    return option === undefined || !('data' in option) ? undefined : Buffer.from(option.data ?? '').readUInt16BE(0);
  }

  /** The first record, or the rcode where there is none, of what the client gets at once. */
  text(name?: string, more: Partial<Question> = {}): string {
    const decoded = this.ask(name, more);
    return decoded === undefined ? 'waiting' : textOf(decoded);
  }

  /** The same of what clients got that had to wait, since the last call. */
  late(): string[] {
    return this.rig.late.splice(0).map((decoded) => (decoded === undefined ? 'nothing' : textOf(decoded)));
  }

  /** Asks with the answer that upstreams have for it. */
  fill(script: Script, name?: string): void {
    this.upstreams.script = script;
    this.ask(name);
    this.upstreams.script = null;
  }

  wait(seconds: number): void {
    const { clock } = this.rig.thread;
    clock.ahead = seconds * 1000;
    clock.tick();
  }

  /** True when no query, no place and no deadline is left behind. */
  get idle(): boolean {
    return this.rig.thread.pool.inFlight === 0 && this.cache.underWay === 0 && this.deadlines.running.length === 0;
  }
}

const FIRST_SLOT = 1000;

function textOf({ answer, authority, rcode }: Decoded): string {
  return [...answer, ...authority][0] ?? rcode;
}
