// Records of a multicluster zone (spec C9, C10): imports in the place of services, endpoints under the names that are answered. Cold.

import type { Backend } from '../compile/backends.ts';
import { importedBy } from '../compile/import.ts';
import type { ImageOptions } from '../compile/options.ts';
import { selects } from '../compile/selector.ts';
import type { Changes } from '../store/changes.ts';
import type { ImportView } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { TouchedMember, TransferContent } from './content.ts';
import type { ZoneRecord } from './record.ts';
import { addressedRecords, type Below, backedRecords, clusterServers, clusterSoa } from './service.ts';

/** The reference leaves the cluster out of the names of endpoints here, though it answers only those with it. */
export class ImportContent implements TransferContent {
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
    return this.#store.imports.names(namespace);
  }

  records(namespace: string, member: string): ZoneRecord[] {
    return this.#recordsOf(this.#store.imports.view(namespace, member));
  }

  *touched(changes: Changes): Generator<TouchedMember> {
    for (const snapshot of changes.imports.values()) {
      const { namespace, name: member } = snapshot;
      yield { namespace, member, before: () => this.#recordsOf(this.#store.imports.viewOf(snapshot)) };
    }
  }

  #recordsOf({ service, slices }: ImportView): ZoneRecord[] {
    const { namespaceLabels, labels, endpointPodNames } = this.#image;
    if (service === undefined || !selects(namespaceLabels, service.labels)) return [];
    if (service.mode === 'cluster') return addressedRecords(service, service.ports, this.#below);
    return slices
      .filter((slice) => selects(labels, slice.labels))
      .flatMap((slice) => backedRecords(service, importedBy(slice, endpointPodNames).map(asked), this.#below));
  }
}

/** `ENDPOINT.CLUSTER`: with a cluster of several labels nobody can ask for the name (spec C4). */
function asked(backend: Backend): Backend {
  return backend.label.split('.').length > 2 ? { ...backend, label: '' } : backend;
}
