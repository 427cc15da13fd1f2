// Plain Kubernetes JSON → trimmed objects. Called for every object of a manifest or of the API. Cold, but 50,000 times at a start.

import { Fields, isRecord } from './fields.ts';
import { isLabel, isSubdomain } from './names.ts';
import type { ClusterObject, Namespace, ObjectId, Pod } from './object.ts';
import { describeId } from './object.ts';
import { decodeService } from './service.ts';
import { decodeSlice } from './slice.ts';

/** Phases in which a pod has no name any more: the API is asked to leave such pods out (spec C2). */
const ENDED: readonly string[] = ['Succeeded', 'Failed', 'Unknown'];
/** Where the API server puts objects without a namespace. */
const DEFAULT_NAMESPACE = 'default';

/** Kinds by `apiVersion kind`: others of the same name (a Knative Service) are somebody else's. */
const DECODERS: Readonly<Record<string, (fields: Fields) => ClusterObject | undefined>> = {
  'v1 Namespace': (fields) => decodeNamespace(fields),
  'v1 Service': (fields) => decodeService(...identify('Service', fields)),
  'v1 Pod': (fields) => decodePod(...identify('Pod', fields)),
  'discovery.k8s.io/v1 EndpointSlice': (fields) => decodeSlice(...identify('EndpointSlice', fields)),
};

/**
 * The object, or undefined for a kind that has no names and for a pod that has ended.
 * Throws ObjectError: `Service default/web: spec.clusterIPs[0]: "x" is not an IP address`.
 */
export function decodeObject(value: unknown): ClusterObject | undefined {
  if (!isRecord(value)) return undefined;
  const decode = DECODERS[`${String(value['apiVersion'])} ${String(value['kind'])}`];
  return decode?.(new Fields(value, String(value['kind'])));
}

function identify(kind: ObjectId['kind'], fields: Fields): [id: ObjectId, fields: Fields] {
  const metadata = fields.fields('metadata');
  const namespace = metadata.matching('namespace', isLabel, 'a DNS label') || DEFAULT_NAMESPACE;
  const name = metadata.matching('name', isSubdomain, 'a name of lower-case letters, digits, "-" and "."');
  if (name === '') throw metadata.error('name', 'is missing');
  const id: ObjectId = { kind, namespace: kind === 'Namespace' ? '' : namespace, name };
  return [id, fields.about(describeId(id))];
}

function decodeNamespace(plain: Fields): Namespace {
  const [{ name }, fields] = identify('Namespace', plain);
  if (!isLabel(name)) throw fields.fields('metadata').error('name', `"${name}" is not a DNS label`);
  return { kind: 'Namespace', name, labels: fields.fields('metadata').labels('labels') };
}

function decodePod(id: ObjectId, fields: Fields): Pod | undefined {
  const status = fields.fields('status');
  if (ENDED.includes(status.text('phase'))) return undefined;
  const metadata = fields.fields('metadata');
  const { namespace, name } = id;
  status.address('podIP');
  return {
    kind: 'Pod',
    namespace,
    name,
    labels: metadata.labels('labels'),
    address: status.text('podIP').toLowerCase(),
    terminating: metadata.has('deletionTimestamp'),
  };
}
