// meta.v1.WatchEvent. Called by watch.ts for every frame of a watch. Cold.
//
//     { type = 1, object = 2 { raw = 1 (an envelope) } }

import type { WatchEvent, WatchEventType } from '../../api/events.ts';
import { openEnvelope } from './envelope.ts';
import { ProtobufError } from './error.ts';
import type { ProtobufKind } from './kinds.ts';
import { readIdentity, readMetadata, readObject } from './object.ts';
import { lengthTag, Reader } from './reader.ts';
import { readStatus, STATUS_TYPE } from './status.ts';

const WATCH_EVENT = { type: lengthTag(1), object: lengthTag(2) } as const;
const RAW_EXTENSION = { raw: lengthTag(1) } as const;
const TYPES: ReadonlySet<string> = new Set<WatchEventType>(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

const reader = new Reader();

/** The event within [from, to). Throws ProtobufError; an object that is wrong in itself is a `problem` of the event. */
export function decodeWatchEvent(kind: ProtobufKind, bytes: Buffer, from: number, to: number): WatchEvent {
  reader.open(bytes, from, to);
  let type = '';
  let start = 0;
  let end = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
    if (tag === WATCH_EVENT.type) type = reader.word();
    else if (tag === WATCH_EVENT.object) {
      readExtension();
      [start, end] = [reader.from, reader.to];
    } else reader.skip(tag);
  if (!isType(type)) throw new ProtobufError(`an event of type ${JSON.stringify(type.slice(0, 40))}`);
  return readEvent(kind, type, openEnvelope(reader, bytes, start, end));
}

function isType(text: string): text is WatchEventType {
  return TYPES.has(text);
}

/** Leaves the place of the envelope in `reader.from` and `reader.to`. */
function readExtension(): void {
  let start = 0;
  let end = 0;
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    reader.skip(tag);
    if (tag === RAW_EXTENSION.raw) [start, end] = [reader.from, reader.to];
  }
  reader.leave(outer);
  [reader.from, reader.to] = [start, end];
}

function readEvent(kind: ProtobufKind, type: WatchEventType, objectType: string): WatchEvent {
  if (type === 'ERROR') {
    if (objectType !== STATUS_TYPE) throw unexpected(objectType, STATUS_TYPE);
    return { type, resourceVersion: '', initialEventsEnd: false, status: readStatus(reader) };
  }
  const wanted = `${kind.apiVersion} ${kind.plainKind}`;
  if (objectType !== wanted) throw unexpected(objectType, wanted);
  if (type === 'BOOKMARK') {
    const { resourceVersion, initialEventsEnd } = readMetadata(reader);
    return { type, resourceVersion, initialEventsEnd };
  }
  return type === 'DELETED' ? readIdentity(kind, reader, type) : readObject(kind, reader, type);
}

function unexpected(type: string, wanted: string): ProtobufError {
  return new ProtobufError(`an object of type ${JSON.stringify(type.slice(0, 80))} where ${wanted} was expected`);
}
