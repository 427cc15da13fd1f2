// The services that this very server belongs to: name servers of the zone (spec C6). Cold.

import { TYPE } from '#wire/constants.ts';
import { type EntryData, type RrsetData, type TargetGroup, targets } from '#zone/entry.ts';
import { EntryFlag } from '#zone/layout.ts';
import { octetsOf } from '../objects/address.ts';
import type { EndpointSlice } from '../objects/object.ts';
import { addressKeyOf } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { endpointLabel } from './backends.ts';
import { nameOctets, type RelativeName } from './name.ts';
import type { ImageOptions } from './options.ts';
import { AddressSet } from './records.ts';
import { selects } from './selector.ts';
import { selectSlices, serviceName } from './service.ts';

/** Of one group of targets: u8 length of the name, … , u16 addresses A, u16 AAAA, u16 ports. */
const GROUP_HEAD = 7;
const SRV_GROUP_NAME = 1;

/**
 * The apex's entry, or undefined when none of the server's addresses is an endpoint of a service. Its NS RRset has the form TARGETS with names
 * of several labels and no ports: a group is one name server below the zone, with its addresses.
 */
export function apexEntry(store: Store, image: ImageOptions): EntryData | undefined {
  const servers = serversOf(store, image);
  if (servers.size === 0) return undefined;
  return { flags: EntryFlag.TXT_IS_NXDOMAIN, rrsets: [nameServers(servers, image.ttl)] };
}

/** The name servers below the zone with their addresses; none when none of the server's addresses is an endpoint of a service. */
export function serversOf(store: Store, image: ImageOptions): Map<RelativeName, AddressSet> {
  const servers = new Map<RelativeName, AddressSet>();
  for (const slice of ownSlices(store, image)) addServers(servers, slice, store, image);
  return servers;
}

/** Slices of the image with one of the server's addresses among their endpoints, by name. */
export function ownSlices(store: Store, image: ImageOptions): EndpointSlice[] {
  const slices = new Map<string, EndpointSlice>();
  for (const text of image.localAddresses) {
    const address = octetsOf(text.replace(/%.*/, ''));
    if (address === undefined) continue;
    for (const slice of selectSlices(store.slicesAt(addressKeyOf(address)), image))
      slices.set(`${slice.namespace}/${slice.name}`, slice);
  }
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
  const add = (name: RelativeName, address: Uint8Array): void => {
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

function nameServers(servers: ReadonlyMap<RelativeName, AddressSet>, ttl: number): RrsetData {
  const groups = [...servers].map(([name, { a, aaaa }]) => withName(nameOctets(name), { ports: [], a, aaaa }));
  const data = Buffer.concat(groups);
  return { ...targets(ttl, 0, 0, []), type: TYPE.NS, count: groups.length, data };
}

/** The group's bytes as the SRV builder makes them, under a name of several labels. */
function withName(name: Uint8Array, group: TargetGroup): Uint8Array {
  const { data } = targets(0, 0, 0, [group]);
  const octets = new Uint8Array(name.length + Math.max(data.length, GROUP_HEAD));
  octets[0] = name.length;
  octets.set(name, SRV_GROUP_NAME);
  octets.set(data.subarray(SRV_GROUP_NAME), SRV_GROUP_NAME + name.length);
  return octets;
}
