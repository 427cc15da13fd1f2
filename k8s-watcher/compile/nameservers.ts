// The services that this very server belongs to: name servers of the zone (spec C6). Cold.

import type { Address } from '#wire/address.ts';
import { type EntryData, nameServers } from '#zone/entry.ts';
import { EntryFlag } from '#zone/layout.ts';
import { parseAddress } from '../objects/address.ts';
import type { EndpointSlice } from '../objects/object.ts';
import type { Store } from '../store/store.ts';
import { endpointLabel } from './backends.ts';
import type { RelativeName } from './name.ts';
import type { ImageOptions } from './options.ts';
import { AddressSet } from './records.ts';
import { selects } from './selector.ts';
import { selectSlices, serviceName } from './service.ts';

/**
 * The apex's entry, or undefined when none of the server's addresses is an endpoint of a service. Its NS RRset has the form TARGETS with names
 * of several labels and no ports: a group is one name server below the zone, with its addresses.
 */
export function apexEntry(store: Store, image: ImageOptions): EntryData | undefined {
  const servers = serversOf(store, image);
  if (servers.size === 0) return undefined;
  const groups = [...servers].map(([label, { a, aaaa }]) => ({ label, ports: [], a, aaaa }));
  return { flags: EntryFlag.TXT_IS_NXDOMAIN, rrsets: [nameServers(image.ttl, groups)] };
}

/** The name servers below the zone with their addresses; none when none of the server's addresses is an endpoint of a service. */
export function serversOf(store: Store, image: ImageOptions): Map<RelativeName, AddressSet> {
  const servers = new Map<RelativeName, AddressSet>();
  for (const slice of ownSlices(store, image)) addServers(servers, slice, store, image);
  return servers;
}

/** The server's own addresses; a zone of theirs (`%eth0`) says nothing to others. */
export function ownAddresses({ localAddresses }: ImageOptions): Address[] {
  return localAddresses.flatMap((text) => parseAddress(text.replace(/%.*/, '')) ?? []);
}

/** Slices of the image with one of the server's addresses among their endpoints, by name. */
export function ownSlices(store: Store, image: ImageOptions): EndpointSlice[] {
  const slices = new Map<string, EndpointSlice>();
  for (const address of ownAddresses(image))
    for (const slice of selectSlices(store.slicesAt(address), image))
      slices.set(`${slice.namespace}/${slice.name}`, slice);
  return [...slices.keys()].sort().map((key) => slices.get(key) as EndpointSlice);
}

/** A service with cluster addresses is one name server; of a headless one every endpoint of the slice is. */
function addServers(
  servers: Map<RelativeName, AddressSet>,
  slice: EndpointSlice,
  store: Store,
  image: ImageOptions,
): void {
  const service = store.service(slice.namespace, slice.service);
  if (service === undefined || !selects(image.labels, service.labels)) return;
  const add = (name: RelativeName, address: Address): void => {
    const addresses = servers.get(name) ?? new AddressSet();
    servers.set(name, addresses);
    addresses.add(address);
  };
  if (service.mode !== 'headless') for (const address of service.addresses) add(serviceName(service), address);
  else
    for (const endpoint of slice.endpoints) {
      const label = endpointLabel(endpoint, image.endpointPodNames);
      if (label !== '') add(serviceName(service, label), endpoint.address);
    }
}
