// What is kept of the cluster's objects: the fields that names are made of (spec C2), and nothing else. Made by decode.ts. Cold.

import type { Address } from '#wire/address.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Namespace {
  readonly kind: 'Namespace';
  readonly name: string;
  readonly labels: Labels;
}

/** Protocol in lower case; `port` 0 stands for «all ports» of a slice. */
export interface Port {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

/** How a service gets its addresses. */
export type ServiceMode = 'cluster' | 'headless' | 'external';

export interface Service {
  readonly kind: 'Service';
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly mode: ServiceMode;
  /** Cluster addresses; none for headless and external ones. */
  readonly addresses: readonly Address[];
  readonly ports: readonly Port[];
  /** Without the final dot; '' unless the mode is external. */
  readonly externalName: string;
  /** spec.externalIPs, then addresses of the load balancer. */
  readonly externalAddresses: readonly Address[];
  /** Host names of the load balancer. */
  readonly externalHosts: readonly string[];
}

/** One address of one ready endpoint. */
export interface Endpoint {
  /** '' for an address that is a domain name. */
  readonly address: Address;
  /** The address as written where that is not its usual text (RFC 5952), a domain name always; '' otherwise. */
  readonly spelling: string;
  /** '' when there is none; so below. */
  readonly hostname: string;
  readonly podName: string;
  readonly zone: string;
}

export interface EndpointSlice {
  readonly kind: 'EndpointSlice';
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** The service it belongs to; '' for a slice of nobody. */
  readonly service: string;
  /** Ready ones only. */
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly Port[];
  /** Unix time (ms) of what made the controller write it, when it says so. Not kept: it measures how long a change was on its way. */
  readonly changedAt?: number;
}

/** A pod that has not come to its end. */
export interface Pod {
  readonly kind: 'Pod';
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** The primary address in its usual text; '' while there is none. */
  readonly address: string;
  /** It is being deleted: what is known of it stays, but it is not taken up (spec C2). */
  readonly terminating: boolean;
}

/** A service of other clusters (spec C9). */
export interface ServiceImport {
  readonly kind: 'ServiceImport';
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly mode: 'cluster' | 'headless';
  /** Addresses of the whole cluster set; none for headless ones. */
  readonly addresses: readonly Address[];
  readonly ports: readonly Port[];
}

/**
 * Endpoints of an import that stand in one cluster. To the API server an EndpointSlice: one that belongs to a service as well is both, see
 * import.ts.
 */
export interface ImportSlice {
  readonly kind: 'ImportSlice';
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** The import it belongs to; '' for a slice of none. */
  readonly service: string;
  /** Where they are; '' when none is said. A label value: not always a label of a name. */
  readonly cluster: string;
  /** Ready ones only. */
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly Port[];
}

export type ClusterObject = Namespace | Service | EndpointSlice | Pod | ServiceImport | ImportSlice;
export type Kind = ClusterObject['kind'];
export const KINDS: readonly Kind[] = ['Namespace', 'Service', 'EndpointSlice', 'Pod', 'ServiceImport', 'ImportSlice'];

/** Names an object among all. */
export interface ObjectId {
  readonly kind: Kind;
  /** '' for namespaces. */
  readonly namespace: string;
  readonly name: string;
}

export function idOf(object: ClusterObject): ObjectId {
  return { kind: object.kind, namespace: object.kind === 'Namespace' ? '' : object.namespace, name: object.name };
}

/** `Service default/web`, `Namespace default`. */
export function describeId(id: ObjectId): string {
  return id.namespace === '' ? `${id.kind} ${id.name}` : `${id.kind} ${id.namespace}/${id.name}`;
}
