// The body of a list, one item at a time while it comes: it may hold all objects of the cluster. Called by k8s-watcher/api. Cold.

import type { WatchEvent } from '../../api/events.ts';
import type { ListEnd, ListReader } from '../../api/list.ts';
import type { Kind } from '../object.ts';
import { isEnvelope, MAGIC, readType, refuseEncoding, UNKNOWN } from './envelope.ts';
import { ProtobufError } from './error.ts';
import { protobufKind } from './kinds.ts';
import type { Metadata } from './meta.ts';
import { readMetadata, readObject } from './object.ts';
import { Pending } from './pending.ts';
import { lengthTag, Reader } from './reader.ts';
import { FieldScanner } from './scanner.ts';
import { MESSAGE_LIMIT } from './watch.ts';

const LIST = { metadata: lengthTag(1), items: lengthTag(2) } as const;
const LIST_META = { resourceVersion: lengthTag(2), continue: lengthTag(3) } as const;
const METADATA_LIST = 'meta.k8s.io/v1 PartialObjectMetadataList';

/** A list of objects; its items are as if they had been added. `labelled`: see `protobufKind`. Throws RangeError for kinds that are not served as protobuf. */
export function openList(kind: Kind, labelled = true, limit: number = MESSAGE_LIMIT): ProtobufList<WatchEvent> {
  const row = protobufKind(kind, labelled);
  const type = `${row.apiVersion} ${row.plainKind}List`;
  return new ProtobufList(type, (reader) => readObject(row, reader, 'ADDED'), limit);
}

/** A metadata-only list of any kind. */
export function openMetadataList(limit: number = MESSAGE_LIMIT): ProtobufList<Metadata> {
  return new ProtobufList(METADATA_LIST, readMetadata, limit);
}

/** Where in the picture above the next octet is. */
const PLACE = { start: 0, envelope: 1, list: 2 } as const;
type Place = (typeof PLACE)[keyof typeof PLACE];

/**
 *     k8s\0 · typeMeta = 1 · raw = 2 ┌ metadata = 1 { resourceVersion = 2, continue = 3 } ┐ · contentEncoding = 3 · contentType = 4
 *                                    └ items = 2 · items = 2 · …                          ┘
 */
export class ProtobufList<Item> implements ListReader<Item> {
  /** What the list has to be: `v1 ServiceList`. */
  readonly #wanted: string;
  readonly #read: (reader: Reader) => Item;
  readonly #limit: number;
  readonly #pending = new Pending();
  readonly #scanner = new FieldScanner();
  readonly #reader = new Reader();
  #place: Place = PLACE.start;
  /** Octets of `raw` that are still to come. */
  #left = 0;
  #type = '';
  #listed = false;
  #resourceVersion = '';
  #next = '';

  constructor(wanted: string, read: (reader: Reader) => Item, limit: number) {
    this.#wanted = wanted;
    this.#read = read;
    this.#limit = limit;
  }

  /** Tells every item that is complete by now. Throws ProtobufError: the rest of the body is of no use. */
  push(chunk: Uint8Array, each: (item: Item) => void): void {
    this.#pending.push(chunk);
    if (this.#place === PLACE.start && !this.#readMagic()) return;
    while (this.#scan()) {
      if (this.#place === PLACE.envelope) this.#takeOfEnvelope();
      else this.#takeOfList(each);
    }
  }

  /** The body has ended. Throws ProtobufError when the list has not. */
  end(): ListEnd {
    if (!this.#listed || this.#place !== PLACE.envelope || this.#pending.length > 0)
      throw new ProtobufError('the list ends before its end');
    if (this.#resourceVersion === '') throw new ProtobufError('the list does not say its resourceVersion');
    return { resourceVersion: this.#resourceVersion, next: this.#next };
  }

  #readMagic(): boolean {
    const pending = this.#pending;
    if (pending.length < MAGIC.length) return false;
    if (!isEnvelope(pending.bytes, pending.from, pending.to))
      throw new ProtobufError('a list does not begin with k8s\\0');
    pending.from += MAGIC.length;
    this.#place = PLACE.envelope;
    return true;
  }

  /** True when there is a field to take: a whole one, or the beginning of the list itself. */
  #scan(): boolean {
    const { bytes, from, to } = this.#pending;
    const inList = this.#place === PLACE.list;
    if (inList && this.#left === 0) {
      this.#place = PLACE.envelope;
      return this.#scan();
    }
    const scanner = this.#scanner;
    if (!scanner.scan(bytes, from, to)) return false;
    if (inList && scanner.end - from > this.#left) throw new ProtobufError('a field ends after its message');
    if (!inList && scanner.tag === UNKNOWN.raw) return true;
    if (scanner.end - from > this.#limit)
      throw new ProtobufError(`a field of ${scanner.end - from} octets; ${this.#limit} are allowed`);
    return scanner.end <= to;
  }

  #takeOfEnvelope(): void {
    const { tag, at, body, end } = this.#scanner;
    if (tag === UNKNOWN.raw) {
      this.#checkType();
      this.#pending.from = body;
      this.#left = end - body;
      this.#place = PLACE.list;
      this.#listed = true;
      return;
    }
    const reader = this.#reader.open(this.#pending.bytes, at, end);
    this.#pending.from = end;
    reader.tag();
    if (tag === UNKNOWN.typeMeta) this.#type = readType(reader);
    else if (tag === UNKNOWN.contentEncoding) refuseEncoding(reader);
  }

  #checkType(): void {
    if (this.#type !== this.#wanted)
      throw new ProtobufError(`${JSON.stringify(this.#type.slice(0, 80))} where ${this.#wanted} was expected`);
    if (this.#listed) throw new ProtobufError('two lists in one');
  }

  #takeOfList(each: (item: Item) => void): void {
    const { tag, at, body, end } = this.#scanner;
    const reader = this.#reader.open(this.#pending.bytes, body, end);
    this.#pending.from = end;
    this.#left -= end - at;
    if (tag === LIST.metadata) this.#readMetadata(reader);
    else if (tag === LIST.items) each(this.#read(reader));
  }

  #readMetadata(reader: Reader): void {
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
      if (tag === LIST_META.resourceVersion) this.#resourceVersion = reader.text();
      else if (tag === LIST_META.continue) this.#next = reader.text();
      else reader.skip(tag);
  }
}
