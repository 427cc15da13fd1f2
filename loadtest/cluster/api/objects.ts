// The objects that commands write into a cluster, and the paths they live at. Kubernetes API conventions. No I/O here.

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  Service: 'services',
  EndpointSlice: 'endpointslices',
  Pod: 'pods',
};

/** Where objects of its kind and namespace are created. */
export function collectionOf({ apiVersion, kind, metadata: { namespace } }: KubeObject): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${group}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${PLURALS[kind]}`;
}

export function pathOf(object: KubeObject): string {
  return `${collectionOf(object)}/${object.metadata.name}`;
}

/** The collection of all namespaces that an object of this kind belongs to. */
export function allOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): string {
  return collectionOf({ apiVersion, kind, metadata: { name: '' } });
}

export interface Place {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** Two named ports, http at `port`; its address is the API server's choice, unless it is to be headless. */
export function serviceObject({ name, namespace, labels = {} }: Place, headless: boolean, port = 80): KubeObject {
  const annotations = { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace };
  const address = headless ? { clusterIP: 'None' } : {};
  const ports = [portObject('http', port), portObject('metrics', 9090)];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels, annotations },
    spec: { ...address, selector: { app: name }, ports },
  };
}

export function portObject(name: string, port: number): object {
  return { name, port, protocol: 'TCP' };
}

/** The only slice of a service. `named`: its endpoints have host names, as pods of a stateful set do. */
export function sliceObject(
  service: Place,
  addresses: readonly string[],
  named: boolean,
  nodes: readonly string[] = [],
): KubeObject {
  const { name, namespace, labels = {} } = service;
  const endpoints = addresses.map((address, i) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    ...(nodes.length === 0 ? {} : { nodeName: nodes[i % nodes.length], zone: `zone-${i % 3}` }),
    targetRef: { kind: 'Pod', namespace, name: `${name}-${i}` },
    ...(named ? { hostname: `${name}-${i}` } : {}),
  }));
  const managed = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-abcde`,
      namespace,
      labels: { 'kubernetes.io/service-name': name, ...managed, ...labels },
    },
    addressType: 'IPv4',
    endpoints,
    ports: [portObject('http', 8080), portObject('metrics', 9090)],
  };
}

/** A pod with a container of eight variables: what clients are told and throw away. Its address is in its status, see podStatus. */
export function podObject({ name, namespace, labels = {} }: Place, node: string): KubeObject {
  const env = Array.from({ length: 8 }, (_, i) => ({ name: `VAR_${i}`, value: 'x'.repeat(20) }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { nodeName: node, containers: [{ name: 'app', image: 'registry.example/app:1.2.3', env }] },
  };
}

/** What a kubelet writes into `/status` of a pod that runs. */
export function podStatus(address: string): object {
  return { status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }], hostIP: '10.0.0.1' } };
}
