// multicluster.x-k8s.io/v1alpha1 ServiceImport: what is read of it → what is kept; and slices of imports. Called by whatever decodes. Cold.

import { requireAddresses } from './address.ts';
import type { PortDraft } from './draft.ts';
import type { Fields } from './fields.ts';
import { requireLabel } from './identity.ts';
import { portDrafts } from './json.ts';
import { isLabel } from './names.ts';
import type { ClusterObject, EndpointSlice, ImportSlice, Labels, ObjectId, ServiceImport } from './object.ts';
import { checkPorts } from './port.ts';
import { refusal } from './refusal.ts';

/** The label of an EndpointSlice that says whose endpoints these are: the API is asked for slices that have it (spec C2). */
export const IMPORT_LABEL = 'multicluster.kubernetes.io/service-name';
/** The one that says in which cluster they are. */
const CLUSTER_LABEL = 'multicluster.kubernetes.io/source-cluster';
const NONE: readonly never[] = [];
const MODES: ReadonlyMap<string, ServiceImport['mode']> = new Map([
  ['', 'cluster'],
  ['ClusterSetIP', 'cluster'],
  ['Headless', 'headless'],
]);

/** What is read of one, see draft.ts. */
export interface ImportDraft {
  readonly type: string;
  readonly ips: readonly string[];
  readonly ports: readonly PortDraft[];
}

/** From JSON, the only format that the API server has of it. Throws ObjectError when a field is of another type. */
export function importDraft(fields: Fields): ImportDraft {
  const spec = fields.fields('spec');
  return { type: spec.text('type'), ips: spec.texts('ips'), ports: portDrafts(spec) };
}

/** Throws ObjectError. */
export function checkImport(id: ObjectId, labels: Labels, draft: ImportDraft): ServiceImport {
  requireLabel(id);
  const mode = MODES.get(draft.type);
  if (mode === undefined) throw refusal(id, 'spec.type', draft.type, 'ClusterSetIP or Headless');
  const addresses = requireAddresses(id, 'spec.ips', draft.ips);
  return {
    kind: 'ServiceImport',
    namespace: id.namespace,
    name: id.name,
    labels,
    mode,
    addresses: mode === 'headless' ? NONE : addresses,
    ports: checkPorts(id, 'spec.ports', draft.ports),
  };
}

/** The slice as one of an import, or undefined when no label says so. Shares its endpoints. */
export function importSliceOf(slice: EndpointSlice): ImportSlice | undefined {
  const { namespace, name, labels, endpoints, ports } = slice;
  const service = labels[IMPORT_LABEL];
  if (service === undefined) return undefined;
  const cluster = labels[CLUSTER_LABEL] ?? '';
  return {
    kind: 'ImportSlice',
    namespace,
    name,
    labels,
    service: isLabel(service) ? service : '',
    cluster,
    endpoints,
    ports,
  };
}

/** The object, and the slice of an import that it may be beside it, as if slices were watched twice (spec C2). */
export function withImportSlice(object: ClusterObject): ClusterObject[] {
  const slice = object.kind === 'EndpointSlice' ? importSliceOf(object) : undefined;
  return slice === undefined ? [object] : [object, slice];
}
