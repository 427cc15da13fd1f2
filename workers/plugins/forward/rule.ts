// One forward directive at work: from a query that matches to the reply of one of its upstreams, or to the failure of all of them. Hot.

import { FLAG, RCODE } from '#wire/constants.ts';
import type { Host } from '../../chain/handler.ts';
import { LATER, type Outcome, WRITTEN } from '../../chain/outcome.ts';
import { Shuffle } from '../../lib/random.ts';
import { NOT_SENT, SENT_AGAIN } from '../../lib/upstream/channel.ts';
import type { Caller, Exchanges } from '../../lib/upstream/exchanges.ts';
import { isBareError, type ReplyReader, replyFlags, sameQuestion } from '../../lib/upstream/reply.ts';
import { requestLength, writeRequest } from '../../lib/upstream/request.ts';
import { MAX_UDP_REQUEST } from '../../lib/upstream/udp.ts';
import type { Upstreams, Waiting } from '../../lib/upstream/upstreams.ts';
import type { Walks } from '../../lib/upstream/walks.ts';
import { ZoneSet } from '../../lib/zones.ts';
import type { Answer } from '../../query/answer.ts';
import { PROTO_TCP, type Query } from '../../query/query.ts';
import type { ForwardSlots, UpstreamSlots } from './metrics.ts';
import type { ForwardRule } from './options.ts';
import { Policy } from './policy.ts';
import { RuleUpstream } from './upstream.ts';

/** Milliseconds that a query may take in all, as with the reference. */
const DEADLINE = 5000;
/**
 * Attempts of a query whose `max_connect_attempts` is 0 (no limit): upstreams that refuse at once would otherwise be asked thousands of times
 * in 5 s. Lower values would give up before a restarting upstream is back; `coredns_proxy_healthcheck_failures_total` shows how often that is.
 */
const ATTEMPTS_WITHOUT_LIMIT = 100;
const OVERLOADED = 'too many queries are waiting for upstreams';
const NO_HEALTHY = 'no healthy proxies';

export class Rule implements Caller {
  readonly #options: ForwardRule;
  readonly #host: Host;
  readonly #slots: ForwardSlots;
  readonly #from: ZoneSet;
  readonly #fromLabels: number;
  readonly #except: ZoneSet;
  readonly #upstreams: readonly RuleUpstream[];
  readonly #policy: Policy;
  readonly #exchanges: Exchanges;
  readonly #walks: Walks;
  readonly #replies: ReplyReader;
  readonly #maxAttempts: number;
  readonly #tooMany: string;
  /** Queries of this thread that wait; the gauge of all threads together is what `max_concurrent` limits. */
  readonly #waiting: Waiting;
  readonly #waitingSlot: number;

  constructor(
    options: ForwardRule,
    slots: ForwardSlots,
    waitingSlot: number,
    upstreamSlots: readonly UpstreamSlots[],
    host: Host,
    shared: Upstreams,
  ) {
    this.#options = options;
    this.#host = host;
    this.#slots = slots;
    this.#waitingSlot = waitingSlot;
    this.#waiting = shared.waiting(waitingSlot);
    this.#wait(0);
    this.#from = new ZoneSet([options.from], host.seed);
    this.#fromLabels = this.#from.labels(0);
    this.#except = new ZoneSet(options.except, host.seed);
    this.#exchanges = shared.context.exchanges;
    this.#walks = shared.walks;
    this.#replies = shared.replies;
    this.#upstreams = options.upstreams.map(
      (address, i) => new RuleUpstream(shared, address, options, upstreamSlots[i]),
    );
    this.#policy = new Policy(options.policy, options.upstreams.length, new Shuffle());
    const maxConnectAttempts = options.maxConnectAttempts ?? 2 * options.upstreams.length;
    this.#maxAttempts = Math.min(maxConnectAttempts || ATTEMPTS_WITHOUT_LIMIT, 255);
    this.#tooMany = `concurrent queries exceeded maximum ${options.maxConcurrent}`;
  }

  /** FROM and what is below it, but nothing of `except`; FROM itself is never excepted. */
  matches(query: Query): boolean {
    if (this.#from.match(query) < 0) return false;
    return query.labels === this.#fromLabels || this.#except.match(query) < 0;
  }

  serve(query: Query, answer: Answer): Outcome {
    const { maxConcurrent } = this.#options;
    if (maxConcurrent > 0 && this.#host.counters.total(this.#waitingSlot) >= maxConcurrent) {
      this.#host.counters.add(this.#slots.rejects);
      answer.failure = this.#tooMany;
      return RCODE.REFUSED;
    }
    const slot = query.mayWait ? this.#exchanges.open(this) : -1;
    if (slot < 0) {
      this.#host.counters.add(this.#slots.overloads);
      answer.failure = OVERLOADED;
      return RCODE.SERVFAIL;
    }
    this.#wait(1);
    this.#policy.next();
    this.#walks.open(slot, query, this.#host.clock.now, this.#policy.start, this.#policy.step);
    this.#walks.tcp[slot] = this.#byTcp(query) ? 1 : 0;
    if (this.#ask(slot)) return LATER;
    answer.failure = this.#walks.failures[slot];
    this.#end(slot);
    return RCODE.SERVFAIL;
  }

  /** A thread that takes the place of a dead one sets the gauge right with its first query, or here with none. */
  #wait(change: number): void {
    this.#waiting.count += change;
    this.#host.counters.set(this.#waitingSlot, this.#waiting.count);
  }

  /** As the client came, unless told otherwise; what is too long for a datagram goes by TCP. */
  #byTcp(query: Query): boolean {
    const { forceTcp, preferUdp } = this.#options;
    return forceTcp || (query.proto === PROTO_TCP && !preferUdp) || requestLength(query) > MAX_UDP_REQUEST;
  }

  /**
   * Sends the query to the next upstream of its walk that is not down. False: there is none, no time, or no attempt left, and the walk's
   * failure says why.
   */
  #ask(slot: number): boolean {
    const walks = this.#walks;
    const { now } = this.#host.clock;
    if (now - walks.startedAt[slot] >= DEADLINE || walks.attempts[slot] >= this.#maxAttempts) return false;
    const next = this.#next(slot);
    if (next < 0) return false;
    walks.attempts[slot]++;
    walks.current[slot] = next;
    return this.#send(slot, false);
  }

  /** Walks on to one that is up, at most through the rest of this round and the next one; -1 when all are down and that is to be the end. */
  #next(slot: number): number {
    const walks = this.#walks;
    const count = this.#upstreams.length;
    for (;;) {
      if (walks.visited[slot] === count) {
        walks.visited[slot] = 0;
        walks.downs[slot] = 0;
      }
      const upstream = (walks.start[slot] + walks.visited[slot]++ * walks.step[slot]) % count;
      if (!this.#upstreams[upstream].down) return upstream;
      if (++walks.downs[slot] === count) return this.#whenAllAreDown(slot);
    }
  }

  /** Probably it is the probing that does not work: any of them is asked, once. */
  #whenAllAreDown(slot: number): number {
    this.#host.counters.add(this.#slots.broken);
    if (!this.#options.failFast) return this.#policy.any();
    this.#walks.failures[slot] = NO_HEALTHY;
    return -1;
  }

  /** Sends to the current upstream. */
  #send(slot: number, fresh: boolean): boolean {
    const walks = this.#walks;
    const left = DEADLINE - (this.#host.clock.now - walks.startedAt[slot]);
    const patience = Math.max(1, Math.min(this.#options.readTimeout, left));
    const upstream = this.#upstreams[walks.current[slot]];
    (walks.queries[slot] as Query).upstream = upstream.text;
    if (walks.note(slot, upstream.send(slot, walks.tcp[slot] === 1, patience, fresh)) !== NOT_SENT) return true;
    this.#host.counters.add(this.#slots.overloads);
    walks.failures[slot] = OVERLOADED;
    return false;
  }

  write(slot: number, to: Uint8Array, at: number, id: number): number {
    return writeRequest(this.#walks.queries[slot] as Query, to, at, id);
  }

  replied(slot: number, bytes: Uint8Array, at: number, length: number, cut: boolean): boolean {
    const query = this.#walks.queries[slot] as Query;
    if (!sameQuestion(query, bytes, at, length))
      return isBareError(bytes, at, length) && this.#refused(slot, query, bytes[at + 3] & FLAG.RCODE);
    if ((cut || replyFlags(bytes, at) & FLAG.TC) && this.#retryByTcp(slot)) return true;
    if (cut) this.#replies.readCut(query, query.answer, bytes, at);
    else if (!this.#replies.read(query, query.answer, bytes, at, length)) return false;
    const upstream = this.#upstreams[this.#walks.current[slot]];
    upstream.observe(this.#replies.rcode, this.#host.clock.now - this.#exchanges.sentAt[slot]);
    this.#end(slot);
    query.resume(WRITTEN);
    return true;
  }

  /** The upstream could not read the query: FORMERR, as the reference has it for whatever comes without the question. */
  #refused(slot: number, query: Query, rcode: number): boolean {
    this.#upstreams[this.#walks.current[slot]].observe(rcode, this.#host.clock.now - this.#exchanges.sentAt[slot]);
    this.#end(slot);
    query.resume(RCODE.FORMERR);
    return true;
  }

  /** `prefer_udp`: what did not fit a datagram is asked for again, from the same upstream. */
  #retryByTcp(slot: number): boolean {
    const walks = this.#walks;
    if (!this.#options.preferUdp || walks.tcp[slot] === 1) return false;
    this.#exchanges.detach(slot);
    walks.tcp[slot] = 1;
    if (!this.#send(slot, false)) this.#giveUp(slot);
    return true;
  }

  failed(slot: number, failure: string, late: boolean): void {
    const walks = this.#walks;
    // The server has closed a connection that was kept for too long: that says nothing about the server.
    if (!late && walks.sent[slot] === SENT_AGAIN && this.#send(slot, true)) return;
    walks.failures[slot] = failure;
    this.#upstreams[walks.current[slot]].failed();
    const last = walks.downs[slot] === this.#upstreams.length;
    if (last || !this.#ask(slot)) this.#giveUp(slot);
  }

  #giveUp(slot: number): void {
    const query = this.#walks.queries[slot] as Query;
    query.answer.failure = this.#walks.failures[slot];
    this.#end(slot);
    query.resume(RCODE.SERVFAIL);
  }

  #end(slot: number): void {
    this.#wait(-1);
    this.#exchanges.close(slot);
    this.#walks.close(slot);
  }

  close(): void {
    for (const upstream of this.#upstreams) upstream.close();
  }
}
