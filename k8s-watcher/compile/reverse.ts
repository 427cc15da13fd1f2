// Who has an address: PTR data (spec C7). Called for every address that an event touches. Cold.

import type { Address } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import { type EntryData, relative } from '#zone/entry.ts';
import type { ObjectRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { endpointLabel } from './backends.ts';
import type { RelativeName } from './name.ts';
import type { ImageOptions } from './options.ts';
import { MAX_RECORDS } from './records.ts';
import { selects } from './selector.ts';
import { type ServiceId, selectSlices, serviceName } from './service.ts';

/** The address's entry in an image, targets relative to the primary zone; undefined when nobody has it. */
export function reverseEntry(store: Store, address: Address, image: ImageOptions): EntryData | undefined {
  const owner = firstService(store, address, image);
  const names = owner === undefined ? endpointNames(store, address, image) : [serviceName(owner)];
  if (names.length === 0) return undefined;
  return { flags: 0, rrsets: [relative(TYPE.PTR, image.ttl, names)] };
}

/** `namespaces` hides owners elsewhere; a namespace that does not exist does not hide its own. */
export function isListed(namespace: string, image: ImageOptions): boolean {
  return image.namespaces.length === 0 || image.namespaces.includes(namespace);
}

/** The first by namespace and name, so that the answer does not depend on the order of events. */
function firstService(store: Store, address: Address, image: ImageOptions): ServiceId | undefined {
  let first: ServiceId | undefined;
  for (const owner of store.servicesAt(address)) {
    if (!isListed(owner.namespace, image) || !isSelected(store, owner, image)) continue;
    if (first === undefined || `${owner.namespace}/${owner.name}` < `${first.namespace}/${first.name}`) first = owner;
  }
  return first;
}

function isSelected({ codec }: Store, record: Readonly<ObjectRecord>, { labels }: ImageOptions): boolean {
  return labels.length === 0 || selects(labels, codec.decodeService(record.pack, record).labels);
}

function endpointNames(store: Store, address: Address, image: ImageOptions): RelativeName[] {
  const names: RelativeName[] = [];
  for (const slice of selectSlices(store.slicesAt(address), image)) {
    if (!isListed(slice.namespace, image)) continue;
    for (const endpoint of slice.endpoints) {
      if (endpoint.address !== address) continue;
      const label = endpointLabel(endpoint, image.endpointPodNames);
      if (label === '') continue;
      names.push(serviceName({ namespace: slice.namespace, name: slice.service }, label));
    }
  }
  return names.length > 1 ? [...new Set(names)].sort().slice(0, MAX_RECORDS) : names;
}
