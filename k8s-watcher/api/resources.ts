// What is asked of an API server, a row a kind: paths, selectors, decoding (spec C2). To add a kind, add a row. Cold.

import { decodeObject } from '../objects/decode.ts';
import { IMPORT_LABEL, importSliceOf } from '../objects/import.ts';
import type { ClusterObject, Kind } from '../objects/object.ts';
import type { ApiNeeds, ApiPlan } from './plan.ts';

/** Metadata of an object as a metadata-only list shows it. */
export interface PlainMetadata {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly resourceVersion?: unknown;
  readonly deletionTimestamp?: unknown;
  readonly labels?: Readonly<Record<string, unknown>>;
}

/** How one kind is listed and watched. */
export interface Resource {
  readonly kind: Kind;
  /** What log lines call it, as the reference's do: `*v1.Service`. */
  readonly goType: string;
  /** Its objects are of these; items of lists do not say so themselves. */
  readonly apiVersion: string;
  readonly plainKind: string;
  /** Of the collection, over all namespaces. */
  readonly path: string;
  readonly protobuf: boolean;
  readonly needed: (needs: ApiNeeds) => boolean;
  readonly labelSelector: (plan: ApiPlan) => string;
  readonly fieldSelector: string;
  /** Throws ObjectError. */
  readonly decode: (plain: unknown) => ClusterObject | undefined;
  /** What an audit expects of an object of the server: that it is stored, that it is not, or either. */
  readonly stored: (metadata: PlainMetadata) => 'yes' | 'no' | 'either';
}

/** Pods that have come to their end have no names. */
const LIVING_PODS = 'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown';
const SERVICE_NAME = 'kubernetes.io/service-name';

const CORE = { apiVersion: 'v1', protobuf: true, fieldSelector: '', decode: decodeObject } as const;
const always = (): 'yes' => 'yes';

export const RESOURCES: readonly Resource[] = [
  {
    ...CORE,
    kind: 'Namespace',
    goType: '*v1.Namespace',
    plainKind: 'Namespace',
    path: '/api/v1/namespaces',
    needed: () => true,
    labelSelector: (plan) => plan.namespaceLabels,
    stored: always,
  },
  {
    ...CORE,
    kind: 'Service',
    goType: '*v1.Service',
    plainKind: 'Service',
    path: '/api/v1/services',
    needed: () => true,
    labelSelector: (plan) => plan.labels,
    stored: always,
  },
  {
    ...CORE,
    kind: 'EndpointSlice',
    goType: '*v1.EndpointSlice',
    plainKind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    needed: (needs) => needs.slices,
    labelSelector: (plan) => plan.labels,
    stored: ({ labels }) => hasLabel(labels, SERVICE_NAME),
  },
  {
    ...CORE,
    kind: 'Pod',
    goType: '*v1.Pod',
    plainKind: 'Pod',
    path: '/api/v1/pods',
    needed: (needs) => needs.pods,
    labelSelector: (plan) => plan.labels,
    fieldSelector: LIVING_PODS,
    // One that is being deleted is kept when it was known before, and not taken up when it was not (spec C2).
    stored: ({ deletionTimestamp }) =>
      deletionTimestamp === undefined || deletionTimestamp === null ? 'yes' : 'either',
  },
  {
    ...CORE,
    kind: 'ServiceImport',
    goType: '*v1alpha1.ServiceImport',
    plainKind: 'ServiceImport',
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    path: '/apis/multicluster.x-k8s.io/v1alpha1/serviceimports',
    // A custom resource.
    protobuf: false,
    needed: (needs) => needs.imports,
    // As the reference has it: by the selector of namespaces.
    labelSelector: (plan) => plan.namespaceLabels,
    stored: always,
  },
  {
    ...CORE,
    kind: 'ImportSlice',
    goType: '*v1.EndpointSlice',
    plainKind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    needed: (needs) => needs.imports,
    labelSelector: (plan) => [plan.labels, IMPORT_LABEL].filter((text) => text !== '').join(','),
    decode: decodeImportSlice,
    stored: ({ labels }) => hasLabel(labels, IMPORT_LABEL),
  },
];

function hasLabel(labels: PlainMetadata['labels'], name: string): 'yes' | 'no' {
  const value = labels?.[name];
  return typeof value === 'string' && value !== '' ? 'yes' : 'no';
}

/** What is asked for is EndpointSlices that have the label. */
function decodeImportSlice(plain: unknown): ClusterObject | undefined {
  const slice = decodeObject(plain);
  return slice?.kind === 'EndpointSlice' ? importSliceOf(slice) : undefined;
}

/** Path and query of a list or watch: the selectors, then `query`, '' values left out. */
export function pathOf(resource: Resource, plan: ApiPlan, query: Readonly<Record<string, string>>): string {
  const { fieldSelector } = resource;
  const all = { labelSelector: resource.labelSelector(plan), fieldSelector, ...query };
  const text = new URLSearchParams(Object.entries(all).filter(([, value]) => value !== '')).toString();
  return text === '' ? resource.path : `${resource.path}?${text}`;
}
