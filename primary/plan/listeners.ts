// Which addresses and ports a configuration listens on, and which blocks answer there. Part of building a plan. Cold.

import { ConfigError } from '#plugins/contract.ts';
import type { Transport } from '#plugins/plan.ts';
import { checkListeners } from '../corefile/blocks.ts';
import type { BlockConfig } from './blocks.ts';

/** One address and port, and the zones that each block serves there. */
export interface ListenerConfig {
  readonly transport: Transport;
  /** '' for the wildcard. */
  readonly address: string;
  readonly port: number;
  /** The `server` label (spec D metrics). */
  readonly server: string;
  readonly blocks: { readonly config: BlockConfig; readonly zones: string[] }[];
}

/** Throws ConfigError for ports, overlaps and transports that cannot be (spec A5). */
export function listenersOf(configs: readonly BlockConfig[]): ListenerConfig[] {
  checkListeners(configs.map((config) => ({ keys: config.keys, addresses: addressesOf(config), views: 0 })));
  const listeners = new Map<string, ListenerConfig>();
  for (const config of configs) {
    for (const key of config.keys) {
      if (key.transport !== 'dns')
        throw new ConfigError(`${key.text}: transport ${key.transport}:// is not supported by this version of Shoal`);
      for (const address of addressesOf(config))
        addZone(listeners, { transport: key.transport, address, port: key.port }, config, key.zone);
    }
  }
  return [...listeners.values()];
}

/** Addresses of `bind`, or the wildcard. */
function addressesOf(config: BlockConfig): readonly string[] {
  const bound = config.get('bind')?.addresses ?? [];
  return bound.length === 0 ? [''] : bound;
}

function addZone(
  listeners: Map<string, ListenerConfig>,
  at: { transport: Transport; address: string; port: number },
  config: BlockConfig,
  zone: string,
): void {
  const { transport, address, port } = at;
  const server = `${transport}://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const listener = listeners.get(server) ?? { ...at, server, blocks: [] };
  listeners.set(server, listener);
  const served = listener.blocks.find((block) => block.config === config);
  if (served === undefined) listener.blocks.push({ config, zones: [zone] });
  else if (!served.zones.includes(zone)) served.zones.push(zone);
}

/** The lines that a start prints, sorted: `ZONE:PORT`, with ` on ADDRESS` when bound (spec A7). */
export function zoneLines(listeners: readonly ListenerConfig[]): string[] {
  return listeners.flatMap((listener) => {
    const on = listener.address === '' ? '' : ` on ${listener.address}`;
    const zones = listener.blocks.flatMap((block) => block.zones).sort();
    return zones.flatMap((zone) => [...warningFor(zone), `${zone}:${listener.port}${on}`]);
  });
}

function warningFor(zone: string): string[] {
  const labels = zone.split('.').slice(0, -1);
  const reverse = /\.(in-addr|ip6)\.arpa\.$/.test(zone);
  const preferred = zone === '.' || reverse || labels.every((label) => /^[a-z]([a-z0-9-]*[a-z0-9])?$/i.test(label));
  return preferred ? [] : [`Warning: Domain "${zone}" does not follow RFC1035 preferred syntax`];
}
