// One object of a known kind. Called by event.ts and list.ts. Cold.

import { ObjectError } from '../../errors.ts';
import { identify } from '../identity.ts';
import type { ClusterObject, ObjectId } from '../object.ts';
import type { ProtobufKind } from './kinds.ts';
import { Metadata } from './meta.ts';
import { lengthTag, type Reader } from './reader.ts';

/** Of all objects alike. */
const METADATA = lengthTag(1);

/** What was read of an object. */
export interface DecodedObject {
  /** Undefined for an object that cannot be named. */
  readonly id: ObjectId | undefined;
  readonly resourceVersion: string;
  /** Undefined for one without names (a pod that has ended), and for one that cannot be read. */
  readonly object: ClusterObject | undefined;
  /** Why it cannot be read, one line; '' when it can. */
  readonly problem: string;
}

/** Reads what `reader` is open on to its end. Throws ProtobufError. */
export function readObject(kind: ProtobufKind, reader: Reader): DecodedObject {
  const metadata = new Metadata();
  const body = kind.open();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === METADATA) metadata.read(reader, false);
    else body.take(tag, reader);
  const { resourceVersion } = metadata;
  let id: ObjectId | undefined;
  try {
    const plainId = identify(kind.plainKind, metadata.namespace, metadata.name);
    id = ownId(kind, plainId);
    return { id, resourceVersion, object: body.check(plainId, metadata), problem: '' };
  } catch (error) {
    if (error instanceof ObjectError) return { id, resourceVersion, object: undefined, problem: error.message };
    throw error;
  }
}

/** Reads who it is and nothing more: of an object that is gone, or of one in a list of metadata. */
export function readIdentity(kind: ProtobufKind, reader: Reader): DecodedObject {
  const metadata = readMetadata(reader);
  const { resourceVersion } = metadata;
  try {
    const id = ownId(kind, identify(kind.plainKind, metadata.namespace, metadata.name));
    return { id, resourceVersion, object: undefined, problem: '' };
  } catch (error) {
    if (error instanceof ObjectError)
      return { id: undefined, resourceVersion, object: undefined, problem: error.message };
    throw error;
  }
}

/** The metadata of any object, annotations too. */
export function readMetadata(reader: Reader): Metadata {
  const metadata = new Metadata();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === METADATA) metadata.read(reader, true);
    else reader.skip(tag);
  return metadata;
}

function ownId({ kind }: ProtobufKind, plain: ObjectId): ObjectId {
  return kind === plain.kind ? plain : { kind, namespace: plain.namespace, name: plain.name };
}
