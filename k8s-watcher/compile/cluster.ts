// Names below cluster zones: services, endpoints, pods, name servers (spec C5 … C8). Cold.

import type { Address } from '#wire/address.ts';
import type { EntryData } from '#zone/entry.ts';
import type { Changes } from '../store/changes.ts';
import type { ObjectChange } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { ClientPart } from './clients.ts';
import type { RelativeName } from './name.ts';
import { apexEntry } from './nameservers.ts';
import type { NamePart, Naming } from './naming.ts';
import type { ImageOptions } from './options.ts';
import { PodPart, ServicePart } from './parts.ts';
import { namespaceNames } from './pods.ts';
import { ReverseNaming } from './reverse.ts';
import { movesSerial } from './serial.ts';
import { serviceNames } from './service.ts';

export class ClusterNaming implements Naming {
  readonly parts: readonly NamePart[];
  readonly clients: ClientPart | null;
  readonly #store: Store;
  readonly #image: ImageOptions;
  readonly #reverse: ReverseNaming;

  constructor(store: Store, image: ImageOptions) {
    this.#store = store;
    this.#image = image;
    this.#reverse = new ReverseNaming(store, image);
    const services = new ServicePart(store, (view, names) => serviceNames(view, image, names));
    this.parts = image.pods === 'verified' ? [services, new PodPart(store, image)] : [services];
    this.clients = image.clients === 'none' ? null : new ClientPart(store, image);
  }

  namespaceNames(namespace: string): RelativeName[] {
    return namespaceNames(namespace, this.#image.pods);
  }

  addresses(): Iterable<Address> {
    return this.#store.addresses();
  }

  touchedAddresses(changes: Changes): Iterable<Address> {
    return changes.addresses;
  }

  addressEntry(address: Address): EntryData | undefined {
    return this.#reverse.entry(address);
  }

  leastNames(): number {
    return this.#image.namespaces.length > 0 ? 0 : this.#store.addressCount;
  }

  apexEntry(): EntryData | undefined {
    return apexEntry(this.#store, this.#image);
  }

  hasObjects(): boolean {
    const { services, slices, pods } = this.#store.size();
    return services + slices + (this.#image.pods === 'verified' ? pods : 0) > 0;
  }

  movesSerial(change: ObjectChange): boolean {
    return movesSerial(change, this.#image, this.#store.codec);
  }
}
