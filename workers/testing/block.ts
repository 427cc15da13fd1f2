// A server block of several plugins over the objects of a cluster, as set-ups, registries and compiler make it, without sockets. Tests only.

import { TestImage } from '#watcher/testing/image.ts';
import type { Plain } from '#watcher/testing/objects.ts';
import type { Handler, HandlerModule } from '../chain/handler.ts';
import { HANDLERS } from '../plugins/handlers.ts';
import type { SlotAllocator } from '../plugins/metrics.ts';
import { ORDER } from '../plugins/order.ts';
import { isPlugin, METRICS, type PluginName, SETUPS } from '../plugins/setups.ts';
import { CoreRig } from './core.ts';
import { TextDirective, testScope } from './directive.ts';
import { NamedSlots } from './slots.ts';
import { TEST_SEED } from './thread.ts';

type ImageOptions = ConstructorParameters<typeof TestImage>[0];

const SCOPE = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };

/** Text of each directive of the block, whatever their order. */
export type BlockText = Readonly<Partial<Record<PluginName, string>>>;

/** One plugin of the block, ready to be built. */
interface Part {
  readonly name: PluginName;
  readonly module: HandlerModule;
  readonly options: unknown;
}

export class BlockRig {
  readonly core: CoreRig;
  readonly image: TestImage;
  readonly slots = new NamedSlots();

  private constructor(parts: readonly Part[], image: TestImage, behind: readonly Handler[]) {
    this.image = image;
    const names = parts.map(({ name }) => name);
    this.core = new CoreRig(
      (host) => {
        const handlers = parts.map(({ name, module, options }, i) =>
          module.build({ name, options, slots: slotsOf(name, this.slots, options, names.slice(i + 1)) }, host, SCOPE),
        );
        return [
          {
            zones: ['.'],
            handlers: [...handlers, ...behind],
            names: [...names, ...behind.map((_, i) => `behind${i}`)],
          },
        ];
      },
      { anyClass: true, parts: { zones: image.images } },
    );
  }

  /** `behind`: handlers after those of the directives. */
  static async open(text: BlockText, objects: readonly Plain[], behind: readonly Handler[] = []): Promise<BlockRig> {
    const names = ORDER.filter((name): name is PluginName => isPlugin(name) && text[name] !== undefined);
    const parts: Part[] = [];
    let image: ImageOptions = {};
    for (const name of names) {
      const options: unknown = SETUPS[name].setup(new TextDirective(name, text[name] ?? ''), testScope(['.'], names));
      if (name === 'kubernetes') image = (options as { readonly image: ImageOptions }).image;
      if (Object.hasOwn(HANDLERS, name)) parts.push({ name, module: await HANDLERS[name](), options });
    }
    return new BlockRig(parts, new TestImage(image, objects, TEST_SEED), behind);
  }

  /** Value of a counted series. */
  count(series: string): number {
    return this.core.thread.count(this.slots.of(series));
  }
}

interface AnyMetrics {
  slots(allocator: SlotAllocator, scope: object, options: unknown): unknown;
}

function slotsOf(name: PluginName, slots: SlotAllocator, options: unknown, next: readonly string[]): unknown {
  const tables: Readonly<Record<string, AnyMetrics | undefined>> = METRICS;
  return tables[name]?.slots(slots, { ...SCOPE, view: '', next }, options) ?? null;
}
