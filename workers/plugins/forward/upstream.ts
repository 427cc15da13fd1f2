// One upstream of one rule: its sockets, its connections, its health, its counters. Hot: `send` and `observe`.

import { TIME_BUCKETS } from '#plugins/metrics.ts';
import type { UpstreamAddress } from '../../lib/upstream/address.ts';
import type { Sent } from '../../lib/upstream/channel.ts';
import { HealthCheck } from '../../lib/upstream/health.ts';
import type { TcpUpstream } from '../../lib/upstream/tcp.ts';
import type { UdpUpstream } from '../../lib/upstream/udp.ts';
import type { Upstreams } from '../../lib/upstream/upstreams.ts';
import { durationIndex, type UpstreamSlots } from './metrics.ts';
import type { ForwardRule } from './options.ts';

const BOUNDS = Float64Array.from(TIME_BUCKETS);

export class RuleUpstream {
  /** `10.0.0.1:53` */
  readonly text: string;
  readonly #upstreams: Upstreams;
  readonly #udp: UdpUpstream;
  readonly #tcp: TcpUpstream;
  readonly #health: HealthCheck;
  readonly #maxFails: number;
  readonly #slots: UpstreamSlots;

  constructor(upstreams: Upstreams, address: UpstreamAddress, rule: ForwardRule, slots: UpstreamSlots) {
    this.text = address.text;
    this.#upstreams = upstreams;
    this.#slots = slots;
    this.#maxFails = rule.maxFails;
    this.#udp = upstreams.udp(address, slots.udp);
    this.#tcp = upstreams.tcp(address, rule.tcp, slots.tcp);
    const transport = rule.forceTcp ? this.#tcp : this.#udp;
    this.#health = new HealthCheck(upstreams.context, transport, rule.health, slots.healthFailures);
  }

  /** Too many probes in a row had no reply. */
  get down(): boolean {
    return this.#maxFails > 0 && this.#health.fails > this.#maxFails;
  }

  /** `fresh`: not over a connection that has been used. */
  send(slot: number, tcp: boolean, milliseconds: number, fresh: boolean): Sent {
    return tcp ? this.#tcp.send(slot, milliseconds, fresh) : this.#udp.send(slot, milliseconds);
  }

  /** A query has failed here. */
  failed(): void {
    if (this.#maxFails > 0) this.#health.check();
  }

  /** A reply with this code has come after so many milliseconds. */
  observe(rcode: number, milliseconds: number): void {
    const { counters } = this.#upstreams.context.host;
    counters.observe(this.#slots.durations[durationIndex(rcode)], milliseconds / 1000, BOUNDS);
  }

  close(): void {
    this.#health.close();
    this.#upstreams.release(this.#udp);
    this.#upstreams.release(this.#tcp);
  }
}
