// The cluster as manifests: one List in JSON, as `kubectl get -o json` writes it. Cold.

import { namespaceOf, type Service } from './services.ts';

/** One object per line, so that a big file can be looked into. Names of ports and numbers as in `zoneText`. */
export function manifestsText(cluster: readonly Service[]): string {
  const items = [...namespaces(cluster), ...cluster.map(serviceObject)].map((item) => JSON.stringify(item));
  return `{"apiVersion":"v1","kind":"List","items":[\n${items.join(',\n')}\n]}\n`;
}

function namespaces(cluster: readonly Service[]): object[] {
  const names = new Set(cluster.map((_, i) => namespaceOf(i)));
  return [...names].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}

function serviceObject({ name, namespace, address }: Service): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      type: 'ClusterIP',
      clusterIP: address,
      clusterIPs: [address],
      ipFamilies: ['IPv4'],
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    },
  };
}
