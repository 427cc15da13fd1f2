// Kubernetes JSON → watch events and objects, trimmed at once. Used by watch.ts and list.ts. Cold, but once for every object and event.

import { ObjectError } from '../errors.ts';
import { isRecord } from '../objects/fields.ts';
import type { ClusterObject, ObjectId } from '../objects/object.ts';
import { type EventReader, INITIAL_EVENTS_END, type StatusParts, StreamError, type WatchEvent } from './events.ts';
import { ItemSplitter } from './items.ts';
import { LineSplitter } from './lines.ts';
import type { ListEnd, ListReader } from './list.ts';
import type { PlainMetadata, Resource } from './resources.ts';

type Plain = Readonly<Record<string, unknown>>;
const NOTHING: Plain = {};
const TYPES: readonly string[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] satisfies WatchEvent['type'][];

/** Lines of a watch → events. */
export class JsonEventReader implements EventReader {
  readonly #resource: Resource;
  readonly #lines = new LineSplitter();

  constructor(resource: Resource) {
    this.#resource = resource;
  }

  push(chunk: Uint8Array, each: (event: WatchEvent) => void): void {
    this.#lines.push(chunk, (line) => each(readEvent(this.#resource, line)));
  }
}

/** A JSON list → whatever `read` makes of its items. */
export class JsonListReader<Item> implements ListReader<Item> {
  readonly #items = new ItemSplitter();
  readonly #read: (item: string) => Item;

  constructor(read: (item: string) => Item) {
    this.#read = read;
  }

  push(chunk: Uint8Array, each: (item: Item) => void): void {
    this.#items.push(chunk, (item) => each(this.#read(item)));
  }

  end(): ListEnd {
    return readListMetadata(this.#items.end());
  }
}

/** One line `{"type":…,"object":{…}}`. Throws StreamError when it is none. */
export function readEvent(resource: Resource, line: string): WatchEvent {
  const { type, object } = parseRecord(line);
  if (!isEventType(type)) throw new StreamError(`"${quote(line)}" is no watch event`);
  if (!isRecord(object)) throw new StreamError(`a watch event of type ${type} without object`);
  if (type === 'ERROR') return { type, resourceVersion: '', initialEventsEnd: false, status: readStatus(object) };
  const metadata = metadataOf(object);
  const resourceVersion = textOf(metadata['resourceVersion']);
  if (type === 'BOOKMARK') return { type, resourceVersion, initialEventsEnd: endsInitialEvents(metadata) };
  const id = idOfMetadata(resource, metadata);
  if (type === 'DELETED') return { type, id, resourceVersion, initialEventsEnd: false };
  return { type, id, resourceVersion, initialEventsEnd: false, ...readObject(resource, object) };
}

/** One item of a list, as if it had been added. Throws StreamError for what is no object at all. */
export function readItem(resource: Resource, item: string): WatchEvent {
  const plain = parseRecord(item);
  const metadata = metadataOf(plain);
  return {
    type: 'ADDED',
    id: idOfMetadata(resource, metadata),
    resourceVersion: textOf(metadata['resourceVersion']),
    initialEventsEnd: false,
    // Items of a list leave out what the list says once.
    ...readObject(resource, { ...plain, apiVersion: resource.apiVersion, kind: resource.plainKind }),
  };
}

/** Metadata of one item of a metadata-only list. */
export function readMetadata(item: string): PlainMetadata {
  return metadataOf(parseRecord(item));
}

/** What a Status object says. */
export function readStatus(status: Plain): StatusParts {
  const details = isRecord(status['details']) ? status['details'] : NOTHING;
  return {
    code: numberOf(status['code']),
    reason: textOf(status['reason']),
    message: textOf(status['message']),
    retryAfter: numberOf(details['retryAfterSeconds']),
  };
}

function readListMetadata(envelope: unknown): ListEnd {
  const metadata = metadataOf(isRecord(envelope) ? envelope : NOTHING);
  const resourceVersion = textOf(metadata['resourceVersion']);
  if (resourceVersion === '') throw new StreamError('the list does not say its resourceVersion');
  return { resourceVersion, next: textOf(metadata['continue']) };
}

function readObject(resource: Resource, plain: Plain): { object?: ClusterObject | undefined; problem?: string } {
  try {
    return { object: resource.decode(plain) };
  } catch (error) {
    if (error instanceof ObjectError) return { problem: error.message };
    throw error;
  }
}

function idOfMetadata({ kind }: Resource, metadata: Plain): ObjectId {
  return { kind, namespace: kind === 'Namespace' ? '' : textOf(metadata['namespace']), name: textOf(metadata['name']) };
}

function endsInitialEvents({ annotations }: Plain): boolean {
  return isRecord(annotations) && annotations[INITIAL_EVENTS_END] === 'true';
}

function parseRecord(text: string): Plain {
  const value = parse(text);
  if (!isRecord(value)) throw new StreamError(`"${quote(text)}" is no object`);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new StreamError(`"${quote(text)}" is not JSON`);
  }
}

/** The beginning of it on one line. */
function quote(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…`.replaceAll(/\s/g, ' ') : text.replaceAll(/\s/g, ' ');
}

function isEventType(value: unknown): value is WatchEvent['type'] {
  return typeof value === 'string' && TYPES.includes(value);
}

function metadataOf(plain: Plain): Plain {
  return isRecord(plain['metadata']) ? plain['metadata'] : NOTHING;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
