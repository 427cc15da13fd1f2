// What the directives of all server blocks ask of the HTTP side, gathered by address. Used by HttpServers; cold.

import type { Logger } from '#ops/log/logger.ts';
import { formatAddress, type ListenAddress, ListenError, parseAddress } from './address.ts';
import { type Handle, type Routes, send } from './listener.ts';
import { type Participant, Readiness, type ReadyMonitor } from './readiness.ts';
import { type Scraped, scrape } from './scrape.ts';

/** The directives in file order, one entry each. */
export interface HttpPlan {
  /** `lameduck` in milliseconds. */
  readonly health: readonly { readonly address: string; readonly lameduck: number }[];
  readonly ready: readonly { readonly address: string; readonly monitor: ReadyMonitor }[];
  readonly prometheus: readonly { readonly address: string }[];
  /** Of the blocks that have `ready`; every ready address asks all of them. */
  readonly participants: readonly Participant[];
  /** False while a start has not bound its sockets: /ready waits for that too, or a Pod would get queries that nobody answers. */
  readonly bound: () => boolean;
}

/** No directive at all: closes everything. */
export const NOTHING: HttpPlan = { health: [], ready: [], prometheus: [], participants: [], bound: () => true };

export type HttpPlugin = 'health' | 'ready' | 'prometheus';

/** One address with everything that is wanted there. */
export interface Place {
  readonly address: ListenAddress;
  /** As the operator wrote it first. */
  readonly text: string;
  readonly plugins: ReadonlySet<HttpPlugin>;
  readonly routes: Routes;
}

/** What the routes need. */
export interface RouteContext {
  readonly log: Logger;
  readonly metrics: Scraped;
}

/**
 * Places by `host:port`. Throws the ListenError of a health address that cannot be; for the other plugins it is reported and left out, see
 * `reportRefusal`.
 */
export function placesOf(plan: HttpPlan, context: RouteContext): Map<string, Place> {
  const places = new Map<string, Place & { plugins: Set<HttpPlugin>; routes: Map<string, Handle> }>();
  const add = (plugin: HttpPlugin, text: string, path: string, handle: Handle): void => {
    const address = addressOf(plugin, text, context.log);
    if (address === undefined) return;
    const key = formatAddress(address);
    const place = places.get(key) ?? { address, text, plugins: new Set(), routes: new Map() };
    places.set(key, place);
    place.plugins.add(plugin);
    place.routes.set(path, handle);
  };
  for (const { address } of plan.health) add('health', address, '/health', (_, response) => send(response, 200, 'OK'));
  for (const { address, monitor } of plan.ready) {
    const readiness = new Readiness(plan.participants, monitor, context.log, plan.bound);
    add('ready', address, '/ready', (_, response) => readiness.handle(response));
  }
  for (const { address } of plan.prometheus)
    add('prometheus', address, '/metrics', (request, response) => scrape(context.metrics, request, response));
  return places;
}

function addressOf(plugin: HttpPlugin, text: string, log: Logger): ListenAddress | undefined {
  try {
    return parseAddress(text);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    reportRefusal(new Set([plugin]), error, log);
    return undefined;
  }
}

/**
 * An address cannot be had. For health that is fatal: throws `error`. Metrics are an error in the log, and readiness, which the reference
 * passes over in silence, is a warning: DNS is served without them.
 */
export function reportRefusal(plugins: ReadonlySet<HttpPlugin>, error: ListenError, log: Logger): void {
  if (plugins.has('health')) throw error;
  if (plugins.has('prometheus')) log.error(`Failed to start metrics handler: ${error.message}`);
  if (plugins.has('ready')) log.plugin('ready').warning(error.message);
}
