// Names below multicluster zones: services of other clusters (spec C9), pods of this one. Cold.

import type { Address } from '#wire/address.ts';
import { textOf } from '../objects/address.ts';
import type { ImportSlice, ServiceImport } from '../objects/object.ts';
import type { Changes } from '../store/changes.ts';
import type { ObjectChange } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { importNames } from './import.ts';
import type { RelativeName } from './name.ts';
import type { NamePart, Naming, Touched } from './naming.ts';
import type { ImageOptions } from './options.ts';
import { PodPart } from './parts.ts';
import { namespaceNames } from './pods.ts';
import type { NameSink } from './records.ts';
import { selects } from './selector.ts';

/**
 * Addresses and name servers are not here: reverse names are those of the cluster's own objects in every zone, and so are the servers that the
 * zone has. The handler looks both up in the image of the cluster zones.
 */
export class ImportNaming implements Naming {
  readonly parts: readonly NamePart[];
  readonly #store: Store;
  readonly #image: ImageOptions;

  constructor(store: Store, image: ImageOptions) {
    this.#store = store;
    this.#image = image;
    const imports = new ImportPart(store, image);
    this.parts = image.pods === 'verified' ? [imports, new PodPart(store, image)] : [imports];
  }

  namespaceNames(namespace: string): RelativeName[] {
    return namespaceNames(namespace, this.#image.pods);
  }

  addresses(): Iterable<Address> {
    return [];
  }

  touchedAddresses(): Iterable<Address> {
    return [];
  }

  addressEntry(): undefined {
    return undefined;
  }

  leastNames(): number {
    return 0;
  }

  apexEntry(): undefined {
    return undefined;
  }

  /** The serial tells of updates only: it is 0 until the first one, whatever there is. */
  hasObjects(): boolean {
    return false;
  }

  /** What comes or goes does not move it, nor do other addresses of an import (spec C6). */
  movesSerial({ kind, before, after, namespace, name }: ObjectChange): boolean {
    if (before === undefined || after === undefined) return false;
    const { codec } = this.#store;
    const id = { namespace, name };
    if (kind === 'ServiceImport')
      return this.#differ(codec.decodeImport(before, id), codec.decodeImport(after, id), 'namespaceLabels', importText);
    if (kind === 'ImportSlice')
      return this.#differ(codec.decodeImportSlice(before, id), codec.decodeImportSlice(after, id), 'labels', sliceText);
    return false;
  }

  /** True for an object that the image selects before and after, when what is relevant of it is another. */
  #differ<T extends ServiceImport | ImportSlice>(
    before: T,
    after: T,
    selector: 'labels' | 'namespaceLabels',
    relevant: (object: T) => string,
  ): boolean {
    const requirements = this.#image[selector];
    if (!selects(requirements, before.labels) || !selects(requirements, after.labels)) return false;
    return relevant(before) !== relevant(after);
  }
}

/** Imports of a namespace, each with its slices. */
class ImportPart implements NamePart {
  readonly #store: Store;
  readonly #image: ImageOptions;

  constructor(store: Store, image: ImageOptions) {
    this.#store = store;
    this.#image = image;
  }

  members(namespace: string): Iterable<string> {
    return this.#store.imports.names(namespace);
  }

  names(namespace: string, member: string, into: NameSink): void {
    importNames(this.#store.imports.view(namespace, member), this.#image, into);
  }

  *touched(changes: Changes): Generator<Touched> {
    for (const snapshot of changes.imports.values()) {
      const { namespace, name: member } = snapshot;
      yield {
        namespace,
        member,
        before: (into) => importNames(this.#store.imports.viewOf(snapshot), this.#image, into),
      };
    }
  }

  isTouched(changes: Changes, namespace: string, member: string): boolean {
    return changes.imports.has(`${namespace}/${member}`);
  }
}

function importText({ mode, ports }: ServiceImport): string {
  return JSON.stringify([mode, ports]);
}

function sliceText({ cluster, endpoints, ports }: ImportSlice): string {
  const list = endpoints.map(({ address, spelling, hostname }) => [
    address === '' ? spelling : textOf(address),
    hostname,
  ]);
  return JSON.stringify([cluster, list, ports]);
}
