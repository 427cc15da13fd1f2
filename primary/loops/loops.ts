// Decides on loops: has probes sent, hears of sightings, ends the process or puts upstreams in quarantine (behaviour D loop). Cold.

import type { Logger } from '#ops/log/logger.ts';
import type { Labels, Metric } from '#ops/metrics/metric.ts';
import { QUARANTINED } from '#plugins/forward/metrics.ts';
import type { ForwardOptions } from '#plugins/forward/options.ts';
import { probePath } from '#plugins/forward/paths.ts';
import { DETECTED, PROBES, SIGHTINGS } from '#plugins/loop/metrics.ts';
import { fleetMark, markOf, probeName } from '#plugins/loop/names.ts';
import type { LoopOptions } from '#plugins/loop/options.ts';
import type { LoopSighting } from '#plugins/loop/watch.ts';
import type { ThreadEvent } from '#workers/messages.ts';
import type { BlockConfig } from '../plan/blocks.ts';
import type { Configuration } from '../plan/configuration.ts';
import { Fleets } from './fleets.ts';
import { type Path, type PathContext, PathWatch } from './path.ts';
import { RecentNames } from './recent.ts';
import { StartProbe } from './start.ts';

export interface LoopsOptions {
  readonly log: Logger;
  /** Ends the process with a line. */
  readonly fatal: (line: string) => void;
  /** Has a thread send a probe; false when none can. */
  readonly probe: (order: { readonly path: string; readonly name: string }) => boolean;
  /** Options of forward with the addresses of all upstreams. */
  readonly located: (options: ForwardOptions) => ForwardOptions;
  readonly metrics: {
    add(metric: Metric, labels?: Labels): void;
    set(metric: Metric, value: number, labels?: Labels): void;
  };
}

export class Loops {
  readonly #options: LoopsOptions;
  readonly #log: Logger;
  readonly #fleets = new Fleets();
  readonly #context: PathContext;
  /** Names of probes, also after their round: late sightings are not strangers'. */
  readonly #sent = new RecentNames();
  /** By key. */
  #paths = new Map<string, PathWatch>();
  #starts: StartProbe[] = [];

  constructor(options: LoopsOptions) {
    const { log, metrics, probe } = options;
    this.#options = options;
    this.#log = log.plugin('loop');
    this.#context = {
      name: (path) => this.#name(path),
      send: ({ key }, name) => probe({ path: key, name }),
      hasFleet: ({ mark }) => this.#fleets.has(mark),
      elsewhere: ({ mark }, name) => this.#fleets.hasNote(mark, name),
      ended: ({ zone, label }, result) => metrics.add(PROBES, { zone, to: label, result }),
      detected: (path, source, retryIn) => this.#detected(path, source, retryIn),
      lifted: (path) => this.#lifted(path),
    };
  }

  /** The configuration is in force: probes every block that has the directive as it says, and forgets what no block has any more. */
  start(configuration: Configuration): void {
    this.#endStarts();
    this.#fleets.open(configuration.blocks);
    for (const block of configuration.blocks) {
      const options = block.get('loop');
      if (options !== undefined && !options.quarantine) this.#probeBlock(configuration, block, options);
    }
    this.update(configuration);
  }

  /** Upstreams of the configuration have other addresses. */
  update({ blocks }: Pick<Configuration, 'blocks'>): void {
    const former = this.#paths;
    this.#paths = new Map();
    for (const block of blocks) for (const path of this.#pathsOf(block)) this.#adopt(path, former.get(path.key), block);
    for (const watch of new Set(former.values())) if (!this.#keeps(watch)) this.#drop(watch);
  }

  #keeps(watch: PathWatch): boolean {
    return this.#paths.get(watch.path.key) === watch;
  }

  /** What is known of an upstream stays as long as it is probed alike. */
  #adopt(path: Path, known: PathWatch | undefined, block: BlockConfig): void {
    if (this.#paths.has(path.key)) return;
    if (known !== undefined && JSON.stringify(known.path) === JSON.stringify(path)) {
      this.#paths.set(path.key, known);
      return;
    }
    const watch = new PathWatch(path, this.#context);
    this.#paths.set(path.key, watch);
    watch.start(block.get('loop')?.quarantine === true || known?.quarantined === true);
  }

  #drop(watch: PathWatch): void {
    watch.stop();
    if (watch.quarantined) this.#show(watch.path);
  }

  #pathsOf(block: BlockConfig): Path[] {
    const loop = block.get('loop');
    const forward = block.get('forward');
    if (loop === undefined || forward === undefined) return [];
    const { mark, interval, retryMin, retryMax } = loop;
    return this.#options
      .located(forward)
      .rules.flatMap(({ probeZone: zone, upstreams }) =>
        upstreams.flatMap(({ text, label = text }) =>
          zone === undefined
            ? []
            : [{ key: probePath(zone, text), zone, upstream: text, label, mark, interval, retryMin, retryMax }],
        ),
      );
  }

  /** As the reference: a query to the server itself, through the first listener that serves the block. */
  #probeBlock({ listeners }: Configuration, block: BlockConfig, options: LoopOptions): void {
    const listener = listeners.find(({ blocks }) => blocks.some(({ config }) => config === block));
    if (listener === undefined) return;
    this.#log.debug(`probing ${listener.server} for zone ${JSON.stringify(options.zone)}`);
    const probe = new StartProbe(options, listener, (name) => this.#sent.add(name));
    this.#starts.push(probe);
    probe.start();
  }

  #endStarts(): void {
    for (const probe of this.#starts) probe.stop();
    this.#starts = [];
  }

  #name({ mark, zone }: Path): string {
    const name = probeName(mark, zone);
    this.#sent.add(name);
    return name;
  }

  /** A thread has something to say about a probe. */
  receive(event: Extract<ThreadEvent, { kind: 'loop' | 'probed' }>): void {
    if (event.kind === 'loop') this.#sighted(event);
    else for (const watch of this.#paths.values()) watch.probed(event.name, event.answered);
  }

  #sighted(sighting: LoopSighting): void {
    const { name } = sighting;
    let own = false;
    for (const probe of this.#starts) {
      own ||= probe.isOf(name);
      const line = probe.sighted(sighting);
      if (line !== undefined) this.#options.fatal(line);
    }
    for (const watch of this.#paths.values()) own = watch.sighted(sighting) || own;
    const of = own ? 'own' : this.#sent.has(name) ? 'late' : 'unknown';
    this.#options.metrics.add(SIGHTINGS, { of });
    if (of === 'unknown') this.#fleets.note(markOf(name), name);
  }

  #detected(path: Path, source: string, retryIn: number): void {
    const { zone, label, upstream } = path;
    this.#options.metrics.add(DETECTED, { zone, to: label });
    this.#show(path);
    this.#log.error(
      `Loop (${source}) detected for zone ${JSON.stringify(zone)} through upstream ${upstream}: it is not asked any more, and probed again in ${retryIn / 1000}s`,
    );
  }

  #lifted(path: Path): void {
    this.#show(path);
    this.#log.info(
      `Upstream ${path.upstream} does not lead back for zone ${JSON.stringify(path.zone)} any more: it is asked again`,
    );
  }

  /** Threads look at the gauge before they ask an upstream. Several upstreams may share one. */
  #show({ zone, label }: Path): void {
    const alike = [...this.#paths.values()].filter(({ path }) => path.zone === zone && path.label === label);
    const quarantined = alike.filter((watch) => watch.quarantined).length;
    this.#options.metrics.set(QUARANTINED, quarantined, { zone, to: label });
  }

  stop(): void {
    this.#endStarts();
    for (const watch of this.#paths.values()) watch.stop();
    this.#paths.clear();
    this.#fleets.close();
  }
}

/** Blocks with a store in Redis have the mark of their fleet, so that replicas know each other's probes. Part of reading a configuration. */
export function completeLoops(blocks: readonly BlockConfig[]): void {
  for (const block of blocks) {
    const options = block.get('loop');
    const store = block.get('redis_cache')?.store;
    if (options === undefined || store === undefined) continue;
    const mark = fleetMark(store.fleetKey, store.policy);
    block.set('loop', { ...options, mark, name: probeName(mark, options.zone) });
  }
}
