// Decides whether a server block forwards to itself (behaviour D loop). Used by the primary, which hears of every thread's sightings. Cold.

import type { ThreadEvent } from '../../messages.ts';
import type { LoopOptions } from './options.ts';

export type LoopSighting = Extract<ThreadEvent, { kind: 'loop' }>;

/** Sightings of one probe that are no loop: the probe itself, and once more when the network doubled it. */
const HARMLESS = 2;
/** Milliseconds after a probe was answered in which it may still come round. */
const WATCH_TIME = 2000;

/** One server block's probe: counts it over all threads and processes of the replica. */
export class LoopWatch {
  readonly #options: Pick<LoopOptions, 'name'>;
  readonly #now: () => number;
  #seen = 0;
  #until = Number.POSITIVE_INFINITY;

  /** `now`: milliseconds, monotonic. */
  constructor(options: Pick<LoopOptions, 'name'>, now: () => number = () => performance.now()) {
    this.#options = options;
    this.#now = now;
  }

  /** The probe has been sent and answered: what comes round does so within 2 s, and afterwards nobody is to be stopped any more. */
  sent(): void {
    this.#until = this.#now() + WATCH_TIME;
  }

  /** The probe got no answer and will be sent again: what was seen so far may have been just that. */
  retry(): void {
    this.#seen = 0;
  }

  /** No more probes will be sent. */
  giveUp(): void {
    this.#until = this.#now();
  }

  /** Takes a sighting; returns the line that the server is to end with (level FATAL, without the level), or undefined. Sightings of other probes do not count. */
  sighted(sighting: LoopSighting): string | undefined {
    if (sighting.name !== this.#options.name || this.#now() >= this.#until) return undefined;
    this.#seen++;
    return this.#seen > HARMLESS ? fatalLine(sighting) : undefined;
  }
}

function fatalLine({ source, listener, zone, name }: LoopSighting): string {
  const address = listener.slice(listener.indexOf('://') + 3);
  return `plugin/loop: Loop (${source} -> ${address}) detected for zone "${zone}", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO ${name}"`;
}
