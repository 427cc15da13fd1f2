// One upstream of one rule: its sockets, its connections, its health, its counters. Hot: `send` and `observe`.

import type { Counters } from '#memory/counters.ts';
import { TIME_BUCKETS } from '#plugins/metrics.ts';
import type { Probed } from '../../chain/handler.ts';
import type { UpstreamAddress } from '../../lib/upstream/address.ts';
import type { Sent } from '../../lib/upstream/channel.ts';
import { HealthCheck } from '../../lib/upstream/health.ts';
import type { Latency } from '../../lib/upstream/latency.ts';
import { UpstreamProbe } from '../../lib/upstream/probe.ts';
import type { TcpUpstream } from '../../lib/upstream/tcp.ts';
import type { UdpUpstream } from '../../lib/upstream/udp.ts';
import type { Upstreams } from '../../lib/upstream/upstreams.ts';
import { durationIndex, type UpstreamSlots } from './metrics.ts';
import type { ForwardRule } from './options.ts';
import { probePath } from './paths.ts';
import type { Candidate } from './policy.ts';
import { UpstreamStates } from './state.ts';

const BOUNDS = Float64Array.from(TIME_BUCKETS);

export class RuleUpstream implements Candidate, Probed {
  /** `10.0.0.1:53` */
  readonly text: string;
  /** See Speller in trust.ts. */
  folds = false;
  /** Of all rules that ask it. */
  readonly latency: Latency;
  readonly #states: UpstreamStates;
  readonly #latencyKey: string;
  readonly #healthKey: string;
  readonly #upstreams: Upstreams;
  readonly #counters: Counters;
  readonly #quarantined: number;
  /** Null where nobody looks for loops. */
  readonly #probePath: string | null;
  /** Null when it is spoken to by TLS or HTTPS. */
  readonly #udp: UdpUpstream | null;
  readonly #tcp: TcpUpstream;
  /** As for clients that come by UDP. */
  readonly #usual: UdpUpstream | TcpUpstream;
  readonly #health: HealthCheck;
  readonly #maxFails: number;
  /** Milliseconds that a failure counts for, at least. */
  readonly #penalty: number;
  readonly #showsLatency: boolean;
  readonly slots: UpstreamSlots;

  constructor(upstreams: Upstreams, address: UpstreamAddress, rule: ForwardRule, slots: UpstreamSlots) {
    this.text = address.text;
    this.#upstreams = upstreams;
    this.slots = slots;
    this.#maxFails = rule.maxFails;
    this.#udp = slots.udp === null ? null : upstreams.udp(address, slots.udp, rule.tcp.source);
    this.#tcp = upstreams.tcp(address, rule.tcp, slots.tcp);
    const transport = rule.forceTcp ? this.#tcp : (this.#udp ?? this.#tcp);
    this.#usual = transport;
    this.#counters = upstreams.context.host.counters;
    this.#quarantined = slots.quarantined;
    this.#probePath = rule.probeZone === undefined ? null : probePath(rule.probeZone, address.text);
    if (this.#probePath !== null) upstreams.context.host.probes.add(this.#probePath, this);
    this.#states = UpstreamStates.of(upstreams);
    this.#healthKey = JSON.stringify([address, rule.forceTcp, rule.health, rule.tcp]);
    this.#health = this.#states.health(this.#healthKey, () => {
      const failures = [slots.healthFailures, slots.oldHealthFailures];
      return new HealthCheck(upstreams.context, transport, rule.health, failures);
    });
    this.#latencyKey = address.text;
    this.latency = this.#states.latency(this.#latencyKey);
    this.#penalty = rule.readTimeout;
    this.#showsLatency = rule.policy === 'latency';
  }

  /** The primary has found that what it is asked comes back to this server. */
  get quarantined(): boolean {
    return this.#quarantined >= 0 && this.#counters.ofServer(this.#quarantined) > 0;
  }

  /** It must not be asked, or too many probes in a row had no reply. */
  get down(): boolean {
    return this.quarantined || this.#isDead;
  }

  get #isDead(): boolean {
    return this.#maxFails > 0 && this.#health.fails > this.#maxFails;
  }

  /** Requests go over connections only, whatever the client uses. */
  get connected(): boolean {
    return this.#udp === null;
  }

  /** `fresh`: not over a connection that has been used. */
  send(slot: number, tcp: boolean, milliseconds: number, fresh: boolean): Sent {
    if (tcp || this.#udp === null) return this.#tcp.send(slot, milliseconds, fresh);
    return this.#udp.send(slot, milliseconds);
  }

  probe(name: Uint8Array, done: (answered: boolean) => void): void {
    UpstreamProbe.send(this.#upstreams.context, this.#usual, name, done);
  }

  /** The request of an exchange has failed here. */
  failed(slot: number): void {
    if (this.#maxFails > 0) this.#health.check();
    // A refusal comes quickly, but nobody is served by it.
    if (this.#showsLatency) this.#expect(slot, this.#penalty);
  }

  /** The reply to the request of an exchange has come, with this code. */
  observe(rcode: number, slot: number): void {
    const { host, exchanges } = this.#upstreams.context;
    const milliseconds = host.clock.now - exchanges.sentAt[slot];
    host.counters.observe(this.slots.durations[durationIndex(rcode)], milliseconds / 1000, BOUNDS);
    if (this.#showsLatency) this.#expect(slot, 0);
  }

  #expect(slot: number, least: number): void {
    this.latency.observe(slot, least);
    this.#counters.set(this.slots.latency, this.latency.estimate / 1000);
    this.#counters.set(this.slots.latencyThreads, 1);
  }

  /** The request of an exchange is given up, because somebody else was quicker. */
  outrun(slot: number): void {
    if (this.#showsLatency) this.latency.outrun(slot);
  }

  get cost(): number {
    return this.latency.cost;
  }

  close(): void {
    if (this.#probePath !== null) this.#upstreams.context.host.probes.remove(this.#probePath, this);
    this.#states.releaseHealth(this.#healthKey, this.#health);
    if (this.#states.releaseLatency(this.#latencyKey) && this.#showsLatency) this.#forget();
    if (this.#udp !== null) this.#upstreams.release(this.#udp);
    this.#upstreams.release(this.#tcp);
  }

  /** Nothing is expected any more of an upstream that is not asked. */
  #forget(): void {
    const { counters } = this.#upstreams.context.host;
    counters.set(this.slots.latency, 0);
    counters.set(this.slots.latencyThreads, 0);
  }
}
