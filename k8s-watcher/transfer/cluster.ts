// Records of a cluster zone in the order of the reference's transfers (spec C10). Cold.

import { isIP } from 'node:net';
import { backendsOf } from '../compile/backends.ts';
import type { ImageOptions } from '../compile/options.ts';
import { selects } from '../compile/selector.ts';
import { selectSlices, serviceName } from '../compile/service.ts';
import type { Port, Service } from '../objects/object.ts';
import type { Changes } from '../store/changes.ts';
import type { ServiceView } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { TouchedMember, TransferContent } from './content.ts';
import { aliasRecord, type ZoneRecord } from './record.ts';
import { addressedRecords, type Below, backedRecords, clusterServers, clusterSoa } from './service.ts';

/** The reference's stand-in for a service without ports: it has an SRV record all the same (spec C10). */
const NO_PORTS: readonly Port[] = [{ name: '', protocol: '', port: 0 }];

export class ClusterContent implements TransferContent {
  readonly #store: Store;
  readonly #image: ImageOptions;
  readonly #below: Below;

  /** `zone` in wire form. */
  constructor(store: Store, image: ImageOptions, zone: Uint8Array) {
    this.#store = store;
    this.#image = image;
    this.#below = { zone, ttl: image.ttl };
  }

  soa(serial: number): ZoneRecord | undefined {
    return clusterSoa(serial, this.#below);
  }

  nameServers(): ZoneRecord[] {
    return clusterServers(this.#store, this.#image, this.#below);
  }

  members(namespace: string): string[] {
    return this.#store.services(namespace);
  }

  records(namespace: string, member: string): ZoneRecord[] {
    return this.#recordsOf(this.#store.view(namespace, member));
  }

  *touched(changes: Changes): Generator<TouchedMember> {
    for (const snapshot of changes.services.values()) {
      const { namespace, name: member } = snapshot;
      yield { namespace, member, before: () => this.#recordsOf(this.#store.viewOf(snapshot)) };
    }
  }

  #recordsOf({ service, slices }: ServiceView): ZoneRecord[] {
    const image = this.#image;
    if (service === undefined || !selects(image.labels, service.labels)) return [];
    switch (service.mode) {
      case 'external':
        return this.#alias(service);
      case 'cluster':
        return addressedRecords(service, service.ports.length === 0 ? NO_PORTS : service.ports, this.#below);
      case 'headless':
        return selectSlices(slices, image).flatMap((slice) =>
          backedRecords(service, backendsOf([slice], image.endpointPodNames), this.#below),
        );
    }
  }

  /** An ExternalName that is an IP address makes the service invisible. */
  #alias(service: Service): ZoneRecord[] {
    const { externalName } = service;
    return isIP(externalName) === 0 ? [aliasRecord(serviceName(service), this.#image.ttl, externalName)] : [];
  }
}
