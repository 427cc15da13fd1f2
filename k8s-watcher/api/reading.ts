// Which encoding a watch is asked for, and who reads the one that comes. Used by reflector.ts. Cold.

import { type EventReader, StreamError } from './events.ts';
import { JsonEventReader } from './json.ts';
import type { Resource } from './resources.ts';
import type { Settings } from './settings.ts';

const JSON_TYPE = 'application/json';

/** The Accept header of a watch. */
export function acceptsOf(_resource: Resource, _settings: Settings): string {
  return JSON_TYPE;
}

/** Reads a body of that content type. Throws StreamError for one that nobody asked for. */
export function openReader(resource: Resource, contentType: string): EventReader {
  const [type] = contentType.split(';');
  if (type.trim() === JSON_TYPE) return new JsonEventReader(resource);
  throw new StreamError(`the server answers with "${contentType}" instead of ${JSON_TYPE}`);
}
