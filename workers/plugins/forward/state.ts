// What a thread knows of an upstream beyond its sockets: health and latency. Shared by rules that ask it alike, and kept over changes of plan. Cold.

import type { UpstreamContext } from '../../lib/upstream/context.ts';
import type { HealthCheck } from '../../lib/upstream/health.ts';
import { Latency } from '../../lib/upstream/latency.ts';
import type { Upstreams } from '../../lib/upstream/upstreams.ts';

/** Something that rules share; `give` it back once for every `take`. */
class Shelf<T> {
  readonly #all = new Map<string, { readonly value: T; users: number }>();

  take(key: string, make: () => T): T {
    const known = this.#all.get(key) ?? { value: make(), users: 0 };
    known.users++;
    this.#all.set(key, known);
    return known.value;
  }

  /** True when that was the last one. */
  give(key: string): boolean {
    const known = this.#all.get(key);
    if (known === undefined || --known.users > 0) return false;
    return this.#all.delete(key);
  }
}

const threads = new WeakMap<Upstreams, UpstreamStates>();

export class UpstreamStates {
  readonly #health = new Shelf<HealthCheck>();
  readonly #latency = new Shelf<Latency>();
  readonly #context: UpstreamContext;

  private constructor({ context }: Upstreams) {
    this.#context = context;
  }

  /** Those of the thread that `upstreams` belongs to. */
  static of(upstreams: Upstreams): UpstreamStates {
    let states = threads.get(upstreams);
    if (states === undefined) {
      states = new UpstreamStates(upstreams);
      threads.set(upstreams, states);
    }
    return states;
  }

  /** `key`: the upstream, the transport of its probes and their settings. */
  health(key: string, make: () => HealthCheck): HealthCheck {
    return this.#health.take(key, make);
  }

  releaseHealth(key: string, health: HealthCheck): void {
    if (this.#health.give(key)) health.close();
  }

  /** `key`: the upstream. */
  latency(key: string): Latency {
    return this.#latency.take(key, () => new Latency(this.#context.exchanges, this.#context.host.clock));
  }

  /** True when nobody asks the upstream any more. */
  releaseLatency(key: string): boolean {
    return this.#latency.give(key);
  }
}
