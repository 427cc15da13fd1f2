// A k8s_external directive over objects: set-up, compiled image and handler as in a server, without sockets. Tests only.

import { PLAIN_OPTIONS, TestImage } from '#watcher/testing/image.ts';
import type { Plain } from '#watcher/testing/objects.ts';
import type { Handler } from '#workers/chain/handler.ts';
import { CoreRig } from '#workers/testing/core.ts';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { TEST_SEED } from '#workers/testing/thread.ts';
import { build } from './handler.ts';
import { externalImage, withCluster } from './options.ts';
import { plugin } from './setup.ts';

/** TTL of the kubernetes directive beside it. */
export const CLUSTER_TTL = 33;
/** This server's addresses. */
const OWN_ADDRESSES: readonly string[] = ['192.0.2.2', 'fd00::2', 'fe80::2%eth0'];

export class ExternalRig {
  readonly image: TestImage;
  readonly core: CoreRig;

  /** `text`: the directive; `next`: handlers behind it. The one block has the root zone. */
  constructor(text: string, objects: readonly Plain[], next: readonly Handler[] = []) {
    const cluster = { ...PLAIN_OPTIONS, key: 'cluster', ttl: CLUSTER_TTL, localAddresses: OWN_ADDRESSES };
    const read = plugin.setup(new TextDirective('k8s_external', text), testScope(['.'], ['kubernetes']));
    const options = withCluster(read, cluster);
    this.image = new TestImage(externalImage(read, cluster), objects, TEST_SEED);
    const scope = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };
    const plan = { name: 'k8s_external', options, slots: null };
    this.core = new CoreRig((host) => [{ zones: ['.'], handlers: [build(plan, host, scope), ...next] }], {
      anyClass: true,
      parts: { zones: this.image.images },
    });
  }
}
