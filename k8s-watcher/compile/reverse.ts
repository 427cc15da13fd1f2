// Who has an address: PTR data (spec C7). Called for every address that an event touches. Cold.

import type { Address } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import { type EntryData, relative } from '#zone/entry.ts';
import type { EndpointSlice } from '../objects/object.ts';
import type { ObjectRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { endpointLabel } from './backends.ts';
import { type RelativeName, wireLabel } from './name.ts';
import type { ImageOptions } from './options.ts';
import { MAX_RECORDS } from './records.ts';
import { selects } from './selector.ts';
import { type ServiceId, selectSlices, serviceName } from './service.ts';

/** `namespaces` hides owners elsewhere; a namespace that does not exist does not hide its own. */
export function isListed(namespace: string, image: ImageOptions): boolean {
  return image.namespaces.length === 0 || image.namespaces.includes(namespace);
}

/** Entries of addresses, one after the other. */
export class ReverseNaming {
  readonly #store: Store;
  readonly #image: ImageOptions;
  /** The slice that was asked for last, and the name of its service: addresses of a slice mostly follow each other. */
  #slice: EndpointSlice | null = null;
  #base: RelativeName = '';

  constructor(store: Store, image: ImageOptions) {
    this.#store = store;
    this.#image = image;
  }

  /** Targets are relative to the primary zone; undefined when nobody has the address. */
  entry(address: Address): EntryData | undefined {
    const owner = this.#firstService(address);
    const names = owner === undefined ? this.#endpointNames(address) : [serviceName(owner)];
    if (names.length === 0) return undefined;
    return { flags: 0, rrsets: [relative(TYPE.PTR, this.#image.ttl, names)] };
  }

  /** The first by namespace and name, so that the answer does not depend on the order of events. */
  #firstService(address: Address): ServiceId | undefined {
    let first: ServiceId | undefined;
    for (const owner of this.#store.servicesAt(address)) {
      if (!isListed(owner.namespace, this.#image) || !this.#isSelected(owner)) continue;
      if (first === undefined || `${owner.namespace}/${owner.name}` < `${first.namespace}/${first.name}`) first = owner;
    }
    return first;
  }

  #isSelected(record: Readonly<ObjectRecord>): boolean {
    const { labels } = this.#image;
    return labels.length === 0 || selects(labels, this.#store.codec.decodeService(record.pack, record).labels);
  }

  #endpointNames(address: Address): readonly RelativeName[] {
    const names: RelativeName[] = [];
    for (const slice of selectSlices(this.#store.slicesAt(address), this.#image)) {
      if (!isListed(slice.namespace, this.#image)) continue;
      for (const endpoint of slice.endpoints) {
        if (endpoint.address !== address) continue;
        const label = endpointLabel(endpoint, this.#image.endpointPodNames);
        if (label !== '') names.push(wireLabel(label) + this.#baseOf(slice));
      }
    }
    return names.length > 1 ? [...new Set(names)].sort().slice(0, MAX_RECORDS) : names;
  }

  #baseOf(slice: EndpointSlice): RelativeName {
    if (this.#slice !== slice) {
      this.#slice = slice;
      this.#base = serviceName({ namespace: slice.namespace, name: slice.service });
    }
    return this.#base;
  }
}
