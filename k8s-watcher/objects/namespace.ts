// core/v1 Namespace: what is read of it → what is kept. Called for JSON and protobuf. Cold.

import { requireLabel } from './identity.ts';
import type { Labels, Namespace, ObjectId } from './object.ts';

/** Throws ObjectError. */
export function checkNamespace(id: ObjectId, labels: Labels): Namespace {
  requireLabel(id);
  return { kind: 'Namespace', name: id.name, labels };
}
