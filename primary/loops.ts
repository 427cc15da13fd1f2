// The loop plugin's other half: sends the probes, hears of sightings, ends the process when a server block forwards to itself. Cold.

import type { Log } from '#ops/log/log.ts';
import { sendProbe } from '#plugins/loop/probe.ts';
import { type LoopSighting, LoopWatch } from '#plugins/loop/watch.ts';
import type { Configuration } from './plan/configuration.ts';

export class Loops {
  readonly #fatal: (line: string) => void;
  readonly #log: Log;
  #watches: LoopWatch[] = [];
  #probes = new AbortController();

  /** `fatal` ends the process with a line. */
  constructor(log: Log, fatal: (line: string) => void) {
    this.#log = log;
    this.#fatal = fatal;
  }

  /** Probes every server block that has the directive, through the first listener that serves it. */
  start(configuration: Configuration): void {
    this.stop();
    this.#probes = new AbortController();
    const { signal } = this.#probes;
    for (const block of configuration.blocks) {
      const options = block.get('loop');
      const listener = configuration.listeners.find((candidate) =>
        candidate.blocks.some(({ config }) => config === block),
      );
      if (options === undefined || listener === undefined) continue;
      const watch = new LoopWatch(options);
      this.#watches.push(watch);
      this.#log.plugin('loop').debug(`probing ${listener.server} for zone ${JSON.stringify(options.zone)}`);
      void sendProbe(options, listener.address, listener.port, { watch, signal });
    }
  }

  /** A thread has seen a probe. */
  sighting(sighting: LoopSighting): void {
    for (const watch of this.#watches) {
      const line = watch.sighted(sighting);
      if (line !== undefined) this.#fatal(line);
    }
  }

  stop(): void {
    this.#probes.abort();
    this.#watches = [];
  }
}
