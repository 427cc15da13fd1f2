// Which encoding is asked for, and who reads the one that comes. Used by reflector.ts and audit.ts. Cold.

import { openList, openMetadataList } from '../objects/protobuf/list.ts';
import { ProtobufWatch } from '../objects/protobuf/watch.ts';
import { type EventReader, StreamError, type WatchEvent } from './events.ts';
import { JsonEventReader, JsonListReader, readItem, readMetadata } from './json.ts';
import type { ListReader } from './list.ts';
import type { PlainMetadata, Resource } from './resources.ts';
import type { Settings } from './settings.ts';

const JSON_TYPE = 'application/json';
/** Half the octets, and objects are read without making anything of the fields that are not kept. */
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** The Accept header of lists and watches: custom resources are JSON only, and so may be the server. */
export function acceptOf({ protobuf }: Resource, settings: Settings): string {
  return protobuf && settings.protobuf ? `${PROTOBUF_TYPE},${JSON_TYPE}` : JSON_TYPE;
}

/** Reads a watch of that content type; `labelled`: somebody looks at labels. Throws StreamError for one that nobody asked for. */
export function openReader(resource: Resource, contentType: string, labelled: boolean): EventReader {
  if (isProtobuf(contentType)) return new ProtobufWatch(resource.kind, labelled);
  requireJson(contentType);
  return new JsonEventReader(resource);
}

/** The same of a list; its items are as if they had been added. */
export function openListReader(resource: Resource, contentType: string, labelled: boolean): ListReader<WatchEvent> {
  if (isProtobuf(contentType)) return openList(resource.kind, labelled);
  requireJson(contentType);
  return new JsonListReader((item) => readItem(resource, item));
}

/** The Accept header of a metadata-only list. */
export function acceptOfMetadata(settings: Settings): string {
  const types = settings.protobuf ? [PROTOBUF_TYPE, JSON_TYPE] : [JSON_TYPE];
  return [...types.map((type) => `${type};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`), JSON_TYPE].join();
}

/** Reads a metadata-only list, or a whole one in JSON. */
export function openMetadataReader(contentType: string): ListReader<PlainMetadata> {
  if (isProtobuf(contentType)) return openMetadataList();
  requireJson(contentType);
  return new JsonListReader(readMetadata);
}

function isProtobuf(contentType: string): boolean {
  return mediaType(contentType) === PROTOBUF_TYPE;
}

function requireJson(contentType: string): void {
  if (mediaType(contentType) !== JSON_TYPE)
    throw new StreamError(`the server answers with "${contentType}", which nobody asked for`);
}

function mediaType(contentType: string): string {
  return contentType.split(';')[0].trim();
}
