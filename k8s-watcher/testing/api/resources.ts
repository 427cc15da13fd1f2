// What the fake API server serves, and under which paths. Tests only.

import type { Plain } from '../objects.ts';

export interface Resource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** As in paths: `services`. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Made by a CustomResourceDefinition: JSON only, and items of lists say what they are. */
  readonly custom: boolean;
  /** For kubectl: `svc`. */
  readonly short: readonly string[];
  /** What a field selector may name beside metadata.name and metadata.namespace. */
  readonly fields: readonly string[];
  /** What a bookmark shows beside its metadata: the empty object of the kind. */
  readonly blank: Plain;
}

const POD_FIELDS = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
];

export const RESOURCES: readonly Resource[] = [
  {
    group: '',
    version: 'v1',
    plural: 'namespaces',
    kind: 'Namespace',
    namespaced: false,
    custom: false,
    short: ['ns'],
    fields: ['status.phase'],
    blank: { spec: {}, status: {} },
  },
  {
    group: '',
    version: 'v1',
    plural: 'services',
    kind: 'Service',
    namespaced: true,
    custom: false,
    short: ['svc'],
    fields: ['spec.clusterIP', 'spec.type'],
    blank: { spec: {}, status: { loadBalancer: {} } },
  },
  {
    group: '',
    version: 'v1',
    plural: 'pods',
    kind: 'Pod',
    namespaced: true,
    custom: false,
    short: ['po'],
    fields: POD_FIELDS,
    blank: { spec: { containers: null }, status: {} },
  },
  {
    group: 'discovery.k8s.io',
    version: 'v1',
    plural: 'endpointslices',
    kind: 'EndpointSlice',
    namespaced: true,
    custom: false,
    short: [],
    fields: [],
    blank: { addressType: '', endpoints: null, ports: null },
  },
  {
    group: 'multicluster.x-k8s.io',
    version: 'v1alpha1',
    plural: 'serviceimports',
    kind: 'ServiceImport',
    namespaced: true,
    custom: true,
    short: [],
    fields: [],
    blank: {},
  },
];

/** `v1`, `discovery.k8s.io/v1`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Where the API version lives: `/api/v1`, `/apis/discovery.k8s.io/v1`. */
export function rootOf(resource: Resource): string {
  return `${resource.group === '' ? '/api' : '/apis'}/${apiVersionOf(resource)}`;
}

/** The resource that objects of this `apiVersion` and `kind` belong to. */
export function resourceOfObject(apiVersion: unknown, kind: unknown): Resource | undefined {
  return RESOURCES.find((resource) => apiVersionOf(resource) === apiVersion && resource.kind === kind);
}

/** By kind (`Service`) or plural (`services`). Throws for what is not served. */
export function resourceNamed(name: string): Resource {
  const found = RESOURCES.find(({ kind, plural }) => kind === name || plural === name);
  if (found === undefined) throw new Error(`${name} is not served: ${RESOURCES.map(({ kind }) => kind).join(', ')}`);
  return found;
}

/** What a path points at. */
export interface Target {
  readonly resource: Resource;
  /** '' for the whole cluster. */
  readonly namespace: string;
  /** '' for a collection. */
  readonly name: string;
  /** `status`, or ''. */
  readonly subresource: string;
}

/** Reads `/api/v1/services`, `/api/v1/namespaces/default/services/web/status` and their like; undefined for any other path. */
export function readTarget(path: string): Target | undefined {
  for (const resource of RESOURCES) {
    const root = `${rootOf(resource)}/`;
    if (!path.startsWith(root)) continue;
    const parts = path.slice(root.length).split('/').map(decodeURIComponent);
    const scoped = resource.namespaced && parts[0] === 'namespaces' && parts.length > 2;
    const namespace = scoped ? parts[1] : '';
    const [plural, name = '', subresource = '', ...rest] = scoped ? parts.slice(2) : parts;
    if (plural !== resource.plural || rest.length > 0 || !['', 'status'].includes(subresource)) continue;
    return { resource, namespace, name, subresource };
  }
  return undefined;
}
