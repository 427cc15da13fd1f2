// Objects as the API shows them, with as few words as a test needs. Tests only.

import { isIP } from 'node:net';
import { decodeObject } from '../objects/decode.ts';
import { importSliceOf } from '../objects/import.ts';
import type { ClusterObject, ImportSlice } from '../objects/object.ts';

/** Plain Kubernetes JSON. */
export type Plain = Readonly<Record<string, unknown>>;

interface Common {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** `http 80`, `dns 53/UDP`; a bare number is a port without a name. */
type PortText = string | number;

function port(text: PortText): Plain {
  if (typeof text === 'number') return { port: text, protocol: 'TCP' };
  const [name, number] = text.split(' ');
  const [digits, protocol = 'TCP'] = number.split('/');
  return { name, port: Number(digits), protocol };
}

function metadata(name: string, { namespace = 'default', labels = {} }: Common): Plain {
  return { name, namespace, labels };
}

export function plainNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Plain {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export interface ServiceWords extends Common {
  /** Cluster addresses; 'None' for a headless service. */
  readonly ip?: string | readonly string[];
  readonly ports?: readonly PortText[];
  readonly externalName?: string;
  /** spec.externalIPs. */
  readonly exposed?: readonly string[];
  /** Ingress of the load balancer: addresses and host names. */
  readonly balancer?: readonly string[];
}

export function plainService(name: string, words: ServiceWords = {}): Plain {
  const { ip = [], ports = [], externalName, exposed = [], balancer = [] } = words;
  const spec =
    externalName === undefined
      ? { type: 'ClusterIP', clusterIPs: [ip].flat(), ports: ports.map(port) }
      : { type: 'ExternalName', externalName, ports: ports.map(port) };
  const ingress = balancer.map((text) => (isIP(text) === 0 ? { hostname: text } : { ip: text }));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name, words),
    spec: exposed.length === 0 ? spec : { ...spec, externalIPs: exposed },
    ...(ingress.length === 0 ? {} : { status: { loadBalancer: { ingress } } }),
  };
}

export interface EndpointWords {
  readonly ip: string;
  readonly hostname?: string;
  readonly pod?: string;
  readonly zone?: string;
  /** `null` leaves the condition out. */
  readonly ready?: boolean | null;
}

export interface SliceWords extends Common {
  readonly name?: string;
  readonly ports?: readonly PortText[];
}

/** A slice of the service; endpoints as texts are ready addresses. */
export function plainSlice(
  service: string,
  endpoints: readonly (string | EndpointWords)[],
  words: SliceWords = {},
): Plain {
  const { name = `${service}-abcde`, ports = [], labels = {} } = words;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadata(name, { ...words, labels: { 'kubernetes.io/service-name': service, ...labels } }),
    addressType: 'IPv4',
    ports: ports.map(port),
    endpoints: endpoints.map((endpoint) => plainEndpoint(typeof endpoint === 'string' ? { ip: endpoint } : endpoint)),
  };
}

function plainEndpoint({ ip, hostname, pod, zone, ready = true }: EndpointWords): Plain {
  return {
    addresses: [ip],
    conditions: ready === null ? {} : { ready },
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod === undefined ? {} : { targetRef: { kind: 'Pod', name: pod } }),
    ...(zone === undefined ? {} : { zone }),
  };
}

export interface PodWords extends Common {
  readonly phase?: string;
  readonly terminating?: boolean;
}

export function plainPod(name: string, ip: string, words: PodWords = {}): Plain {
  const deletion = words.terminating === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata(name, words), ...deletion },
    status: { phase: words.phase ?? 'Running', ...(ip === '' ? {} : { podIP: ip }) },
  };
}

export interface ImportWords extends Common {
  /** Addresses of the cluster set; 'Headless' for none. */
  readonly ip?: string | readonly string[];
  readonly ports?: readonly PortText[];
}

/** A service of other clusters. */
export function plainImport(name: string, words: ImportWords = {}): Plain {
  const { ip = [], ports = [] } = words;
  const headless = ip === 'Headless';
  return {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ServiceImport',
    metadata: metadata(name, words),
    spec: {
      type: headless ? 'Headless' : 'ClusterSetIP',
      ips: headless ? [] : [ip].flat(),
      ports: ports.map(port),
    },
  };
}

/** A slice of the import in that cluster, and of nothing else; '' for a slice without a cluster. */
export function plainImportSlice(
  service: string,
  cluster: string,
  endpoints: readonly (string | EndpointWords)[],
  words: SliceWords = {},
): Plain {
  const { name = ['imported', service, ...(cluster.toLowerCase().match(/\w+/g) ?? [])].join('-'), labels = {} } = words;
  const plain = plainSlice(service, endpoints, { ...words, name });
  const source = cluster === '' ? {} : { 'multicluster.kubernetes.io/source-cluster': cluster };
  const all = { 'multicluster.kubernetes.io/service-name': service, ...source, ...labels };
  return { ...plain, metadata: metadata(name, { ...words, labels: all }) };
}

/** The slice as one of an import; fails for a slice that is none. */
export function decodedImportSlice(plain: Plain): ImportSlice {
  const slice = decoded(plain);
  const object = slice.kind === 'EndpointSlice' ? importSliceOf(slice) : undefined;
  if (object === undefined) throw new Error(`${slice.name} is no slice of an import`);
  return object;
}

/** The trimmed object; fails for a kind that has none. */
export function decoded(plain: Plain): ClusterObject {
  const object = decodeObject(plain);
  if (object === undefined) throw new Error(`${String(plain['kind'])} is not decoded`);
  return object;
}
