// A cache in front of a scripted server, in memory of its own, for the tests of this folder. Tests only.

import { AnswerSegment } from '#answers/directory.ts';
import { AnswerTables } from '#answers/table.ts';
import { Segment } from '#memory/segment.ts';
import type { Metric } from '#plugins/metrics.ts';
import type { Handler } from '../../chain/handler.ts';
import { type Asked, ChainRunner, type Question } from '../../testing/case.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { type Script, ScriptHandler } from '../../testing/script.ts';
import { TestThread } from '../../testing/thread.ts';
import { build, type CacheHandler } from './handler.ts';
import { type CacheSlots, metrics } from './metrics.ts';
import type { CacheOptions } from './options.ts';
import { plugin } from './setup.ts';
import { allocateTables } from './tables.ts';

/** What stands behind the cache. */
export type Behind = Script | ((name: string, type: number) => Script);

/** Handlers around the cache, and options that no directive can give. */
export interface RigParts {
  readonly outside?: readonly Handler[];
  readonly inside?: readonly Handler[];
  readonly changes?: Partial<CacheOptions>;
}

/** Slots by metric and labels, as a registry gives them. */
class Slots {
  readonly names: string[] = [];

  readonly slot = (metric: Metric, labels: Readonly<Record<string, string>> = {}): number => {
    const type = labels['type'] === undefined ? '' : ` ${labels['type']}`;
    return this.names.push(metric.name.replace(/^coredns_cache_(.*?)(_total)?$/, '$1') + type) - 1;
  };
  readonly histogram = this.slot;
}

export class CacheRig {
  readonly thread: TestThread;
  readonly script: ScriptHandler;
  readonly cache: CacheHandler;
  readonly tables: AnswerTables;
  readonly ids: { readonly success: number; readonly denial: number };
  readonly #runner: ChainRunner;
  readonly #slots = new Slots();

  /** `corefile`: the directive. */
  constructor(corefile: string, behind: Behind, { outside = [], inside = [], changes = {} }: RigParts = {}) {
    const options = { ...plugin.setup(new TextDirective('cache', corefile), testScope(['.'])), ...changes };
    const segment = Segment.create('answers', 8 << 20);
    this.ids = allocateTables(AnswerSegment.open(segment), 'rig', options, 64);
    this.tables = new AnswerTables(segment);
    this.thread = new TestThread({ answers: this.tables });
    const scope = { server: 'dns://:53', zones: ['.'], view: '', next: [] };
    const slots: CacheSlots = metrics.slots(this.#slots, scope, options);
    const plan = { name: 'cache', options: { ...options, tables: this.ids }, slots };
    this.cache = build(plan, this.thread.host, { server: scope.server, zones: ['.'], blockZones: ['.'] });
    this.script = new ScriptHandler(behind);
    this.#runner = new ChainRunner([...outside, this.cache, ...inside, this.script], this.thread);
  }

  ask(name: string, type = 'A', more: Partial<Question> = {}): Asked {
    return this.#runner.ask({ name, type, ...more });
  }

  /** Lets time pass. */
  wait(seconds: number): void {
    this.thread.clock.ahead = seconds * 1000;
    this.thread.clock.tick();
  }

  /** Counters that are not 0. */
  get counts(): Record<string, number> {
    const counts = this.#slots.names.map((name, slot) => [name, this.thread.count(slot)] as const);
    return Object.fromEntries(counts.filter(([, count]) => count !== 0));
  }

  /** Questions that went through to what stands behind the cache. */
  get asked(): number {
    return this.script.asked.length;
  }

  get entries(): readonly [success: number, denial: number] {
    const { seconds } = this.thread.clock;
    return [this.tables.table(this.ids.success).entries(seconds), this.tables.table(this.ids.denial).entries(seconds)];
  }
}
