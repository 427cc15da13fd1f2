// The cold halves of all plugins by name: what the primary needs to turn a Corefile into a plan. Cold.

import { metrics as autopathMetrics } from '#plugins/autopath/metrics.ts';
import { plugin as autopath } from '#plugins/autopath/setup.ts';
import { plugin as bind } from '#plugins/bind/setup.ts';
import { metrics as cacheMetrics } from '#plugins/cache/metrics.ts';
import { plugin as cache } from '#plugins/cache/setup.ts';
import { plugin as errors } from '#plugins/errors/setup.ts';
import { metrics as forwardMetrics } from '#plugins/forward/metrics.ts';
import { plugin as forward } from '#plugins/forward/setup.ts';
import { plugin as health } from '#plugins/health/setup.ts';
import { metrics as hostsMetrics } from '#plugins/hosts/metrics.ts';
import { plugin as hosts } from '#plugins/hosts/setup.ts';
import { plugin as k8s_external } from '#plugins/k8s_external/setup.ts';
import { metrics as kubernetesMetrics } from '#plugins/kubernetes/metrics.ts';
import { plugin as kubernetes } from '#plugins/kubernetes/setup.ts';
import { plugin as loadbalance } from '#plugins/loadbalance/setup.ts';
import { plugin as log } from '#plugins/log/setup.ts';
import { metrics as loopMetrics } from '#plugins/loop/metrics.ts';
import { plugin as loop } from '#plugins/loop/setup.ts';
import { plugin as metadata } from '#plugins/metadata/setup.ts';
import { metrics as prometheusMetrics } from '#plugins/prometheus/metrics.ts';
import { plugin as prometheus } from '#plugins/prometheus/setup.ts';
import { plugin as ready } from '#plugins/ready/setup.ts';
import { metrics as redis_cacheMetrics } from '#plugins/redis_cache/metrics.ts';
import { plugin as redis_cache } from '#plugins/redis_cache/setup.ts';
import { plugin as reload } from '#plugins/reload/setup.ts';
import { plugin as rewrite } from '#plugins/rewrite/setup.ts';
import { metrics as transferMetrics } from '#plugins/transfer/metrics.ts';
import { plugin as transfer } from '#plugins/transfer/setup.ts';
import { plugin as whoami } from '#plugins/whoami/setup.ts';

/** Every directive that this version understands. One that only the reference knows gets an error that says so. */
export const SETUPS = {
  autopath,
  bind,
  cache,
  errors,
  forward,
  health,
  hosts,
  k8s_external,
  kubernetes,
  loadbalance,
  log,
  loop,
  metadata,
  prometheus,
  ready,
  redis_cache,
  reload,
  rewrite,
  transfer,
  whoami,
} as const;

export type PluginName = keyof typeof SETUPS;

/** The options that a plugin's set-up returns. */
export type OptionsOf<Name extends PluginName> = ReturnType<(typeof SETUPS)[Name]['setup']>;

/** Plugins that count something. */
export const METRICS = {
  autopath: autopathMetrics,
  cache: cacheMetrics,
  forward: forwardMetrics,
  hosts: hostsMetrics,
  kubernetes: kubernetesMetrics,
  loop: loopMetrics,
  prometheus: prometheusMetrics,
  redis_cache: redis_cacheMetrics,
  transfer: transferMetrics,
} as const;

export function isPlugin(name: string): name is PluginName {
  return Object.hasOwn(SETUPS, name);
}
