// Runs the set-ups of all directives: server blocks → options of every plugin, as plain data. Part of building a plan. Cold.

import { resolve } from 'node:path';
import { ConfigError, type SetupScope, type TransferOffer } from '#plugins/contract.ts';
import { withCluster } from '#plugins/k8s_external/setup.ts';
import { boundTo } from '#plugins/kubernetes/setup.ts';
import { ORDER } from '#plugins/order.ts';
import { isPlugin, type OptionsOf, type PluginName, SETUPS } from '#plugins/setups.ts';
import { type ServerBlock, setupOrder } from '../corefile/blocks.ts';
import { normalizeZones, type ServerKey } from '../corefile/keys.ts';

/** A server block with the options of its plugins. */
export class BlockConfig {
  readonly keys: readonly ServerKey[];
  readonly zones: readonly string[];
  /** Position among the blocks of the file, from 0. */
  readonly index: number;
  readonly #options = new Map<PluginName, unknown>();

  constructor(block: ServerBlock, index: number) {
    this.keys = block.keys;
    this.zones = [...new Set(block.keys.map((key) => key.zone))];
    this.index = index;
  }

  set<Name extends PluginName>(name: Name, options: OptionsOf<Name>): void {
    this.#options.set(name, options);
  }

  /** Undefined when the block has no such directive. */
  get<Name extends PluginName>(name: Name): OptionsOf<Name> | undefined {
    return this.#options.get(name) as OptionsOf<Name> | undefined;
  }

  has(name: PluginName): boolean {
    return this.#options.has(name);
  }
}

/** Sets up every directive of every block; throws the ConfigError of the earliest directive (spec A6), `plugin/NAME: ` in front. */
export function setUpBlocks(blocks: readonly ServerBlock[]): BlockConfig[] {
  const configs = new Map(blocks.map((block, index) => [block, new BlockConfig(block, index)]));
  for (const { block, name } of setupOrder(blocks)) {
    const config = configs.get(block) as BlockConfig;
    if (!isPlugin(name)) throw unsupported(block, name);
    setUp(block, config, name);
  }
  for (const config of configs.values()) join(config);
  return [...configs.values()];
}

/** What one directive means for another of its block: a kubernetes that is bound knows itself by those addresses (spec C6), k8s_external shows the same cluster. */
function join(config: BlockConfig): void {
  const kubernetes = config.get('kubernetes');
  const bound = config.get('bind')?.addresses ?? [];
  if (kubernetes !== undefined && bound.length > 0)
    config.set('kubernetes', { ...kubernetes, image: boundTo(kubernetes.image, bound) });
  const external = config.get('k8s_external');
  const cluster = config.get('kubernetes');
  if (external !== undefined && cluster !== undefined) config.set('k8s_external', withCluster(external, cluster.image));
  const transfer = config.get('transfer');
  if (transfer !== undefined) config.set('transfer', { ...transfer, offers: offersOf(config) });
}

/** A set-up with its type forgotten: name and options belong together, which the registry guarantees. */
interface AnySetup {
  transfers?(options: unknown): readonly TransferOffer[];
}

/** Zones that plugins of the block can hand over, in the order of the chain. */
function offersOf(config: BlockConfig): TransferOffer[] {
  const setups: Readonly<Record<string, AnySetup>> = SETUPS;
  return ORDER.filter(isPlugin)
    .filter((name) => config.has(name))
    .flatMap((name) => setups[name].transfers?.(config.get(name)) ?? []);
}

function setUp<Name extends PluginName>(block: ServerBlock, config: BlockConfig, name: Name): void {
  const plugin = SETUPS[name];
  const directive = block.directive(name, 'once' in plugin && plugin.once === true);
  try {
    const options = plugin.setup(directive, scopeOf(block, config));
    // Everything has been read, or the set-up overlooked something that the operator wrote.
    if (directive.nextOccurrence()) throw directive.argumentError();
    config.set(name, options as OptionsOf<Name>);
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`plugin/${name}: ${error.message}`, { cause: error });
    throw error;
  }
}

function unsupported(block: ServerBlock, name: string): ConfigError {
  const directive = block.directive(name);
  directive.nextOccurrence();
  return directive.error(`Directive '${name}' is known to CoreDNS but not supported by this version of Shoal`);
}

function scopeOf(block: ServerBlock, config: BlockConfig): SetupScope {
  return {
    zones: config.zones,
    keys: block.keys.map((key) => key.text),
    has: (directive) => block.directives.has(directive),
    path: (file) => resolve(file),
    zonesOr: (args) => (args.length === 0 ? [...config.zones] : normalizeZones(args)),
  };
}
