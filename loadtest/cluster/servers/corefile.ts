// The Corefile that Shoal and its rival serve a cluster with. No I/O here.

export interface Serving {
  /** Of 127.0.0.1, for DNS, for /ready, for metrics. */
  readonly ports: { readonly dns: number; readonly ready: number; readonly metrics: number };
  /** Absolute path. */
  readonly kubeconfig: string;
  /** Whether names of pods are checked against the pods that there are, which all must be known for that. */
  readonly podsVerified: boolean;
}

/** No cache: it would answer with what was. No forward: all that is asked for is the cluster's. */
export function clusterCorefile({ ports, kubeconfig, podsVerified }: Serving): string {
  return `.:${ports.dns} {
    bind 127.0.0.1
    errors
    ready 127.0.0.1:${ports.ready}
    prometheus 127.0.0.1:${ports.metrics}
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig ${JSON.stringify(kubeconfig)}
        ${podsVerified ? 'pods verified\n        ' : ''}ttl 30
        fallthrough in-addr.arpa ip6.arpa
    }
}
`;
}
