// Plain Kubernetes JSON → trimmed objects. Called for every object of a manifest, and for those that the API has as JSON only. Cold.

import { Fields, isRecord } from './fields.ts';
import { identify } from './identity.ts';
import { checkImport } from './import.ts';
import { importDraft, podDraft, serviceDraft, sliceDraft } from './json.ts';
import { checkNamespace } from './namespace.ts';
import type { ClusterObject, Kind, Labels, ObjectId } from './object.ts';
import { describeId } from './object.ts';
import { checkPod } from './pod.ts';
import { checkService } from './service.ts';
import { CHANGE_TIME, checkSlice } from './slice.ts';

type Decode = (id: ObjectId, labels: Labels, fields: Fields) => ClusterObject | undefined;

interface Decoder {
  readonly kind: Kind;
  readonly decode: Decode;
}

/** Kinds by `apiVersion kind`: others of the same name (a Knative Service) are somebody else's. */
const DECODERS: Readonly<Record<string, Decoder>> = {
  'v1 Namespace': { kind: 'Namespace', decode: checkNamespace },
  'v1 Service': { kind: 'Service', decode: (id, labels, fields) => checkService(id, labels, serviceDraft(fields)) },
  'v1 Pod': { kind: 'Pod', decode: (id, labels, fields) => checkPod(id, labels, podDraft(fields)) },
  'discovery.k8s.io/v1 EndpointSlice': {
    kind: 'EndpointSlice',
    decode: (id, labels, fields) => checkSlice(id, labels, sliceDraft(fields), changeTimeOf(fields)),
  },
  'multicluster.x-k8s.io/v1alpha1 ServiceImport': {
    kind: 'ServiceImport',
    decode: (id, labels, fields) => checkImport(id, labels, importDraft(fields)),
  },
};

/**
 * The object, or undefined for a kind that has no names and for a pod that has ended.
 * Throws ObjectError: `Service default/web: spec.clusterIPs[0]: "x" is not an IP address`.
 */
export function decodeObject(value: unknown): ClusterObject | undefined {
  if (!isRecord(value)) return undefined;
  const decoder = DECODERS[`${String(value['apiVersion'])} ${String(value['kind'])}`];
  if (decoder === undefined) return undefined;
  const plain = new Fields(value, decoder.kind);
  const metadata = plain.fields('metadata');
  const id = identify(decoder.kind, metadata.text('namespace'), metadata.text('name'));
  const fields = plain.about(describeId(id));
  return decoder.decode(id, fields.fields('metadata').labels('labels'), fields);
}

function changeTimeOf(fields: Fields): string {
  return fields.fields('metadata').fields('annotations').text(CHANGE_TIME);
}
