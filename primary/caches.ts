// Tables of the cache directives in the answers segment, and the gauge of what is in them. Part of building a plan. Cold.

import { AnswerSegment } from '#answers/directory.ts';
import { AnswerTables } from '#answers/table.ts';
import type { Sample } from '#ops/metrics/metric.ts';
import type { CacheTables, PlannedCacheOptions } from '#plugins/cache/options.ts';
import { allocateTables } from '#plugins/cache/tables.ts';
import type { Tuning } from './config/tuning.ts';
import type { BlockConfig } from './plan/blocks.ts';
import { chainOf } from './plan/build.ts';
import type { Configuration } from './plan/configuration.ts';
import type { Segments } from './segments.ts';

export class Caches {
  readonly #segment: AnswerSegment;
  readonly #tables: AnswerTables;
  readonly #answerBytes: number;
  /** By server block: of the configuration in force, and of the one being prepared. */
  #current = new Map<BlockConfig, CacheTables>();
  #next = new Map<BlockConfig, CacheTables>();
  #configuration: Configuration | null = null;

  constructor(segments: Segments, tuning: Tuning) {
    this.#segment = AnswerSegment.open(segments.answers);
    this.#tables = new AnswerTables(segments.answers);
    this.#answerBytes = tuning.memory.answerBytes;
  }

  /** The options of a block's cache as its handler gets them. The content of a table outlives a reload that leaves its block as it is. */
  optionsOf(block: BlockConfig): PlannedCacheOptions | undefined {
    const options = block.get('cache');
    if (options === undefined) return undefined;
    const tables = this.#next.get(block) ?? allocateTables(this.#segment, keyOf(block), options, this.#answerBytes);
    this.#next.set(block, tables);
    return { ...options, localZones: localZones(block), tables };
  }

  /** What was prepared is in force: tables of nobody are given back. */
  commit(configuration: Configuration): void {
    this.#configuration = configuration;
    this.#current = this.#next;
    this.#next = new Map();
    this.#releaseOthers();
  }

  /** Gives up what was prepared. */
  abort(): void {
    this.#next = new Map();
    this.#releaseOthers();
  }

  #releaseOthers(): void {
    this.#segment.release([...this.#current.values()].flatMap(({ success, denial }) => [success, denial]));
  }

  /** Answers that are still good, by the labels of `coredns_cache_entries`. */
  *entries(): Generator<Sample> {
    const seconds = Math.floor(Number(process.hrtime.bigint() / 1_000_000_000n));
    for (const { server, blocks } of this.#configuration?.listeners ?? []) {
      for (const { config } of blocks) {
        const tables = this.#current.get(config);
        const zones = config.get('cache')?.zones.join(',') ?? '';
        if (tables === undefined) continue;
        for (const type of ['success', 'denial'] as const) {
          yield { labels: { server, type, zones, view: '' }, value: this.#tables.table(tables[type]).entries(seconds) };
        }
      }
    }
  }
}

/** Everything that decides on answers: zones, and the directives from the cache on; not loop, whose probe has another name every time. */
function keyOf(block: BlockConfig): string {
  const names = chainOf(block);
  const behind = names
    .slice(names.indexOf('cache'))
    .filter((name) => name !== 'loop')
    .map((name) => [name, block.get(name)]);
  return JSON.stringify([block.zones, behind]);
}

/** Zones in which kubernetes answers every name: nothing is looked up or stored for them. */
function localZones(block: BlockConfig): string[] {
  const kubernetes = block.get('kubernetes');
  const passed = kubernetes?.fallthrough ?? [];
  const overlap = (a: string, b: string): boolean =>
    `.${a}`.endsWith(`.${b}`) || `.${b}`.endsWith(`.${a}`) || a === '.' || b === '.';
  return kubernetes?.zones.filter((zone) => !passed.some((other) => overlap(zone, other))) ?? [];
}
