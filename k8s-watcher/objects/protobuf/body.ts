// What one kind of objects adds to the metadata that all have. Implemented by service.ts, slice.ts, pod.ts, namespace.ts. Cold.

import type { ClusterObject, ObjectId } from '../object.ts';
import type { Metadata } from './meta.ts';
import type { Reader } from './reader.ts';

export interface Body {
  /** Reads or skips the value of a field of the object other than its metadata. */
  take(tag: number, reader: Reader): void;
  /** The object when all fields have been read; undefined for one without names. Throws ObjectError. */
  check(id: ObjectId, metadata: Metadata): ClusterObject | undefined;
}
