// Names below zones of k8s_external: services with addresses outside of the cluster, and the other way round. Cold.

import type { Address } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import { type EntryData, relative } from '#zone/entry.ts';
import { textOf } from '../objects/address.ts';
import type { Service } from '../objects/object.ts';
import type { Changes } from '../store/changes.ts';
import type { ObjectChange } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { externalName, externalNames, externalOptions } from './external.ts';
import { type RelativeName, relativeName } from './name.ts';
import { ownSlices } from './nameservers.ts';
import type { NamePart, Naming } from './naming.ts';
import type { ImageOptions } from './options.ts';
import { ServicePart } from './parts.ts';
import { AddressSet, MAX_RECORDS } from './records.ts';
import { isListed } from './reverse.ts';
import { selects } from './selector.ts';

export class ExternalNaming implements Naming {
  readonly parts: readonly NamePart[];
  readonly #store: Store;
  readonly #image: ImageOptions;

  constructor(store: Store, image: ImageOptions) {
    this.#store = store;
    this.#image = image;
    this.parts = [new ServicePart(store, (view, names) => externalNames(view, image, names))];
  }

  namespaceNames(namespace: string): RelativeName[] {
    return [relativeName(namespace)];
  }

  addresses(): Iterable<Address> {
    return this.#store.externalAddresses();
  }

  touchedAddresses(changes: Changes): Iterable<Address> {
    return changes.externals;
  }

  /** All services with the address, by name. Addresses of endpoints have no such names, with `headless` neither. */
  addressEntry(address: Address): EntryData | undefined {
    const { labels } = this.#image;
    const names = this.#store
      .servicesExposedAt(address)
      .filter((service) => isListed(service.namespace, this.#image) && selects(labels, service.labels))
      .map((service) => externalName(service))
      .sort()
      .slice(0, MAX_RECORDS);
    if (names.length === 0) return undefined;
    return { flags: 0, rrsets: [relative(TYPE.PTR, externalOptions(this.#image).ttl, names)] };
  }

  leastNames(): number {
    return 0;
  }

  apexEntry(): EntryData | undefined {
    const servers = ownServers(this.#store, this.#image);
    return servers === undefined ? undefined : { flags: 0, rrsets: servers.rrsets(externalOptions(this.#image).ttl) };
  }

  /** The serial tells of updates only: it is 0 until the first one, whatever there is. */
  hasObjects(): boolean {
    return false;
  }

  /** Other ports or external addresses of a service that stays; what comes or goes does not move it. */
  movesSerial({ kind, namespace, name, before, after }: ObjectChange): boolean {
    if (kind !== 'Service' || before === undefined || after === undefined) return false;
    const [was, is] = [before, after].map((pack) => this.#store.codec.decodeService(pack, { namespace, name }));
    const { labels } = this.#image;
    return selects(labels, was.labels) && selects(labels, is.labels) && serviceText(was) !== serviceText(is);
  }
}

/** Addresses of the zone's name server, perhaps none; undefined when no service has one of the server's addresses among its endpoints. */
export function ownServers(store: Store, image: ImageOptions): AddressSet | undefined {
  const slices = ownSlices(store, image);
  if (slices.length === 0) return undefined;
  const servers = new AddressSet();
  for (const slice of slices) {
    const service = store.service(slice.namespace, slice.service);
    if (service === undefined || !selects(image.labels, service.labels)) continue;
    const inside = externalOptions(image).headless && service.mode === 'headless';
    const list = inside ? slice.endpoints.map(({ address }) => address) : service.externalAddresses;
    for (const address of list) servers.add(address);
  }
  return servers;
}

function serviceText({ ports, externalAddresses, externalHosts }: Service): string {
  return JSON.stringify([ports, externalAddresses.map(textOf), externalHosts]);
}
