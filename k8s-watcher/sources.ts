// The sources that there are, behind one interface: manifests that are read whole, an API server that tells over time. Cold.

import { ApiClient, userAgent } from './api/client.ts';
import { openConnection } from './api/connection.ts';
import type { RequestObserver } from './api/observer.ts';
import type { ApiNeeds, ApiPlan } from './api/plan.ts';
import { ApiSource } from './api/source.ts';
import type { KindStats } from './api/stats.ts';
import type { ManifestSource } from './manifests/source.ts';
import type { ApiSettings, ManifestsPlan, SourcePlan } from './messages.ts';
import type { Kind } from './objects/object.ts';
import type { Observations } from './observe.ts';
import type { ApiSink } from './source.ts';

/** Where the objects of a cluster come from. */
export interface ClusterSource {
  /** True when everything is there once `open` has resolved; otherwise the sink is told of every kind by itself. */
  readonly whole: boolean;
  /** Begins to tell; `resume` are versions up to which the sink knows everything. Rejects when the source can never be read. */
  open(needs: ApiNeeds, resume: ReadonlyMap<Kind, string>): Promise<void>;
  setNeeds(needs: ApiNeeds): void;
  stats(): readonly KindStats[];
  close(): Promise<void>;
}
export type SourceOpener = (sink: ApiSink) => ClusterSource;

export interface SourceContext {
  readonly settings: ApiSettings;
  readonly observations: Observations;
}

export function sourceOpener(plan: SourcePlan, context: SourceContext): SourceOpener {
  if (plan.kind === 'manifests') return (sink) => new Manifests(plan, sink);
  return (sink) => new Server(plan, sink, context);
}

class Manifests implements ClusterSource {
  readonly whole = true;
  readonly #plan: ManifestsPlan;
  readonly #sink: ApiSink;
  #source: ManifestSource | null = null;

  constructor(plan: ManifestsPlan, sink: ApiSink) {
    this.#plan = plan;
    this.#sink = sink;
  }

  /** The parser of YAML is loaded where there is some. */
  async open(): Promise<void> {
    const { ManifestSource } = await import('./manifests/source.ts');
    this.#source = new ManifestSource(this.#plan.path, this.#sink, this.#plan.pollInterval);
    this.#source.watch(await this.#source.load());
  }

  setNeeds(): void {}

  stats(): readonly KindStats[] {
    return [];
  }

  async close(): Promise<void> {
    await this.#source?.close();
  }
}

class Server implements ClusterSource {
  readonly whole = false;
  readonly #plan: ApiPlan;
  readonly #sink: ApiSink;
  readonly #context: SourceContext;
  #client: ApiClient | null = null;
  #source: ApiSource | null = null;

  constructor(plan: ApiPlan, sink: ApiSink, context: SourceContext) {
    this.#plan = plan;
    this.#sink = sink;
    this.#context = context;
  }

  async open(needs: ApiNeeds, resume: ReadonlyMap<Kind, string>): Promise<void> {
    const { version, auditInterval, watchSilence } = this.#context.settings;
    const { connection, limits } = this.#plan;
    this.#client = new ApiClient({
      connection: await openConnection(connection),
      limits,
      userAgent: userAgent(version),
      observer: observer(this.#context.observations),
    });
    this.#source = new ApiSource(this.#plan, this.#client, this.#sink, { auditInterval, idleTimeout: watchSilence });
    this.#source.start(needs, resume);
  }

  setNeeds(needs: ApiNeeds): void {
    this.#source?.setNeeds(needs);
  }

  stats(): readonly KindStats[] {
    return this.#source?.stats() ?? [];
  }

  async close(): Promise<void> {
    await this.#source?.close();
    this.#client?.close();
  }
}

function observer(observations: Observations): RequestObserver {
  return {
    finished(verb, host, seconds, code, method) {
      observations.add('request', { verb, host }, seconds);
      observations.add('requests', { code, method, host }, 1);
    },
    limited(verb, host, seconds) {
      observations.add('limiter', { verb, host }, seconds);
    },
  };
}
