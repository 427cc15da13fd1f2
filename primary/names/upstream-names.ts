// Host names among the upstreams of forward: found before a configuration comes into force, and again when that is over (behaviour D forward). Cold.

import type { Logger } from '#ops/log/logger.ts';
import type { Sample } from '#ops/metrics/metric.ts';
import { ConfigError } from '#plugins/contract.ts';
import type { ForwardOptions, ForwardRule, PlannedUpstream } from '#plugins/forward/options.ts';
import { MAX_UPSTREAMS } from '#plugins/forward/setup.ts';
import {
  isLocated,
  locate,
  targetKey,
  type UpstreamAddress,
  type UpstreamName,
} from '#workers/lib/upstream/address.ts';
import { failure, type NameContext, NameEntry, type NameTimes } from './entry.ts';
import { asksItself, type OwnListener } from './own.ts';
import type { ResolveName } from './resolve.ts';

const TIMES: NameTimes = { least: 5000, most: 300_000, unknown: 30_000, retry: 100 };
/**
 * Addresses of names that have series of their own: each takes some 260 slots of the counters for the life of the process (COUNTER_SLOTS is
 * 65,536), and names may move without end. Those that come later share the series of their name.
 */
const MAX_LABELS = 64;

/** What names need of a configuration. */
export interface NamedConfiguration {
  readonly blocks: readonly { get(name: 'forward'): ForwardOptions | undefined }[];
  readonly listeners: readonly OwnListener[];
}

export interface UpstreamNamesOptions {
  readonly log: Logger;
  /** Brings a plan with the new addresses into force; false when that failed. */
  readonly moved: () => Promise<boolean>;
  /** For tests. */
  readonly times?: NameTimes;
  readonly resolve?: ResolveName;
}

export class UpstreamNames {
  readonly #context: NameContext;
  readonly #log: Logger;
  readonly #labels = new Set<string>();
  /** By name and resolvers: in force, and of a configuration that is being prepared. */
  #entries = new Map<string, NameEntry>();
  #next = new Map<string, NameEntry>();
  #preparing = false;

  constructor({ log, moved, times = TIMES, resolve = resolveLazily }: UpstreamNamesOptions) {
    this.#log = log.plugin('forward');
    this.#context = {
      resolve,
      times,
      moved,
      warn: (line) => this.#log.warning(line),
      info: (line) => this.#log.info(line),
      now: () => performance.now(),
    };
  }

  /**
   * Finds every name that is not known yet. Rejects with the operator's line when one cannot be found, unless its resolver is this server
   * itself: such a name stays without addresses until the server answers.
   */
  async prepare({ blocks, listeners }: NamedConfiguration): Promise<void> {
    this.#next = new Map();
    this.#preparing = true;
    const rules = blocks.flatMap((block) => block.get('forward')?.rules ?? []);
    await Promise.all(
      rules.flatMap((rule) => namesOf(rule).map((target) => this.#prepareName(target, rule.resolvers, listeners))),
    );
    for (const rule of rules) this.#check(rule);
  }

  async #prepareName(
    { name }: UpstreamName,
    resolvers: readonly UpstreamAddress[],
    listeners: readonly OwnListener[],
  ): Promise<void> {
    const key = keyOf(name, resolvers);
    if (this.#next.has(key)) return;
    const known = this.#entries.get(key);
    const entry = known ?? new NameEntry(name, resolvers, this.#context);
    this.#next.set(key, entry);
    if (known !== undefined) return;
    try {
      await entry.find();
    } catch (error) {
      const line = failure(name, error);
      if (!asksItself(resolvers, listeners)) throw new ConfigError(`plugin/forward: ${line}`, { cause: error });
      this.#log.warning(`${line}; this server may know itself, so it is looked up again when it answers`);
    }
  }

  #check(rule: ForwardRule): void {
    const { length } = this.#locate(rule, this.#next);
    if (namesOf(rule).length > 0 && length > MAX_UPSTREAMS)
      throw new ConfigError(`plugin/forward: more than ${MAX_UPSTREAMS} TOs configured: ${length}`);
  }

  /** The options of a block's forward as its handler gets them: with all addresses. Of the configuration being prepared, if there is one. */
  optionsOf({ rules }: ForwardOptions): ForwardOptions {
    const entries = this.#preparing ? this.#next : this.#entries;
    return { rules: rules.map((rule) => (namesOf(rule).length === 0 ? rule : this.#planned(rule, entries))) };
  }

  #planned(rule: ForwardRule, entries: ReadonlyMap<string, NameEntry>): ForwardRule {
    return { ...rule, upstreams: this.#locate(rule, entries).slice(0, MAX_UPSTREAMS) };
  }

  /** All upstreams in the order of their TOs; of equal ones the first counts. */
  #locate(rule: ForwardRule, entries: ReadonlyMap<string, NameEntry>): PlannedUpstream[] {
    const byKey = new Map<string, PlannedUpstream>();
    for (const target of rule.targets) {
      const found = isLocated(target) ? [target] : this.#locateName(target, rule.resolvers, entries);
      for (const upstream of found) {
        const key = targetKey(upstream);
        if (!byKey.has(key)) byKey.set(key, upstream);
      }
    }
    return [...byKey.values()];
  }

  #locateName(
    target: UpstreamName,
    resolvers: readonly UpstreamAddress[],
    entries: ReadonlyMap<string, NameEntry>,
  ): PlannedUpstream[] {
    const addresses = entries.get(keyOf(target.name, resolvers))?.addresses ?? [];
    return addresses.map((address) => {
      const upstream = locate(target, address);
      return this.#hasLabel(upstream.text) ? upstream : { ...upstream, label: target.text };
    });
  }

  #hasLabel(text: string): boolean {
    if (!this.#labels.has(text) && this.#labels.size < MAX_LABELS) this.#labels.add(text);
    return this.#labels.has(text);
  }

  /** What was prepared is in force: its names are looked up again from now on, others are not. */
  commit(): void {
    for (const [key, entry] of this.#entries) if (this.#next.get(key) !== entry) entry.stop();
    this.#entries = this.#next;
    this.#next = new Map();
    this.#preparing = false;
    for (const entry of this.#entries.values()) entry.start();
  }

  /** Gives up what was prepared. */
  abort(): void {
    this.#next = new Map();
    this.#preparing = false;
  }

  /** Seconds since the addresses of each name were found. */
  ages(): Sample[] {
    return this.#samples(({ foundAt, addresses }) =>
      addresses === undefined ? undefined : (this.#context.now() - foundAt) / 1000,
    );
  }

  /** How many addresses each name has. */
  counts(): Sample[] {
    return this.#samples(({ addresses }) => addresses?.length ?? 0);
  }

  /** One line a name, though it may be asked of several resolvers: the largest value. */
  #samples(measure: (entry: NameEntry) => number | undefined): Sample[] {
    const values = new Map<string, number>();
    for (const entry of this.#entries.values()) {
      const value = measure(entry);
      if (value !== undefined) values.set(entry.name, Math.max(value, values.get(entry.name) ?? 0));
    }
    return [...values].map(([name, value]) => ({ labels: { name }, value }));
  }

  stop(): void {
    for (const entry of this.#entries.values()) entry.stop();
  }
}

function namesOf(rule: ForwardRule): UpstreamName[] {
  return rule.targets.flatMap((target) => (isLocated(target) ? [] : [target]));
}

function keyOf(name: string, resolvers: readonly UpstreamAddress[]): string {
  return [name, ...resolvers.map(({ text }) => text)].join(' ');
}

/** A server without host names does not load what finds them. */
const resolveLazily: ResolveName = async (name, resolvers) => {
  const { resolveName } = await import('./resolve.ts');
  return resolveName(name, resolvers);
};
