// The parts that names are made of: services with their slices, pods by address. Used by namings. Cold.

import type { EntryData } from '#zone/entry.ts';
import type { Changes } from '../store/changes.ts';
import type { ServiceView } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { NamePart, Touched } from './naming.ts';
import type { ImageOptions } from './options.ts';
import { podEntry, podName } from './pods.ts';
import type { NameSink } from './records.ts';

const NO_DATA: EntryData = { flags: 0, rrsets: [] };

/** Services of a namespace, each with its slices; the naming says which names a service has. */
export class ServicePart implements NamePart {
  readonly #store: Store;
  readonly #namesOf: (view: ServiceView, into: NameSink) => void;

  constructor(store: Store, namesOf: (view: ServiceView, into: NameSink) => void) {
    this.#store = store;
    this.#namesOf = namesOf;
  }

  members(namespace: string): Iterable<string> {
    return this.#store.services(namespace);
  }

  names(namespace: string, member: string, into: NameSink): void {
    this.#namesOf(this.#store.view(namespace, member), into);
  }

  *touched(changes: Changes): Generator<Touched> {
    for (const snapshot of changes.services.values()) {
      const { namespace, name: member } = snapshot;
      yield { namespace, member, before: (into) => this.#namesOf(this.#store.viewOf(snapshot), into) };
    }
  }

  isTouched(changes: Changes, namespace: string, member: string): boolean {
    return changes.services.has(`${namespace}/${member}`);
  }
}

/** Addresses of the pods of a namespace in mode `verified`. */
export class PodPart implements NamePart {
  readonly #store: Store;
  readonly #image: ImageOptions;

  constructor(store: Store, image: ImageOptions) {
    this.#store = store;
    this.#image = image;
  }

  members(namespace: string): Iterable<string> {
    return this.#store.podAddresses(namespace);
  }

  names(namespace: string, member: string, into: NameSink): void {
    const entry = podEntry(this.#store, namespace, member, this.#image);
    if (entry !== undefined) into.set(podName(namespace, member), entry);
  }

  *touched(changes: Changes): Generator<Touched> {
    // Whether it had the name or not: it is the only one that it may have had.
    for (const { namespace, address: member } of changes.pods.values())
      yield { namespace, member, before: (into) => into.set(podName(namespace, member), NO_DATA) };
  }

  isTouched(changes: Changes, namespace: string, member: string): boolean {
    return changes.pods.has(`${namespace}/${member}`);
  }
}
