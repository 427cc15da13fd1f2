// One forward directive at work: from a query that matches to the reply of one of its upstreams, or to the failure of all of them. Hot.

import { FLAG, RCODE } from '#wire/constants.ts';
import type { Expiring, Host } from '../../chain/handler.ts';
import { LATER, type Outcome, WRITTEN } from '../../chain/outcome.ts';
import { Shuffle } from '../../lib/random.ts';
import { NOT_SENT, SENT_AGAIN } from '../../lib/upstream/channel.ts';
import type { Caller, Exchanges } from '../../lib/upstream/exchanges.ts';
import { copyAnswer, Flights } from '../../lib/upstream/flights.ts';
import { FOLDED, OTHER } from '../../lib/upstream/letter-case.ts';
import { isBareError, type ReplyReader, replyFlags } from '../../lib/upstream/reply.ts';
import { requestLength } from '../../lib/upstream/request.ts';
import { MAX_UDP_REQUEST } from '../../lib/upstream/udp.ts';
import type { Upstreams, Waiting } from '../../lib/upstream/upstreams.ts';
import type { Walks } from '../../lib/upstream/walks.ts';
import { ZoneSet } from '../../lib/zones.ts';
import type { Answer } from '../../query/answer.ts';
import { PROTO_TCP, type Query } from '../../query/query.ts';
import { Hedging } from './hedge.ts';
import type { ForwardSlots, UpstreamSlots } from './metrics.ts';
import type { ForwardRule } from './options.ts';
import { Policy } from './policy.ts';
import { hasBit, maskOf } from './rcode-mask.ts';
import { Trust } from './trust.ts';
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
/** INFO-CODEs for clients that get SERVFAIL (RFC 8914 §4.23, §4.24): nobody answers, or the network says why it cannot be. */
const NO_REACHABLE_AUTHORITY = 22;
const NETWORK_ERROR = 23;
/** RFC 8914 §4.25. */
const INVALID_DATA = 24;
const FOREIGN = 'the answer of the upstream is to another question, or too long a chain of aliases';

const LOOP = 'what upstreams are asked comes back to this server';

/** Who takes a query over that a rule does not want to answer itself. */
export interface Successor {
  serve(query: Query, answer: Answer): Outcome;
}

export class Rule implements Caller, Expiring {
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
  readonly #flights: Flights;
  readonly #trust: Trust;
  readonly #maxAttempts: number;
  readonly #tooMany: string;
  /** What is said while no address is known of any upstream. */
  readonly #nobody: string;
  /** Rules behind this one; null for the last one of its block. */
  readonly #successor: Successor | null;
  /** Reply codes by bit. */
  readonly #failover: number;
  readonly #handOver: number;
  readonly #hedging: Hedging | null;
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
    successor: Successor | null,
  ) {
    this.#options = options;
    this.#successor = successor;
    this.#failover = maskOf(options.failover);
    this.#handOver = successor === null ? 0 : maskOf(options.next);
    this.#hedging =
      options.hedge === null || options.upstreams.length < 2
        ? null
        : new Hedging(options.hedge, shared.context.exchanges, host.clock);
    this.#nobody = `no address is known yet of ${options.targets.map(({ text }) => text).join(', ')}`;
    this.#host = host;
    this.#flights = new Flights(host.clock);
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
    this.#trust = new Trust(options.trust, slots, host, shared.context.random);
    this.#upstreams = options.upstreams.map(
      (address, i) => new RuleUpstream(shared, address, options, upstreamSlots[i]),
    );
    this.#policy = new Policy(options.policy, this.#upstreams, new Shuffle());
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
    if (this.#upstreams.length === 0) {
      answer.failure = this.#nobody;
      answer.explanation = NO_REACHABLE_AUTHORITY;
      return RCODE.SERVFAIL;
    }
    const waits = query.waiting === 1 || query.mayWait;
    if (waits && this.#flights.join(query)) {
      this.#host.counters.add(this.#slots.coalesced);
      this.#wait(1);
      return LATER;
    }
    const slot = waits ? this.#exchanges.open(this) : -1;
    if (slot < 0) {
      this.#host.counters.add(this.#slots.overloads);
      answer.failure = OVERLOADED;
      return RCODE.SERVFAIL;
    }
    this.#wait(1);
    this.#flights.lead(query);
    this.#policy.next();
    this.#walks.open(slot, query, this.#policy.start, this.#policy.step);
    this.#walks.tcp[slot] = this.#byTcp(query) ? 1 : 0;
    if (this.#ask(slot)) {
      if (this.#hedging !== null) this.#hedgeLater(slot, this.#hedging);
      return LATER;
    }
    answer.failure = this.#walks.failures[slot];
    answer.explanation = this.#walks.explanations[slot];
    this.#flights.land(query);
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

  /** Probably it is the probing that does not work: any of them is asked, once, unless it is in quarantine. */
  #whenAllAreDown(slot: number): number {
    const any = this.#sound(this.#policy.any());
    if (any < 0) {
      this.#walks.failures[slot] = LOOP;
      this.#walks.explanations[slot] = NETWORK_ERROR;
      return -1;
    }
    this.#host.counters.add(this.#slots.broken);
    if (!this.#options.failFast) return any;
    this.#walks.failures[slot] = NO_HEALTHY;
    this.#walks.explanations[slot] = NO_REACHABLE_AUTHORITY;
    return -1;
  }

  /** The first one from there on that is not in quarantine; -1 when all are. */
  #sound(first: number): number {
    const count = this.#upstreams.length;
    for (let i = 0; i < count; i++) {
      const upstream = (first + i) % count;
      if (!this.#upstreams[upstream].quarantined) return upstream;
    }
    return -1;
  }

  /** Sends to the current upstream. */
  #send(slot: number, fresh: boolean): boolean {
    const walks = this.#walks;
    const left = DEADLINE - (this.#host.clock.now - walks.startedAt[slot]);
    const patience = Math.max(1, Math.min(this.#options.readTimeout, left));
    const upstream = this.#upstreams[walks.current[slot]];
    (walks.queries[slot] as Query).upstream = upstream.text;
    if (walks.note(slot, upstream.send(slot, walks.tcp[slot] === 1, patience, fresh)) !== NOT_SENT) {
      walks.asked[slot] = 1;
      upstream.latency.pending++;
      return true;
    }
    this.#host.counters.add(this.#slots.overloads);
    walks.failures[slot] = OVERLOADED;
    return false;
  }

  /** The request is not on its way any more. Returns who was asked. */
  #settle(slot: number): RuleUpstream {
    const walks = this.#walks;
    const upstream = this.#upstreams[walks.current[slot]];
    if (walks.asked[slot] === 1) upstream.latency.pending--;
    walks.asked[slot] = 0;
    return upstream;
  }

  /** Has somebody else asked when no reply comes within the usual time. */
  #hedgeLater(slot: number, hedging: Hedging): void {
    const { wait } = hedging;
    hedging.earn();
    if (wait > 0 && wait < this.#options.readTimeout)
      this.#walks.timer[slot] = this.#host.deadlines.start(this, slot, wait);
  }

  /** The usual time is over. */
  expire(slot: number): void {
    const hedging = this.#hedging as Hedging;
    this.#walks.timer[slot] = -1;
    const allowed = hedging.spend();
    const sent = allowed && this.#askAnother(slot);
    if (allowed && !sent) hedging.refund();
    this.#host.counters.add(sent ? this.#slots.hedgesSent : this.#slots.hedgesDenied);
  }

  /** Sends the query to the next upstream that is up, too, in a slot of its own. */
  #askAnother(slot: number): boolean {
    const walks = this.#walks;
    const count = this.#upstreams.length;
    let other = (walks.current[slot] + walks.step[slot]) % count;
    while (this.#upstreams[other].down) other = (other + walks.step[slot]) % count;
    if (other === walks.current[slot]) return false;
    const second = this.#exchanges.open(this);
    if (second < 0) return false;
    walks.open(second, walks.queries[slot] as Query, walks.start[slot], walks.step[slot]);
    walks.inherit(second, slot);
    walks.current[second] = other;
    walks.tcp[second] = walks.tcp[slot];
    walks.second[second] = 1;
    if (!this.#send(second, false)) {
      this.#leave(second);
      return false;
    }
    walks.partner[second] = slot;
    walks.partner[slot] = second;
    return true;
  }

  write(slot: number, to: Uint8Array, at: number, id: number): number {
    return this.#trust.write(slot, this.#walks.queries[slot] as Query, this.#upstreamOf(slot), to, at, id);
  }

  replied(slot: number, bytes: Uint8Array, at: number, length: number, cut: boolean): boolean {
    const query = this.#walks.queries[slot] as Query;
    const asked = this.#trust.compare(slot, query, bytes, at, length);
    if (asked === OTHER)
      return isBareError(bytes, at, length) && this.#refused(slot, query, bytes[at + 3] & FLAG.RCODE);
    if (asked === FOLDED && this.#isUnsure(slot)) return true;
    if ((cut || replyFlags(bytes, at) & FLAG.TC) && this.#retryByTcp(slot)) return true;
    if ((this.#failover | this.#handOver) !== 0 || this.#options.nextOnNodata) {
      if (!cut && !this.#replies.inspect(query, bytes, at, length)) return this.#refuseForeign(slot, query);
      if (this.#passesOn(slot, query, bytes, at)) return true;
    }
    if (cut) this.#replies.readCut(query, query.answer, bytes, at);
    else if (!this.#replies.read(query, query.answer, bytes, at, length)) return this.#refuseForeign(slot, query);
    this.#trust.settle(query);
    this.#observe(slot, this.#replies.rcode);
    this.#host.counters.addMany(this.#upstreamOf(slot).slots.dropped, this.#replies.dropped);
    this.#end(slot);
    this.#finish(query, WRITTEN);
    return true;
  }

  /** The query and those that waited for its answer go on. */
  #finish(query: Query, outcome: Outcome): void {
    const flights = this.#flights;
    const first = flights.land(query);
    // Before anybody goes on: handlers on the way up change the answer.
    for (let entry = first; entry >= 0; entry = flights.after(entry)) copyAnswer(query, flights.query(entry));
    query.resume(outcome);
    for (let entry = first; entry >= 0; ) {
      const follower = flights.query(entry);
      entry = flights.take(entry);
      this.#wait(-1);
      follower.resume(outcome);
    }
  }

  /** False for a reply that is malformed. One that has nothing to do with its question ends the query: the upstream would say the same again. */
  #refuseForeign(slot: number, query: Query): boolean {
    if (!this.#replies.foreign) return false;
    this.#observe(slot, this.#replies.rcode);
    this.#host.counters.add(this.#upstreamOf(slot).slots.refused);
    query.answer.failure = FOREIGN;
    query.answer.explanation = INVALID_DATA;
    this.#end(slot);
    this.#finish(query, RCODE.SERVFAIL);
    return true;
  }

  #upstreamOf(slot: number): RuleUpstream {
    return this.#upstreams[this.#walks.current[slot]];
  }

  /** Notes who has answered, how and when. */
  #observe(slot: number, rcode: number): void {
    const walks = this.#walks;
    const upstream = this.#upstreams[walks.current[slot]];
    upstream.observe(rcode, slot);
    if (this.#hedging !== null) this.#hedging.observe(slot);
    if (walks.second[slot] === 1) this.#host.counters.add(this.#slots.hedgesWon);
    (walks.queries[slot] as Query).upstream = upstream.text;
  }

  /** Whether somebody else is asked instead of answering with this reply: the next upstream, or the rules behind this one. */
  #passesOn(slot: number, query: Query, bytes: Uint8Array, at: number): boolean {
    const { rcode } = this.#replies;
    if (hasBit(this.#failover, rcode) && this.#failOver(slot, rcode)) return true;
    const nodata = rcode === RCODE.NOERROR && bytes[at + 6] === 0 && bytes[at + 7] === 0;
    if (!hasBit(this.#handOver, rcode) && !(nodata && this.#options.nextOnNodata)) return false;
    if (this.#successor === null) return false;
    this.#host.counters.add(this.#slots.handOvers);
    this.#observe(slot, rcode);
    this.#end(slot);
    const flights = this.#flights;
    let entry = flights.land(query);
    handOver(this.#successor, query);
    while (entry >= 0) {
      const follower = flights.query(entry);
      entry = flights.take(entry);
      this.#wait(-1);
      handOver(this.#successor, follower);
    }
    return true;
  }

  /** `failover`: asks the next upstream, as long as one of them has not had its turn. */
  #failOver(slot: number, rcode: number): boolean {
    const walks = this.#walks;
    if (walks.failovers[slot] + 1 >= this.#upstreams.length) return false;
    const partner = walks.partner[slot];
    walks.failovers[slot]++;
    this.#host.counters.add(this.#slots.failovers);
    this.#observe(slot, rcode);
    this.#settle(slot);
    if (partner >= 0) this.#leaveTo(partner, slot);
    else {
      this.#exchanges.detach(slot);
      // Nobody else may be asked: what there is will do.
      if (!this.#ask(slot)) return false;
    }
    return true;
  }

  /** The upstream could not read the query: FORMERR, as the reference has it for whatever comes without the question. */
  #refused(slot: number, query: Query, rcode: number): boolean {
    this.#observe(slot, rcode);
    this.#end(slot);
    this.#finish(query, RCODE.FORMERR);
    return true;
  }

  /** `prefer_udp`: what did not fit a datagram is asked for again, from the same upstream. */
  #retryByTcp(slot: number): boolean {
    const walks = this.#walks;
    if (!this.#options.preferUdp || walks.tcp[slot] === 1 || this.#upstreamOf(slot).connected) return false;
    this.#askByTcp(slot);
    return true;
  }

  #askByTcp(slot: number): void {
    this.#exchanges.detach(slot);
    this.#settle(slot);
    this.#walks.tcp[slot] = 1;
    if (!this.#send(slot, false)) this.#giveUp(slot);
  }

  /** `case_randomize`: a datagram in other letters may be anybody's, so TCP decides. What comes by TCP is the upstream's own way with letters. */
  #isUnsure(slot: number): boolean {
    const upstream = this.#upstreamOf(slot);
    this.#host.counters.add(upstream.slots.caseFolded);
    if (this.#walks.tcp[slot] === 1 || upstream.connected) {
      this.#trust.learn(upstream);
      return false;
    }
    this.#askByTcp(slot);
    return true;
  }

  failed(slot: number, failure: string, late: boolean): void {
    const walks = this.#walks;
    const upstream = this.#settle(slot);
    // The server has closed a connection that was kept for too long: that says nothing about the server.
    if (!late && walks.sent[slot] === SENT_AGAIN && this.#send(slot, true)) return;
    walks.failures[slot] = failure;
    walks.explanations[slot] = late ? NO_REACHABLE_AUTHORITY : NETWORK_ERROR;
    walks.attempts[slot]++;
    upstream.failed(slot);
    const partner = walks.partner[slot];
    if (partner >= 0) {
      this.#leaveTo(partner, slot);
      return;
    }
    const last = walks.downs[slot] === this.#upstreams.length;
    if (last || !this.#ask(slot)) this.#giveUp(slot);
  }

  #giveUp(slot: number): void {
    const query = this.#walks.queries[slot] as Query;
    query.answer.failure = this.#walks.failures[slot];
    query.answer.explanation = this.#walks.explanations[slot];
    this.#end(slot);
    this.#finish(query, RCODE.SERVFAIL);
  }

  /** Ends all that is under way for the query. */
  #end(slot: number): void {
    const partner = this.#walks.partner[slot];
    this.#wait(-1);
    this.#leave(slot);
    if (partner < 0) return;
    this.#upstreams[this.#walks.current[partner]].outrun(partner);
    this.#leave(partner);
  }

  /** Of two requests for the same query this one is over, and the other one goes on. */
  #leaveTo(partner: number, slot: number): void {
    const walks = this.#walks;
    walks.inherit(partner, slot);
    walks.partner[partner] = -1;
    this.#leave(slot);
  }

  #leave(slot: number): void {
    this.#settle(slot);
    this.#host.deadlines.cancel(this.#walks.timer[slot]);
    this.#exchanges.close(slot);
    this.#walks.close(slot);
  }

  close(): void {
    for (const upstream of this.#upstreams) upstream.close();
  }
}

function handOver(successor: Successor, query: Query): void {
  const outcome = successor.serve(query, query.answer);
  if (outcome !== LATER) query.resume(outcome);
}
