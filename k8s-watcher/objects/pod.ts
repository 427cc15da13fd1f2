// core/v1 Pod: what is read of it → what is kept. Called for JSON and protobuf. Cold.

import { requireAddress } from './address.ts';
import type { PodDraft } from './draft.ts';
import type { Labels, ObjectId, Pod } from './object.ts';

/** Phases in which a pod has no name any more: the API is asked to leave such pods out (spec C2). */
const ENDED: readonly string[] = ['Succeeded', 'Failed', 'Unknown'];

/** Undefined for a pod that has ended. Throws ObjectError. */
export function checkPod(id: ObjectId, labels: Labels, draft: PodDraft): Pod | undefined {
  const { phase, podIP, terminating } = draft;
  if (ENDED.includes(phase)) return undefined;
  if (podIP !== '') requireAddress(id, 'status.podIP', podIP);
  return { kind: 'Pod', namespace: id.namespace, name: id.name, labels, address: podIP.toLowerCase(), terminating };
}
