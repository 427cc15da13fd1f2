// The hot halves of all plugins by name, loaded when a plan names them: a thread carries only what its Corefile uses. Cold.

import type { HandlerModule } from '../chain/handler.ts';

export const HANDLERS: Readonly<Record<string, () => Promise<HandlerModule>>> = {
  metadata: () => import('#plugins/metadata/handler.ts'),
  prometheus: () => import('#plugins/prometheus/handler.ts'),
  errors: () => import('#plugins/errors/handler.ts'),
  log: () => import('#plugins/log/handler.ts'),
  loadbalance: () => import('#plugins/loadbalance/handler.ts'),
  rewrite: () => import('#plugins/rewrite/handler.ts'),
  autopath: () => import('#plugins/autopath/handler.ts'),
  cache: () => import('#plugins/cache/handler.ts'),
  redis_cache: () => import('#plugins/redis_cache/handler.ts'),
  transfer: () => import('#plugins/transfer/handler.ts'),
  hosts: () => import('#plugins/hosts/handler.ts'),
  k8s_external: () => import('#plugins/k8s_external/handler.ts'),
  kubernetes: () => import('#plugins/kubernetes/handler.ts'),
  loop: () => import('#plugins/loop/handler.ts'),
  forward: () => import('#plugins/forward/handler.ts'),
  whoami: () => import('#plugins/whoami/handler.ts'),
};
