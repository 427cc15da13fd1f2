// Whose object it is: namespace and name, checked first, because every later message names them. Called for JSON and protobuf. Cold.

import { isLabel, isSubdomain } from './names.ts';
import type { Kind, ObjectId } from './object.ts';
import { missing, refusal } from './refusal.ts';

/** Where the API server puts objects without a namespace. */
const DEFAULT_NAMESPACE = 'default';

/** '' for a namespace that is absent. Throws ObjectError: `Service: metadata.name: is missing`. */
export function identify(kind: Kind, namespace: string, name: string): ObjectId {
  if (namespace !== '' && !isLabel(namespace)) throw refusal(kind, 'metadata.namespace', namespace, 'a DNS label');
  if (name === '') throw missing(kind, 'metadata.name');
  if (!isSubdomain(name))
    throw refusal(kind, 'metadata.name', name, 'a name of lower-case letters, digits, "-" and "."');
  return { kind, namespace: kind === 'Namespace' ? '' : namespace || DEFAULT_NAMESPACE, name };
}

/** Services and namespaces are labels of names. */
export function requireLabel(id: ObjectId): void {
  if (!isLabel(id.name)) throw refusal(id, 'metadata.name', id.name, 'a DNS label');
}
