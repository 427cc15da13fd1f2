// A kubernetes directive over objects: set-up, compiled image and handler as in a server, without sockets. Tests only.

import { TestImage } from '#watcher/testing/image.ts';
import type { Plain } from '#watcher/testing/objects.ts';
import type { Handler } from '#workers/chain/handler.ts';
import { checkCase, type DnsCase } from '#workers/testing/case.ts';
import { CoreRig } from '#workers/testing/core.ts';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { TEST_SEED } from '#workers/testing/thread.ts';
import { build } from './handler.ts';
import { type KubernetesOptions, kubernetesImages } from './options.ts';
import { plugin } from './setup.ts';

/** This server's addresses in tests. */
export const OWN_ADDRESSES: readonly string[] = ['192.0.2.2', 'fd00::2', 'fe80::2%eth0'];

export class KubernetesRig {
  readonly options: KubernetesOptions;
  readonly image: TestImage;
  readonly core: CoreRig;

  /** `text`: the directive; `next`: handlers behind it. The one block has the root zone. */
  constructor(text: string, objects: readonly Plain[], next: readonly Handler[] = [], addresses = OWN_ADDRESSES) {
    const options = plugin.setup(new TextDirective('kubernetes', text), testScope(['.']));
    this.options = { ...options, image: { ...options.image, localAddresses: addresses } };
    const [image, ...others] = kubernetesImages(this.options);
    this.image = new TestImage(image, objects, TEST_SEED);
    for (const other of others) this.image.also(other);
    const scope = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };
    const plan = { name: 'kubernetes', options: this.options, slots: null };
    this.core = new CoreRig((host) => [{ zones: ['.'], handlers: [build(plan, host, scope), ...next] }], {
      anyClass: true,
      parts: { zones: this.image.images },
    });
  }
}

/** Types that the decoder of tests has no name for. */
const UNNAMED: Readonly<Record<string, string>> = { HTTPS: 'UNKNOWN_65', TYPE65534: 'UNKNOWN_65534' };

/** Asks, and compares what comes with what the row wants. */
export function checkRow({ core }: KubernetesRig, row: DnsCase): void {
  const decoded = core.ask(row);
  const type = UNNAMED[row.type];
  const question = type === undefined ? {} : { question: `${row.name} IN ${type}` };
  const asked = { outcome: -1, decoded, message: new Uint8Array(0), plainSize: 0, failure: '', local: true };
  checkCase(asked, { ...row, ...question });
}
