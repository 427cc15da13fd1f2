// The plan: what every thread is to serve, as plain data, with metric slots and cache tables already allotted. Cold.

import { HANDLERS } from '#plugins/handlers.ts';
import type { MetricScope, SlotAllocator } from '#plugins/metrics.ts';
import { ORDER } from '#plugins/order.ts';
import type { BlockPlan, ListenerPlan, Plan, PluginPlan } from '#plugins/plan.ts';
import { isPlugin, METRICS, type PluginName } from '#plugins/setups.ts';
import { coreSlots } from '#workers/chain/core-metrics.ts';
import type { Tuning } from '../config/tuning.ts';
import type { BlockConfig } from './blocks.ts';
import type { ListenerConfig } from './listeners.ts';

/** What a plan needs beside the configuration. */
export interface PlanContext {
  readonly version: number;
  readonly seed: number;
  readonly tuning: Tuning;
  readonly metrics: SlotAllocator;
  /** Options as the handler gets them: those of the set-up, or what only the primary can add (tables, images). */
  readonly options: (config: BlockConfig, name: PluginName) => unknown;
}

export function buildPlan(listeners: readonly ListenerConfig[], context: PlanContext): Plan {
  const { version, seed, tuning } = context;
  return {
    version,
    seed,
    listeners: listeners.map((listener) => planListener(listener, context)),
    maxInFlight: tuning.query.maxInFlight,
    tuning: {
      forwardSockets: tuning.forward.sockets,
      forwardSocketQueries: tuning.forward.queriesPerSocket,
      udpIo: tuning.udp.io,
    },
    logBufferBytes: tuning.log.bufferBytes,
    debug: false,
  };
}

function planListener(listener: ListenerConfig, context: PlanContext): ListenerPlan {
  const { transport, address, port, server } = listener;
  const { tuning, metrics } = context;
  return {
    transport,
    address,
    port,
    server,
    blocks: listener.blocks.map(({ config, zones }) => planBlock(config, zones, server, context)),
    anyClass: listener.blocks.some(({ config }) => config.has('forward')),
    tcp: { ...tuning.tcp, maxQueries: -1 },
    udp: tuning.udp,
    slots: coreSlots(metrics, server),
  };
}

/** Handlers of the block, in execution order. */
export function chainOf(config: BlockConfig): PluginName[] {
  return ORDER.filter(
    (name): name is PluginName => isPlugin(name) && Object.hasOwn(HANDLERS, name) && config.has(name),
  );
}

function planBlock(config: BlockConfig, zones: readonly string[], server: string, context: PlanContext): BlockPlan {
  const names = chainOf(config);
  const chain = names.map((name, at): PluginPlan => {
    const options = context.options(config, name);
    const scope: MetricScope = { server, zones: config.zones, view: '', next: names.slice(at + 1) };
    return { name, options, slots: slotsOf(name, scope, options, context.metrics) };
  });
  return { zones, blockZones: config.zones, chain, block: config.index };
}

/** A plugin's table of metrics with its type forgotten: name and options belong together, which the registry guarantees. */
interface AnyMetrics {
  slots(allocator: SlotAllocator, scope: MetricScope, options: unknown): unknown;
}

function slotsOf(name: PluginName, scope: MetricScope, options: unknown, metrics: SlotAllocator): unknown {
  const tables: Readonly<Record<string, AnyMetrics | undefined>> = METRICS;
  return tables[name]?.slots(metrics, scope, options) ?? null;
}
