// The probe of a block at the start, as the reference sends it: by the server to itself; a loop ends the process. Called by loops.ts. Cold.

import { probeName } from '#plugins/loop/names.ts';
import type { LoopOptions } from '#plugins/loop/options.ts';
import { sendProbe } from '#plugins/loop/probe.ts';
import { type LoopSighting, LoopWatch } from '#plugins/loop/watch.ts';

/**
 * Probes in a row that have to be seen too often. The name of one is known to all upstreams while it is watched, and to whoever they ask: playing
 * it back must not end the process.
 */
const CONFIRMATIONS = 2;

export class StartProbe {
  readonly #options: LoopOptions;
  readonly #listener: { readonly address: string; readonly port: number };
  readonly #named: (name: string) => void;
  #name: string;
  #watch: LoopWatch;
  #stop = new AbortController();
  #confirmed = 0;

  /** `named` hears of every name that is used. */
  constructor(
    options: LoopOptions,
    listener: { readonly address: string; readonly port: number },
    named: (name: string) => void,
  ) {
    this.#options = options;
    this.#listener = listener;
    this.#named = named;
    this.#name = options.name;
    this.#watch = new LoopWatch(options);
  }

  start(): void {
    const { address, port } = this.#listener;
    this.#named(this.#name);
    void sendProbe({ name: this.#name }, address, port, { watch: this.#watch, signal: this.#stop.signal });
  }

  isOf(name: string): boolean {
    return name === this.#name;
  }

  /** Takes a sighting; returns the line that the server is to end with, or undefined. */
  sighted(sighting: LoopSighting): string | undefined {
    const line = this.#watch.sighted(sighting);
    if (line === undefined || ++this.#confirmed >= CONFIRMATIONS) return line;
    this.#again();
    return undefined;
  }

  /** The same with a name that nobody has heard of yet. */
  #again(): void {
    this.stop();
    this.#stop = new AbortController();
    this.#name = probeName(this.#options.mark, this.#options.zone);
    this.#watch = new LoopWatch({ name: this.#name });
    this.start();
  }

  stop(): void {
    this.#stop.abort();
  }
}
