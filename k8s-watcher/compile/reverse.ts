// Who has an address: PTR data (spec C7). Called for every address that an event touches. Cold.

import { TYPE } from '#wire/constants.ts';
import { type EntryData, relative } from '#zone/entry.ts';
import type { Service } from '../objects/object.ts';
import type { AddressKey } from '../store/records.ts';
import { addressOfKey } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { endpointLabel } from './backends.ts';
import { nameOctets, type RelativeName } from './name.ts';
import type { ImageOptions } from './options.ts';
import { isSame, MAX_RECORDS } from './records.ts';
import { selects } from './selector.ts';
import { selectSlices, serviceName } from './service.ts';

/** The address's entry in an image, targets relative to the primary zone; undefined when nobody has it. */
export function reverseEntry(store: Store, address: AddressKey, image: ImageOptions): EntryData | undefined {
  const owner = firstService(store, address, image);
  const names = owner === undefined ? endpointNames(store, address, image) : [serviceName(owner)];
  if (names.length === 0) return undefined;
  return { flags: 0, rrsets: [relative(TYPE.PTR, image.ttl, names.map(nameOctets))] };
}

/** `namespaces` hides owners elsewhere; a namespace that does not exist does not hide its own. */
export function isListed(namespace: string, image: ImageOptions): boolean {
  return image.namespaces.length === 0 || image.namespaces.includes(namespace);
}

/** The first by namespace and name, so that the answer does not depend on the order of events. */
function firstService(store: Store, address: AddressKey, image: ImageOptions): Service | undefined {
  const owners = store.servicesAt(address);
  if (owners.length === 0) return undefined;
  return owners
    .filter((service) => isListed(service.namespace, image) && selects(image.labels, service.labels))
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1))
    .at(0);
}

function endpointNames(store: Store, address: AddressKey, image: ImageOptions): RelativeName[] {
  const names: RelativeName[] = [];
  const octets = addressOfKey(address);
  for (const slice of selectSlices(store.slicesAt(address), image)) {
    if (!isListed(slice.namespace, image)) continue;
    for (const endpoint of slice.endpoints) {
      if (!isSame(endpoint.address, octets)) continue;
      const label = endpointLabel(endpoint, image.endpointPodNames);
      if (label === '') continue;
      names.push(serviceName({ namespace: slice.namespace, name: slice.service }, label));
    }
  }
  return names.length > 1 ? [...new Set(names)].sort().slice(0, MAX_RECORDS) : names;
}
