// Which encoding is asked for, and who reads the one that comes. Used by reflector.ts and audit.ts. Cold.

import { type EventReader, StreamError, type WatchEvent } from './events.ts';
import { JsonEventReader, JsonListReader, readItem, readMetadata } from './json.ts';
import type { ListReader } from './list.ts';
import type { PlainMetadata, Resource } from './resources.ts';
import type { Settings } from './settings.ts';

const JSON_TYPE = 'application/json';

/** The Accept header of lists and watches. */
export function acceptOf(_resource: Resource, _settings: Settings): string {
  return JSON_TYPE;
}

/** Reads a watch of that content type. Throws StreamError for one that nobody asked for. */
export function openReader(resource: Resource, contentType: string): EventReader {
  requireJson(contentType);
  return new JsonEventReader(resource);
}

/** Reads a list; its items are as if they had been added. */
export function openListReader(resource: Resource, contentType: string): ListReader<WatchEvent> {
  requireJson(contentType);
  return new JsonListReader((item) => readItem(resource, item));
}

/** Reads a metadata-only list. */
export function openMetadataReader(contentType: string): ListReader<PlainMetadata> {
  requireJson(contentType);
  return new JsonListReader(readMetadata);
}

function requireJson(contentType: string): void {
  if (mediaType(contentType) !== JSON_TYPE)
    throw new StreamError(`the server answers with "${contentType}" instead of ${JSON_TYPE}`);
}

function mediaType(contentType: string): string {
  return contentType.split(';')[0].trim();
}
