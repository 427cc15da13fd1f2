// What one plan means in one thread: its chains and dispatch tables, built beside those in use and switched to at once. Cold.

import { Chain, type Completion } from '../chain/chain.ts';
import type { CoreReport } from '../chain/core.ts';
import { Dispatch, type Served } from '../chain/dispatch.ts';
import type { BlockScope, Handler, HandlerModule, Host } from '../chain/handler.ts';
import { HANDLERS } from '../plugins/handlers.ts';
import type { BlockPlan, ListenerPlan, PluginPlan } from '../plugins/plan.ts';

/** The new contents of one endpoint. */
export interface EndpointParts {
  readonly plan: ListenerPlan;
  readonly dispatch: Dispatch;
  readonly report: CoreReport;
}

/** Builds the chains of one listener with the host that its handlers get. */
export async function buildEndpoint(
  plan: ListenerPlan,
  seed: number,
  host: Host,
  completion: Completion,
  report: CoreReport,
): Promise<EndpointParts> {
  const served: Served[] = [];
  const chains: Chain[] = [];
  try {
    for (const block of plan.blocks) {
      const chain = await buildChain(block, plan.server, host, completion);
      chains.push(chain);
      for (const zone of block.zones) served.push({ zone, chain, zoneIndex: block.blockZones.indexOf(zone) });
    }
  } catch (error) {
    for (const chain of chains) chain.close();
    throw error;
  }
  return { plan, dispatch: new Dispatch(served, plan.anyClass, seed), report };
}

async function buildChain(block: BlockPlan, server: string, host: Host, completion: Completion): Promise<Chain> {
  const scope: BlockScope = { server, zones: block.zones, blockZones: block.blockZones };
  const handlers: Handler[] = [];
  try {
    for (const plugin of block.chain) handlers.push((await moduleOf(plugin)).build(plugin, host, scope));
  } catch (error) {
    for (const handler of handlers) handler.close?.();
    throw error;
  }
  return new Chain(
    handlers,
    block.chain.map((plugin) => plugin.name),
    completion,
  );
}

async function moduleOf(plugin: PluginPlan): Promise<HandlerModule> {
  const load = HANDLERS[plugin.name];
  if (load === undefined) throw new Error(`plugin/${plugin.name}: has no handler`);
  return load();
}
