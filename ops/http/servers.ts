// The HTTP side of a server: /health, /ready and /metrics on the addresses that the Corefile names (behaviours D, G, A7).
// Owned by the primary; cold.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#ops/log/logger.ts';
import type { Metric } from '#ops/metrics/metric.ts';
import { ListenError } from './address.ts';
import { formatDuration } from './duration.ts';
import { type Counting, HealthProbe, REQUEST_DURATION, REQUEST_FAILURES } from './health-probe.ts';
import { HttpListener, type ListenerEvents, send } from './listener.ts';
import { type HttpPlan, NOTHING, type Place, placesOf, reportRefusal } from './plan.ts';
import type { Scraped } from './scrape.ts';

export const DROPPED_CONNECTIONS: Metric = {
  name: 'shoal_http_dropped_connections_total',
  help: 'HTTP connections refused because too many were open.',
  type: 'counter',
  labels: [],
};

export interface HttpContext {
  readonly log: Logger;
  readonly metrics: Scraped & Counting;
}

/** What `prepare` has opened and not yet put into force. Exactly one of both is to be called. */
export interface HttpChange {
  /** Kept addresses answer for the new plan from now on, those no longer named close. */
  commit(): void;
  /** Closes what was opened; nothing has changed. */
  abort(): Promise<void>;
}

/** An open listener and the place that it stands for. */
interface Stand {
  readonly place: Place;
  readonly listener: HttpListener;
}

/** By `host:port`. */
type Stands = ReadonlyMap<string, Stand>;

export class HttpServers {
  readonly #log: Logger;
  readonly #metrics: Scraped & Counting;
  readonly #events: ListenerEvents;
  readonly #lameduck = new AbortController();
  #stands: Stands = new Map();
  #plan: HttpPlan = NOTHING;
  #probes: readonly HealthProbe[] = [];

  constructor({ log, metrics }: HttpContext) {
    this.#log = log;
    this.#metrics = metrics;
    metrics.declare([REQUEST_DURATION, REQUEST_FAILURES, DROPPED_CONNECTIONS]);
    this.#events = {
      dropped: () => metrics.add(DROPPED_CONNECTIONS),
      failed: (error) => log.error(`HTTP server: ${error instanceof Error ? error.message : String(error)}`),
    };
  }

  /**
   * Opens the addresses that are new, beside those that are open. Rejects with a ListenError when a health address cannot be had; then
   * nothing has changed. New addresses answer at once, kept ones only after `commit`.
   */
  async prepare(plan: HttpPlan): Promise<HttpChange> {
    const places = placesOf(plan, { log: this.#log, metrics: this.#metrics });
    const opened = new Map<string, Stand>();
    const abort = async (): Promise<void> => {
      await Promise.all([...opened.values()].map(({ listener }) => listener.close()));
    };
    try {
      for (const [key, place] of places) {
        if (this.#stands.has(key)) continue;
        const listener = await this.#open(place);
        if (listener !== undefined) opened.set(key, { place, listener });
      }
    } catch (error) {
      await abort();
      throw error;
    }
    return { abort, commit: () => this.#commit(plan, places, opened) };
  }

  /** `prepare` and `commit` in one. */
  async apply(plan: HttpPlan): Promise<void> {
    const change = await this.prepare(plan);
    change.commit();
  }

  /** The port that is open for an address as the Corefile writes it; undefined when it is not open. */
  port(address: string): number | undefined {
    return [...this.#stands.values()].find(({ place }) => place.text === address)?.listener.port;
  }

  /**
   * The end of a server in the order of the reference: /ready refuses, the longest lameduck time passes with /health and /metrics at work,
   * then they close. `close` cuts the lameduck time short.
   */
  async shutdown(): Promise<void> {
    this.#stopProbes();
    this.#refuseReady();
    const lameduck = Math.max(0, ...this.#plan.health.map((health) => health.lameduck));
    if (lameduck > 0) {
      this.#log.plugin('health').info(`Going into lameduck mode for ${formatDuration(lameduck)}`);
      await sleep(lameduck, undefined, { signal: this.#lameduck.signal }).catch(() => undefined);
    }
    await this.close();
  }

  /** Closes everything without waiting for more than the requests at work. */
  async close(): Promise<void> {
    this.#lameduck.abort();
    this.#stopProbes();
    const stands = [...this.#stands.values()];
    this.#stands = new Map();
    await Promise.all(stands.map(({ listener }) => listener.close()));
  }

  async #open(place: Place): Promise<HttpListener | undefined> {
    const listener = new HttpListener(place.routes, this.#events);
    try {
      await listener.open(place.address);
      return listener;
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      reportRefusal(place.plugins, error, this.#log);
      return undefined;
    }
  }

  #commit(plan: HttpPlan, places: ReadonlyMap<string, Place>, opened: Stands): void {
    const next = new Map(opened);
    for (const [key, { listener }] of this.#stands) {
      const place = places.get(key);
      if (place === undefined) void listener.close();
      else {
        listener.routes = place.routes;
        next.set(key, { place, listener });
      }
    }
    this.#stands = next;
    this.#plan = plan;
    this.#startProbes();
  }

  #startProbes(): void {
    this.#stopProbes();
    const healthy = [...this.#stands.values()].filter(({ place }) => place.plugins.has('health'));
    this.#probes = healthy.map(({ place, listener }) => {
      return new HealthProbe({ address: place.text, port: () => listener.port }, this.#metrics, this.#log);
    });
    for (const probe of this.#probes) probe.start();
  }

  #stopProbes(): void {
    for (const probe of this.#probes) probe.stop();
    this.#probes = [];
  }

  /** Connections are refused where nothing else is served; elsewhere /ready says that it is over. */
  #refuseReady(): void {
    for (const { place, listener } of this.#stands.values()) {
      if (!place.plugins.has('ready')) continue;
      if (place.plugins.size === 1) void listener.close();
      else
        listener.routes = new Map([...place.routes, ['/ready', (_, response) => send(response, 503, 'Shutting down')]]);
    }
  }
}
