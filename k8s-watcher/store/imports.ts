// ServiceImports and their slices: services of other clusters. Part of the store; empty, and free, in clusters without them. Cold.

import type { ClusterObject, ImportSlice, Kind, ObjectId, ServiceImport } from '../objects/object.ts';
import type { Journal } from './journal.ts';
import { Multimap } from './multimap.ts';
import type { ImportView, ObjectRecord, ServiceSnapshot, SliceRecord } from './records.ts';

export type ImportKind = (ServiceImport | ImportSlice)['kind'];

export function isImportKind(kind: Kind): kind is ImportKind {
  return kind === 'ServiceImport' || kind === 'ImportSlice';
}

/** What a namespace imports. */
class ImportBucket {
  readonly imports = new Map<string, ObjectRecord>();
  readonly slices = new Map<string, SliceRecord>();
  /** Slices by the name of their import. */
  readonly slicesOf = new Multimap<string, SliceRecord>();

  of(kind: ImportKind): ReadonlyMap<string, ObjectRecord> {
    return kind === 'ServiceImport' ? this.imports : this.slices;
  }

  get empty(): boolean {
    return this.imports.size + this.slices.size === 0;
  }
}

/** Written by the store alone. Nothing is looked for by address here: reverse names are those of the cluster's own objects (spec C9). */
export class ImportStore {
  readonly #journal: Journal;
  readonly #buckets = new Map<string, ImportBucket>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Names of all imports of a namespace. */
  names(namespace: string): string[] {
    return [...(this.#buckets.get(namespace)?.imports.keys() ?? [])];
  }

  view(namespace: string, name: string): ImportView {
    return this.viewOf(this.#snapshot(namespace, name));
  }

  /** A snapshot of `changes` as objects; valid until `settle`. */
  viewOf({ namespace, name, service, slices }: ServiceSnapshot): ImportView {
    const { codec } = this.#journal;
    return {
      namespace,
      name,
      service: service === undefined ? undefined : codec.decodeImport(service, { namespace, name }),
      slices: slices.map((slice) => codec.decodeImportSlice(slice.pack, { namespace, name: slice.name })),
    };
  }

  *objects(): Generator<ClusterObject> {
    const { codec } = this.#journal;
    for (const bucket of this.#buckets.values()) {
      for (const record of bucket.imports.values()) yield codec.decodeImport(record.pack, record);
      for (const record of bucket.slices.values()) yield codec.decodeImportSlice(record.pack, record);
    }
  }

  /** See Store.unmarked. */
  *unmarked(kind: ImportKind): Generator<ObjectId> {
    const list = this.#journal.list(kind);
    for (const bucket of this.#buckets.values())
      for (const { namespace, name, list: seen } of bucket.of(kind).values())
        if (seen !== list) yield { kind, namespace, name };
  }

  put(object: ServiceImport | ImportSlice): void {
    if (object.kind === 'ServiceImport') this.#putImport(object);
    else if (object.service !== '') this.#putSlice(object);
    // Without an import it has no names; with one before, it loses them.
    else this.delete('ImportSlice', object.namespace, object.name);
  }

  delete(kind: ImportKind, namespace: string, name: string): void {
    const bucket = this.#buckets.get(namespace);
    if (bucket === undefined) return;
    if (kind === 'ServiceImport') this.#dropImport(bucket, bucket.imports.get(name));
    else this.#dropSlice(bucket, bucket.slices.get(name));
    if (bucket.empty) this.#buckets.delete(namespace);
  }

  #bucket(namespace: string): ImportBucket {
    const known = this.#buckets.get(namespace);
    if (known !== undefined) return known;
    const bucket = new ImportBucket();
    this.#buckets.set(namespace, bucket);
    return bucket;
  }

  #putImport(service: ServiceImport): void {
    const journal = this.#journal;
    const { kind, namespace, name } = service;
    const { imports } = this.#bucket(namespace);
    const pack = journal.codec.encodeImport(service);
    const list = journal.list(kind);
    const known = imports.get(name);
    if (known !== undefined) known.list = list;
    if (known?.pack === pack) {
      journal.discard(pack);
      return;
    }
    this.#touch(namespace, name);
    const before = known?.pack;
    if (known === undefined) imports.set(name, { namespace, name, pack, list });
    else known.pack = pack;
    journal.changed(kind, namespace, name, before, pack);
  }

  #dropImport(bucket: ImportBucket, record: ObjectRecord | undefined): void {
    if (record === undefined) return;
    const { namespace, name, pack } = record;
    this.#touch(namespace, name);
    bucket.imports.delete(name);
    this.#journal.changed('ServiceImport', namespace, name, pack, undefined);
  }

  #putSlice(slice: ImportSlice): void {
    const journal = this.#journal;
    const { kind, namespace, name, service } = slice;
    const bucket = this.#bucket(namespace);
    const pack = journal.codec.encodeImportSlice(slice);
    const list = journal.list(kind);
    const known = bucket.slices.get(name);
    if (known !== undefined) known.list = list;
    if (known?.pack === pack) {
      journal.discard(pack);
      return;
    }
    this.#touch(namespace, service);
    const record = known ?? { namespace, name, service, pack, list };
    const before = known?.pack;
    if (known === undefined) bucket.slices.set(name, record);
    else this.#unindex(bucket, known);
    record.pack = pack;
    record.service = service;
    bucket.slicesOf.add(service, record);
    journal.changed(kind, namespace, name, before, pack);
  }

  #dropSlice(bucket: ImportBucket, record: SliceRecord | undefined): void {
    if (record === undefined) return;
    const { namespace, name, pack } = record;
    this.#unindex(bucket, record);
    bucket.slices.delete(name);
    this.#journal.changed('ImportSlice', namespace, name, pack, undefined);
  }

  /** Touches the import that it belonged to. */
  #unindex(bucket: ImportBucket, record: SliceRecord): void {
    this.#touch(record.namespace, record.service);
    bucket.slicesOf.delete(record.service, record);
  }

  /** Keeps how the import was, unless the batch has touched it before. */
  #touch(namespace: string, name: string): void {
    const { tracking, changes } = this.#journal;
    const key = `${namespace}/${name}`;
    if (tracking && !changes.imports.has(key)) changes.imports.set(key, this.#snapshot(namespace, name));
  }

  #snapshot(namespace: string, name: string): ServiceSnapshot {
    const bucket = this.#buckets.get(namespace);
    const slices = (bucket?.slicesOf.get(name) ?? []).map((record) => ({ name: record.name, pack: record.pack }));
    slices.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { namespace, name, service: bucket?.imports.get(name)?.pack, slices };
  }
}
