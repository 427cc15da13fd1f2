// One object of a known kind. Called by event.ts and list.ts. Cold.

import type { WatchEvent, WatchEventType } from '../../api/events.ts';
import { ObjectError } from '../../errors.ts';
import { identify } from '../identity.ts';
import type { ClusterObject, ObjectId } from '../object.ts';
import type { ProtobufKind } from './kinds.ts';
import { Metadata } from './meta.ts';
import { lengthTag, type Reader } from './reader.ts';

/** Of all objects alike. */
const METADATA = lengthTag(1);

/** Reads what `reader` is open on to its end. Throws ProtobufError; what is wrong in the object itself is a `problem`. */
export function readObject(kind: ProtobufKind, reader: Reader, type: WatchEventType): WatchEvent {
  const metadata = new Metadata();
  const body = kind.open();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === METADATA) metadata.read(reader, kind.kind === 'EndpointSlice', kind.labels);
    else body.take(tag, reader);
  const { resourceVersion } = metadata;
  const id = ownId(kind, metadata);
  let object: ClusterObject | undefined;
  let problem: string | undefined;
  try {
    object = body.check(identify(kind.plainKind, metadata.namespace, metadata.name), metadata);
  } catch (error) {
    if (!(error instanceof ObjectError)) throw error;
    problem = error.message;
  }
  return { type, object, id, resourceVersion, initialEventsEnd: false, problem };
}

/** Reads who it was: of an object that is gone. */
export function readIdentity(kind: ProtobufKind, reader: Reader, type: WatchEventType): WatchEvent {
  const metadata = readMetadata(reader);
  const id = ownId(kind, metadata);
  return { type, id, resourceVersion: metadata.resourceVersion, initialEventsEnd: false };
}

/** The metadata of any object, annotations too. */
export function readMetadata(reader: Reader): Metadata {
  const metadata = new Metadata();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === METADATA) metadata.read(reader, true, null);
    else reader.skip(tag);
  return metadata;
}

/** As the server says it, checked or not. */
function ownId({ kind }: ProtobufKind, { namespace, name }: Metadata): ObjectId {
  return { kind, namespace: kind === 'Namespace' ? '' : namespace, name };
}
