// The objects of the fake API server with their history: one counter of versions, one log of changes. Tests only.

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../objects/fields.ts';
import type { Plain } from '../objects.ts';
import type { Resource } from './resources.ts';
import { RESOURCES, resourceOfObject } from './resources.ts';
import { expired, tooLarge } from './status.ts';

/** Changes that are kept; older ones are compacted away. 100,000 suffice for any test, and bound the memory of a long run by hand. */
const MAX_HISTORY = 100_000;

export interface Stored {
  /** `namespace/name`, or `name`: lists are in this order. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  /** Complete, with apiVersion, kind and all metadata. */
  readonly object: Plain;
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface Change {
  readonly resource: Resource;
  readonly type: ChangeType;
  readonly version: number;
  /** What it became; of a deletion, what it was, under the version of the deletion. */
  readonly now: Stored;
  readonly before: Stored | undefined;
  /** No watch is ever told. */
  readonly silent: boolean;
}

export type Listener = (change: Change) => void;

export class State {
  readonly #tables: ReadonlyMap<Resource, Map<string, Stored>> = new Map(RESOURCES.map((each) => [each, new Map()]));
  readonly #sorted = new Map<Resource, readonly Stored[]>();
  readonly #listeners = new Set<Listener>();
  readonly #latest = new Map<Resource, number>();
  #log: Change[] = [];
  readonly #first: number;
  #version: number;
  #oldest: number;
  #silent = false;

  constructor(version: number) {
    this.#first = version;
    this.#version = version;
    this.#oldest = version;
  }

  /** Of the newest change of all resources. */
  get version(): number {
    return this.#version;
  }

  /** Of the newest change of that resource. */
  versionOf(resource: Resource): number {
    return this.#latest.get(resource) ?? this.#first;
  }

  /** What changed after this version can be told; earlier changes are forgotten. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Creates or updates. An object that is what it was keeps its version, and nobody is told, unless there is a `version` for the change. */
  put(plain: Plain, version?: number): Stored {
    const resource = resourceOfObject(plain['apiVersion'], plain['kind']);
    if (resource === undefined) throw new Error(`${plain['apiVersion']} ${plain['kind']} is not served`);
    const metadata = isRecord(plain['metadata']) ? plain['metadata'] : {};
    const name = String(metadata['name'] ?? '');
    if (name === '') throw new Error(`${resource.kind}: metadata.name is missing`);
    const namespace = resource.namespaced ? String(metadata['namespace'] ?? 'default') : '';
    const before = this.get(resource, namespace, name);
    const object = complete(resource, plain, metadata, { name, namespace }, before);
    if (version === undefined && before !== undefined && sameContent(before.object, object)) return before;
    const now = stamp(resource, object, this.#next(version));
    this.#table(resource).set(now.key, now);
    this.#record({ resource, type: before ? 'MODIFIED' : 'ADDED', version: now.version, now, before });
    return now;
  }

  /** What it was, under the version of the deletion; undefined when there is no such object. */
  delete(resource: Resource, namespace: string, name: string, version?: number): Stored | undefined {
    const before = this.get(resource, namespace, name);
    if (before === undefined) return undefined;
    const now = stamp(resource, before.object, this.#next(version));
    this.#table(resource).delete(before.key);
    this.#record({ resource, type: 'DELETED', version: now.version, now, before });
    return now;
  }

  get(resource: Resource, namespace: string, name: string): Stored | undefined {
    return this.#table(resource).get(keyOf(resource.namespaced ? namespace : '', name));
  }

  /** All objects in the order of their keys. */
  list(resource: Resource): readonly Stored[] {
    const known = this.#sorted.get(resource);
    if (known !== undefined) return known;
    const sorted = inOrder(this.#table(resource));
    this.#sorted.set(resource, sorted);
    return sorted;
  }

  /** All objects as they were at that version. Throws StatusError 410 and 504. */
  listAt(resource: Resource, version: number): readonly Stored[] {
    if (version > this.#version) throw tooLarge(version, this.#version);
    if (version < this.#oldest) throw expired(version, this.#oldest);
    const later = this.#log.filter((change) => change.resource === resource && change.version > version);
    if (later.length === 0) return this.list(resource);
    const table = new Map(this.#table(resource));
    for (const { now, before } of later.reverse()) {
      if (before === undefined) table.delete(now.key);
      else table.set(now.key, before);
    }
    return inOrder(table);
  }

  /** Changes after that version, silent ones left out. Throws StatusError 410. */
  since(resource: Resource, version: number): Change[] {
    if (version < this.#oldest) throw expired(version, this.#oldest);
    return this.#log.filter((change) => change.resource === resource && change.version > version && !change.silent);
  }

  /** Forgets what changed until now: whoever wants to know later is told that it has expired. */
  compact(): void {
    this.#log = [];
    this.#oldest = this.#version;
  }

  /** What `change` does happens without a word to any watch, now or later. */
  gap(change: () => void): void {
    this.#silent = true;
    try {
      change();
    } finally {
      this.#silent = false;
    }
  }

  /** Lets versions pass, as changes of other resources do. Throws RangeError for one that has passed. */
  advance(version: number): void {
    if (version < this.#version) throw new RangeError(`version ${version} has passed: it is ${this.#version}`);
    this.#version = version;
  }

  /** Calls `listener` for every change from now on; returns what ends that. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #next(version = this.#version + 1): number {
    if (version <= this.#version) throw new RangeError(`version ${version} has passed: it is ${this.#version}`);
    this.#version = version;
    return version;
  }

  #table(resource: Resource): Map<string, Stored> {
    return this.#tables.get(resource)!;
  }

  #record(change: Omit<Change, 'silent'>): void {
    const entry: Change = { ...change, silent: this.#silent };
    this.#sorted.delete(change.resource);
    this.#latest.set(change.resource, change.version);
    this.#log.push(entry);
    if (this.#log.length > MAX_HISTORY) this.#forget(this.#log.length >> 1);
    if (!entry.silent) for (const listener of this.#listeners) listener(entry);
  }

  #forget(count: number): void {
    this.#oldest = this.#log[count - 1].version;
    this.#log = this.#log.slice(count);
  }
}

function keyOf(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

function inOrder(table: ReadonlyMap<string, Stored>): readonly Stored[] {
  return [...table.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The object with what the server adds; its version is still missing. */
function complete(
  resource: Resource,
  plain: Plain,
  metadata: Plain,
  { name, namespace }: { name: string; namespace: string },
  before: Stored | undefined,
): Plain {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = plain;
  const { resourceVersion: _old, labels, ...own } = metadata;
  const known = before?.object['metadata'] as Plain | undefined;
  const fixed = {
    name,
    ...(namespace === '' ? {} : { namespace }),
    uid: known?.['uid'] ?? metadata['uid'] ?? randomUUID(),
    creationTimestamp: known?.['creationTimestamp'] ?? metadata['creationTimestamp'] ?? timestamp(),
  };
  const marked = resource.kind === 'Namespace' ? { 'kubernetes.io/metadata.name': name } : {};
  const allLabels = { ...(isRecord(labels) ? labels : {}), ...marked };
  const shown = Object.keys(allLabels).length === 0 ? {} : { labels: allLabels };
  return {
    kind: resource.kind,
    apiVersion: plain['apiVersion'],
    metadata: { ...own, ...fixed, ...shown },
    ...rest,
  };
}

/** Seconds, as the API has it. */
function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function sameContent(stored: Plain, fresh: Plain): boolean {
  const { resourceVersion: _, ...metadata } = stored['metadata'] as Plain;
  return isDeepStrictEqual({ ...stored, metadata }, fresh);
}

function stamp(resource: Resource, object: Plain, version: number): Stored {
  const metadata = object['metadata'] as Plain;
  const name = String(metadata['name']);
  const namespace = resource.namespaced ? String(metadata['namespace']) : '';
  const stamped = { ...object, metadata: { ...metadata, resourceVersion: String(version) } };
  return { key: keyOf(namespace, name), namespace, name, version, object: stamped };
}
