// Which API server is asked, and for what: plain data from the primary to the watcher thread. Written by the plugin's set-up. Cold.

import type { Kind } from '../objects/object.ts';

/** How the server is reached and who asks (spec C1). */
export type ApiConnection =
  /** The service account of the pod: its token is read again before it runs out. */
  | {
      readonly kind: 'cluster';
      /** Of KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
      readonly host: string;
      readonly port: string;
      readonly tokenFile: string;
      readonly caFile: string;
    }
  /** `endpoint URL` with `tls CERT KEY CACERT`; plain http is allowed, then nobody authenticates. */
  | {
      readonly kind: 'endpoint';
      readonly url: string;
      readonly tls: { readonly cert: string; readonly key: string; readonly ca: string } | null;
    }
  /** `kubeconfig FILE [CONTEXT]`; '' for the file's current context. */
  | { readonly kind: 'kubeconfig'; readonly file: string; readonly context: string };

/** How much may be asked at once; 0 for the default. */
export interface ApiLimits {
  /** Requests a second, and how many of them at once after a pause. */
  readonly qps: number;
  readonly burst: number;
  /** Requests under way, watches not counted. */
  readonly maxInflight: number;
}

/** One API server, seen through one pair of selectors. */
export interface ApiPlan {
  readonly kind: 'api';
  /** A hash of everything below: sources with the same key are one. */
  readonly key: string;
  readonly connection: ApiConnection;
  readonly limits: ApiLimits;
  /** Label selectors as the server takes them: of services, pods and slices; of namespaces and service imports. '' for all. */
  readonly labels: string;
  readonly namespaceLabels: string;
}

/**
 * Kinds whose labels nobody looks at: the server selects by them, and what it is not asked to select by no image does. Pods show theirs to `metadata`.
 */
export function unlabelledKinds({ labels }: Pick<ApiPlan, 'labels'>): readonly Kind[] {
  return labels === '' ? ['Service', 'EndpointSlice'] : [];
}

/** What is watched beside services and namespaces: the sum of what the images need. */
export interface ApiNeeds {
  readonly slices: boolean;
  readonly pods: boolean;
  /** ServiceImports and their slices. */
  readonly imports: boolean;
}
