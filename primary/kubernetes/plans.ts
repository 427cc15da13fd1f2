// A kubernetes directive → where its objects come from. Cold.

import { createHash } from 'node:crypto';
import { ConfigError } from '#plugins/contract.ts';
import { formatSelector } from '#plugins/kubernetes/selector.ts';
import type { KubernetesOptions } from '#plugins/kubernetes/setup.ts';
import type { ApiConnection, ApiPlan } from '#watcher/api/plan.ts';
import type { SourcePlan } from '#watcher/messages.ts';
import type { Environment } from '../corefile/environment.ts';

/** Where the kubelet puts the service account of a pod. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What is not in the Corefile. */
export interface SourceScope {
  readonly env: Environment;
  /** A file or folder that takes the place of every API server. */
  readonly manifests: string | undefined;
}

/** Throws ConfigError with the reference's line when nothing says where the API server is. */
export function sourcePlanOf(options: KubernetesOptions, scope: SourceScope): SourcePlan {
  const { manifests } = scope;
  if (manifests !== undefined) return { kind: 'manifests', key: 'manifests', path: manifests };
  const { api, image } = options;
  const plan: Omit<ApiPlan, 'key'> = {
    kind: 'api',
    connection: connectionOf(options, scope.env),
    limits: { qps: api.qps, burst: api.burst, maxInflight: api.maxInflight },
    labels: formatSelector(image.labels),
    namespaceLabels: formatSelector(image.namespaceLabels),
  };
  return { ...plan, key: `api-${createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16)}` };
}

/** The first that is given: kubeconfig, endpoint, the service account (spec C1). */
function connectionOf({ api }: KubernetesOptions, env: Environment): ApiConnection {
  if (api.kubeconfig !== null) return { kind: 'kubeconfig', ...api.kubeconfig };
  if (api.endpoint !== '') return { kind: 'endpoint', url: api.endpoint, tls: api.tls };
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || port === undefined || host === '' || port === '')
    throw new ConfigError(
      'plugin/kubernetes: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined; ' +
        'outside of a cluster name a kubeconfig or an endpoint, or give the objects with -manifests PATH',
    );
  return { kind: 'cluster', host, port, tokenFile: `${ACCOUNT}/token`, caFile: `${ACCOUNT}/ca.crt` };
}
