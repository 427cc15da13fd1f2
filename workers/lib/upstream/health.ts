// Whether an upstream is up: asked only after it has failed, until it answers (behaviour D forward). Cold.

import { CLASS, FLAG, HEADER_BYTES, TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import type { Expiring } from '../../chain/handler.ts';
import { NOT_SENT } from './channel.ts';
import type { UpstreamContext } from './context.ts';
import type { Caller } from './exchanges.ts';
import type { TcpUpstream } from './tcp.ts';
import type { UdpUpstream } from './udp.ts';

/** How a probe looks and how often it is sent. */
export interface HealthSettings {
  /** Milliseconds between a failed probe and the next one. */
  readonly interval: number;
  /** RD in the probe. */
  readonly recursion: boolean;
  /** Its QNAME; the type is NS. */
  readonly domain: string;
}

/** Milliseconds that a probe may take. */
const PROBE_TIMEOUT = 1000;
/** A thread's deadlines are no longer than this. */
const MAX_INTERVAL = 60_000;

/**
 * The fail count of one upstream. It starts with `check`, which the forwarder calls after a failed exchange: a probe goes out at once; any
 * reply at all, REFUSED too, ends the probing and sets the count to 0; a failed one adds 1 and is repeated after the interval.
 */
export class HealthCheck implements Caller, Expiring {
  fails = 0;
  readonly #context: UpstreamContext;
  readonly #transport: UdpUpstream | TcpUpstream;
  readonly #settings: HealthSettings;
  readonly #failures: readonly number[];
  readonly #question: Uint8Array;
  #probing = false;
  #slot = -1;
  #deadline = -1;
  #closed = false;

  /** `failures`: slots of the counters of failed probes. */
  constructor(
    context: UpstreamContext,
    transport: UdpUpstream | TcpUpstream,
    settings: HealthSettings,
    failures: readonly number[],
  ) {
    this.#context = context;
    this.#transport = transport;
    this.#settings = settings;
    this.#failures = failures;
    this.#question = questionOf(settings.domain);
  }

  /** The upstream has failed a query: finds out whether it is down. Does nothing when that is being done. */
  check(): void {
    if (this.#probing || this.#closed) return;
    this.#probing = true;
    this.#probe();
  }

  #probe(): void {
    const slot = this.#context.exchanges.open(this);
    this.#slot = slot;
    if (slot < 0) this.#again();
    else if (this.#transport.send(slot, PROBE_TIMEOUT, false) === NOT_SENT) this.failed(slot);
  }

  write(_slot: number, to: Uint8Array, at: number, id: number): number {
    const flags = this.#settings.recursion ? FLAG.RD : 0;
    to.fill(0, at, at + HEADER_BYTES);
    to[at] = id >>> 8;
    to[at + 1] = id;
    to[at + 2] = flags >>> 8;
    to[at + 5] = 1;
    to.set(this.#question, at + HEADER_BYTES);
    return HEADER_BYTES + this.#question.length;
  }

  replied(slot: number): boolean {
    this.#context.exchanges.close(slot);
    this.#slot = -1;
    this.fails = 0;
    this.#probing = false;
    return true;
  }

  failed(slot: number): void {
    this.#context.exchanges.close(slot);
    this.#slot = -1;
    this.fails++;
    for (const failures of this.#failures) this.#context.host.counters.add(failures);
    this.#again();
  }

  #again(): void {
    const interval = Math.min(this.#settings.interval, MAX_INTERVAL);
    if (!this.#closed) this.#deadline = this.#context.host.deadlines.start(this, 0, interval);
    // Without a deadline there would be nobody to go on; the next failed query starts anew.
    if (this.#deadline === -1) this.#probing = false;
  }

  expire(): void {
    this.#deadline = -1;
    if (!this.#closed) this.#probe();
  }

  close(): void {
    this.#closed = true;
    this.#context.host.deadlines.cancel(this.#deadline);
    if (this.#slot >= 0) this.#context.exchanges.close(this.#slot);
    this.#slot = -1;
  }
}

/** QNAME, NS, IN. */
function questionOf(domain: string): Uint8Array {
  const name = encodeName(domain);
  const question = new Uint8Array(name.length + 4);
  question.set(name);
  question[name.length + 1] = TYPE.NS;
  question[name.length + 3] = CLASS.IN;
  return question;
}
