// What the primary serves over HTTP: /health, /ready, /metrics, and the registry behind the latter. Cold.

import type { HttpPlan } from '#ops/http/plan.ts';
import { type HttpChange, HttpServers } from '#ops/http/servers.ts';
import type { Log } from '#ops/log/log.ts';
import type { Metric } from '#ops/metrics/metric.ts';
import { registerProcessMetrics } from '#ops/metrics/process.ts';
import { MetricRegistry } from '#ops/metrics/registry.ts';
import { PLUGIN_ENABLED } from '#plugins/prometheus/metrics.ts';
import { METRICS } from '#plugins/setups.ts';
import { CORE_METRICS } from '#workers/chain/core-metrics.ts';
import { COMPATIBLE_VERSION, VERSION } from './cli/version.ts';
import { chainOf } from './plan/build.ts';
import type { Configuration } from './plan/configuration.ts';
import type { Segments } from './segments.ts';
import type { Sources } from './sources.ts';

const RELOAD_FAILED: Metric = {
  name: 'coredns_reload_failed_total',
  help: 'Counter of the number of failed reload attempts.',
  type: 'counter',
  labels: [],
};
const RELOAD_VERSION: Metric = {
  name: 'coredns_reload_version_info',
  help: 'A metric with a constant 1 value labelled by hash and value of the configuration in force.',
  type: 'gauge',
  labels: ['hash', 'value'],
};

export interface ServicesContext {
  readonly segments: Segments;
  readonly log: Log;
  readonly sources: Sources;
  /** Process ids of the resolvers. */
  readonly pids: () => number[];
  readonly threads: number;
}

export class Services {
  readonly metrics: MetricRegistry;
  readonly #context: ServicesContext;
  readonly #http: HttpServers;
  #bound = false;
  #enabled: { readonly labels: Record<string, string>; readonly value: number }[] = [];

  constructor(context: ServicesContext) {
    this.#context = context;
    this.metrics = new MetricRegistry(context.segments.counters);
    this.metrics.declare([
      RELOAD_FAILED,
      RELOAD_VERSION,
      ...CORE_METRICS,
      ...Object.values(METRICS).flatMap(({ table }) => table),
    ]);
    this.metrics.collector(PLUGIN_ENABLED, () => this.#enabled);
    registerProcessMetrics(this.metrics, {
      version: VERSION,
      compatible: COMPATIBLE_VERSION,
      revision: '',
      resolvers: context.pids,
      threads: () => context.threads,
    });
    this.#http = new HttpServers({ log: context.log, metrics: this.metrics });
  }

  /** Opens what the configuration names beside what is open; rejects when a health address cannot be had. */
  async prepare(configuration: Configuration): Promise<HttpChange> {
    const change = await this.#http.prepare(this.#planOf(configuration));
    const commit = (): void => {
      change.commit();
      this.#enabled = enabledPlugins(configuration);
    };
    return { commit, abort: change.abort };
  }

  async apply(configuration: Configuration): Promise<void> {
    const change = await this.prepare(configuration);
    change.commit();
  }

  #planOf({ blocks }: Configuration): HttpPlan {
    return {
      health: blocks.flatMap((block) => block.get('health') ?? []),
      ready: blocks.flatMap((block) => block.get('ready') ?? []),
      prometheus: blocks.flatMap((block) => block.get('prometheus') ?? []),
      participants: blocks
        .filter((block) => block.has('ready'))
        .flatMap((block) => this.#context.sources.participantsOf(block)),
      bound: () => this.#bound,
    };
  }

  /** Every socket of the start answers, which stays so over reloads. */
  bound(): void {
    this.#bound = true;
  }

  /** A reload was tried; `hash` is that of the configuration in force now. */
  reloaded(hash: string, succeeded: boolean): void {
    if (!succeeded) this.metrics.add(RELOAD_FAILED);
    this.metrics.collector(RELOAD_VERSION, () => [{ labels: { hash: 'sha512', value: hash }, value: 1 }]);
  }

  /** /ready refuses, lame duck passes, everything closes (spec A7). */
  async stop(lameduck: boolean): Promise<void> {
    if (lameduck) await this.#http.shutdown();
    else await this.#http.close();
  }
}

/** Handlers of every block that has prometheus, by server and zone (spec D metrics). */
function enabledPlugins({ listeners }: Configuration): { labels: Record<string, string>; value: number }[] {
  return listeners.flatMap(({ server, blocks }) =>
    blocks.flatMap(({ config, zones }) =>
      config.has('prometheus')
        ? zones.flatMap((zone) =>
            chainOf(config).map((name) => ({ labels: { server, zone, view: '', name }, value: 1 })),
          )
        : [],
    ),
  );
}
