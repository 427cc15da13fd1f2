// All objects of the cluster, packed and indexed; a stream of events in, changes out. The watcher thread has one. Cold.

import type { Address } from '#wire/address.ts';
import type {
  ClusterObject,
  EndpointSlice,
  Kind,
  Labels,
  Namespace,
  ObjectId,
  Pod,
  Service,
} from '../objects/object.ts';
import { Bucket } from './bucket.ts';
import type { Changes } from './changes.ts';
import { Codec } from './codec.ts';
import { Dictionary } from './dictionary.ts';
import { ImportStore, isImportKind } from './imports.ts';
import { type Amount, Journal } from './journal.ts';
import { Multimap } from './multimap.ts';
import type { Pack } from './pack.ts';
import type { ObjectRecord, ServiceSnapshot, ServiceView, SliceRecord } from './records.ts';

/** What a source tells: an object as it is now, or that one is gone. */
export type StoreEvent =
  | { readonly action: 'put'; readonly object: ClusterObject }
  | { readonly action: 'delete'; readonly id: ObjectId };

/** Numbers of objects. */
export interface StoreSize {
  readonly services: number;
  readonly slices: number;
  readonly namespaces: number;
  readonly pods: number;
  readonly imports: number;
  readonly importSlices: number;
}

/**
 * `apply` events, compile what `changes` names, then `settle`. An event that changes nothing leaves no change.
 * A service of 3 ports takes about 250 bytes, a slice of 3 endpoints about 300, with their places in the indexes.
 */
export class Store {
  readonly codec = new Codec(new Dictionary());
  readonly #journal = new Journal(this.codec);
  /** Since the last `settle`. */
  readonly changes: Changes = this.#journal.changes;
  /** Objects of other clusters. */
  readonly imports = new ImportStore(this.#journal);
  readonly #buckets = new Map<string, Bucket>();
  /** Services by cluster address, slices by the addresses of their endpoints. */
  readonly #servicesAt = new Multimap<Address, ObjectRecord>();
  /** Services by what addresses they have outside of the cluster. */
  readonly #exposedAt = new Multimap<Address, ObjectRecord>();
  readonly #slicesAt = new Multimap<Address, SliceRecord>();

  /** False while everything will be compiled anyway: changes are not collected then. */
  get tracking(): boolean {
    return this.#journal.tracking;
  }

  set tracking(on: boolean) {
    this.#journal.tracking = on;
  }

  apply(event: StoreEvent): void {
    if (event.action === 'delete') this.#delete(event.id);
    else this.#put(event.object);
  }

  /** A list of that kind begins: what is put from now on is in it, changed or not. */
  mark(kind: Kind): void {
    this.#journal.mark(kind);
  }

  /** Objects of that kind that were not put since `mark`. They may be deleted while this runs. */
  *unmarked(kind: Kind): Generator<ObjectId> {
    if (isImportKind(kind)) {
      yield* this.imports.unmarked(kind);
      return;
    }
    const list = this.#journal.list(kind);
    for (const [name, bucket] of this.#buckets) {
      if (kind === 'Namespace') {
        if (bucket.pack !== undefined && bucket.list !== list) yield { kind, namespace: '', name };
        continue;
      }
      for (const record of bucket.of(kind).values())
        if (record.list !== list) yield { kind, namespace: record.namespace, name: record.name };
    }
  }

  /** Every object, in no order. The store may change meanwhile: what comes or goes is told of or not. */
  *objects(): Generator<ClusterObject> {
    const { codec } = this;
    for (const [name, bucket] of this.#buckets) {
      if (bucket.pack !== undefined) yield codec.decodeNamespace(bucket.pack, name);
      for (const record of bucket.services.values()) yield codec.decodeService(record.pack, record);
      for (const record of bucket.slices.values()) yield codec.decodeSlice(record.pack, record);
      for (const record of bucket.pods.values()) yield codec.decodePod(record.pack, record);
    }
    yield* this.imports.objects();
  }

  /** The batch has been compiled. */
  settle(): void {
    this.#journal.settle();
  }

  /** Names of all namespaces that exist or have something in them. */
  namespaces(): string[] {
    return [...this.#buckets.keys()];
  }

  /** Labels of an existing namespace. */
  namespaceLabels(name: string): Labels | undefined {
    const pack = this.#buckets.get(name)?.pack;
    return pack === undefined ? undefined : this.codec.decodeNamespace(pack, name).labels;
  }

  /** Names of all services of a namespace. */
  services(namespace: string): string[] {
    return [...(this.#buckets.get(namespace)?.services.keys() ?? [])];
  }

  service(namespace: string, name: string): Service | undefined {
    const record = this.#buckets.get(namespace)?.services.get(name);
    return record === undefined ? undefined : this.codec.decodeService(record.pack, record);
  }

  view(namespace: string, name: string): ServiceView {
    const bucket = this.#buckets.get(namespace);
    const service = bucket?.services.get(name);
    const slices = bucket?.slicesOf.get(name) ?? [];
    return {
      namespace,
      name,
      service: service === undefined ? undefined : this.codec.decodeService(service.pack, service),
      slices: byName(slices).map((slice) => this.codec.decodeSlice(slice.pack, slice)),
    };
  }

  /** A snapshot of `changes` as objects; valid until `settle`. */
  viewOf(snapshot: ServiceSnapshot): ServiceView {
    const { namespace, name, service, slices } = snapshot;
    return {
      namespace,
      name,
      service: service === undefined ? undefined : this.codec.decodeService(service, { namespace, name }),
      slices: slices.map((slice) => this.codec.decodeSlice(slice.pack, { namespace, name: slice.name })),
    };
  }

  /** Addresses (as text) of all pods of a namespace. */
  podAddresses(namespace: string): string[] {
    return [...(this.#buckets.get(namespace)?.podsAt.keys() ?? [])];
  }

  /** Pods of a namespace with that address. */
  podsAt(namespace: string, address: string): Pod[] {
    const records = this.#buckets.get(namespace)?.podsAt.get(address) ?? [];
    return records.map((record) => this.codec.decodePod(record.pack, record));
  }

  /** Every address that a service or an endpoint has. */
  *addresses(): Generator<Address> {
    yield* this.#servicesAt.keys();
    yield* this.#slicesAt.keys();
  }

  /** How many addresses services and endpoints have; one that both have counts twice. */
  get addressCount(): number {
    return this.#servicesAt.size + this.#slicesAt.size;
  }

  /** Services with that cluster address, packed: few care for more than their names. */
  servicesAt(address: Address): readonly Readonly<ObjectRecord>[] {
    return this.#servicesAt.get(address);
  }

  /** Every address that a service has outside of the cluster. */
  externalAddresses(): Iterable<Address> {
    return this.#exposedAt.keys();
  }

  /** Services with that address outside of the cluster (spec.externalIPs, load balancer). */
  servicesExposedAt(address: Address): Service[] {
    return this.#exposedAt.get(address).map((record) => this.codec.decodeService(record.pack, record));
  }

  /** Slices with an endpoint of that address. */
  slicesAt(address: Address): EndpointSlice[] {
    return this.#slicesAt.get(address).map((record) => this.codec.decodeSlice(record.pack, record));
  }

  /** How much there is of that kind. */
  amount(kind: Kind): Readonly<Amount> {
    return this.#journal.amount(kind);
  }

  size(): StoreSize {
    return {
      services: this.amount('Service').objects,
      slices: this.amount('EndpointSlice').objects,
      namespaces: this.amount('Namespace').objects,
      pods: this.amount('Pod').objects,
      imports: this.amount('ServiceImport').objects,
      importSlices: this.amount('ImportSlice').objects,
    };
  }

  #put(object: ClusterObject): void {
    if (object.kind === 'Service') this.#putService(object);
    else if (object.kind === 'EndpointSlice') this.#putSlice(object);
    else if (object.kind === 'Pod') this.#putPod(object);
    else if (object.kind === 'Namespace') this.#putNamespace(object);
    else this.imports.put(object);
  }

  #delete({ kind, namespace, name }: ObjectId): void {
    if (isImportKind(kind)) {
      this.imports.delete(kind, namespace, name);
      return;
    }
    const bucket = this.#buckets.get(kind === 'Namespace' ? name : namespace);
    if (bucket === undefined) return;
    switch (kind) {
      case 'Namespace':
        this.#setNamespace(bucket, name, undefined);
        break;
      case 'Service':
        this.#dropService(bucket, bucket.services.get(name));
        break;
      case 'EndpointSlice':
        this.#dropSlice(bucket, bucket.slices.get(name));
        break;
      case 'Pod':
        this.#dropPod(bucket, bucket.pods.get(name));
        break;
    }
    if (bucket.empty) this.#buckets.delete(kind === 'Namespace' ? name : namespace);
  }

  #bucket(namespace: string): Bucket {
    const known = this.#buckets.get(namespace);
    if (known !== undefined) return known;
    const bucket = new Bucket();
    this.#buckets.set(namespace, bucket);
    return bucket;
  }

  #putNamespace(namespace: Namespace): void {
    const bucket = this.#bucket(namespace.name);
    bucket.list = this.#journal.list('Namespace');
    this.#setNamespace(bucket, namespace.name, this.codec.encodeNamespace(namespace));
  }

  #setNamespace(bucket: Bucket, name: string, pack: Pack | undefined): void {
    const before = bucket.pack;
    if (before === pack) {
      this.#journal.discard(pack);
      return;
    }
    if (this.tracking && !this.changes.namespaces.has(name))
      this.changes.namespaces.set(name, this.namespaceLabels(name));
    bucket.pack = pack;
    this.#journal.changed('Namespace', '', name, before, pack);
  }

  #putService(service: Service): void {
    const { namespace, name } = service;
    const bucket = this.#bucket(namespace);
    const pack = this.codec.encodeService(service);
    const known = bucket.services.get(name);
    const list = this.#journal.list('Service');
    if (known !== undefined) known.list = list;
    if (known?.pack === pack) {
      this.#journal.discard(pack);
      return;
    }
    this.#touchService(namespace, name);
    const record = known ?? { namespace, name, pack, list };
    const before = known?.pack;
    if (known === undefined) bucket.services.set(name, record);
    else this.#unindexService(known);
    record.pack = pack;
    const { addresses, externals } = this.changes;
    for (const address of service.addresses) if (this.#touch(addresses, address)) this.#servicesAt.add(address, record);
    for (const address of service.externalAddresses)
      if (this.#touch(externals, address)) this.#exposedAt.add(address, record);
    this.#journal.changed('Service', namespace, name, before, pack);
  }

  #dropService(bucket: Bucket, record: ObjectRecord | undefined): void {
    if (record === undefined) return;
    this.#touchService(record.namespace, record.name);
    this.#unindexService(record);
    bucket.services.delete(record.name);
    this.#journal.changed('Service', record.namespace, record.name, record.pack, undefined);
  }

  #unindexService(record: ObjectRecord): void {
    const service = this.codec.decodeService(record.pack, record);
    const { addresses, externals } = this.changes;
    for (const address of service.addresses)
      if (this.#touch(addresses, address)) this.#servicesAt.delete(address, record);
    for (const address of service.externalAddresses)
      if (this.#touch(externals, address)) this.#exposedAt.delete(address, record);
  }

  #putSlice(slice: EndpointSlice): void {
    const { namespace, name, service } = slice;
    // Without a service it has no names; with one before, it loses them.
    if (service === '') {
      this.#delete({ kind: 'EndpointSlice', namespace, name });
      return;
    }
    const bucket = this.#bucket(namespace);
    const pack = this.codec.encodeSlice(slice);
    const known = bucket.slices.get(name);
    const list = this.#journal.list('EndpointSlice');
    if (known !== undefined) known.list = list;
    if (known?.pack === pack) {
      this.#journal.discard(pack);
      return;
    }
    this.#touchService(namespace, service);
    const record = known ?? { namespace, name, service, pack, list };
    const before = known?.pack;
    if (known === undefined) bucket.slices.set(name, record);
    else this.#unindexSlice(bucket, known);
    record.pack = pack;
    record.service = service;
    bucket.slicesOf.add(service, record);
    const { addresses } = this.changes;
    for (const { address } of slice.endpoints) if (this.#touch(addresses, address)) this.#slicesAt.add(address, record);
    this.#journal.changed('EndpointSlice', namespace, name, before, pack);
  }

  #dropSlice(bucket: Bucket, record: SliceRecord | undefined): void {
    if (record === undefined) return;
    this.#unindexSlice(bucket, record);
    bucket.slices.delete(record.name);
    this.#journal.changed('EndpointSlice', record.namespace, record.name, record.pack, undefined);
  }

  /** Touches the service that it belonged to. */
  #unindexSlice(bucket: Bucket, record: SliceRecord): void {
    this.#touchService(record.namespace, record.service);
    bucket.slicesOf.delete(record.service, record);
    const { addresses } = this.changes;
    for (const { address } of this.codec.decodeSlice(record.pack, record).endpoints)
      if (this.#touch(addresses, address)) this.#slicesAt.delete(address, record);
  }

  #putPod(pod: Pod): void {
    const { namespace, name } = pod;
    const known = this.#buckets.get(namespace)?.pods.get(name);
    const list = this.#journal.list('Pod');
    if (known !== undefined) known.list = list;
    if (pod.terminating) return;
    const bucket = this.#bucket(namespace);
    const pack = this.codec.encodePod(pod);
    if (known?.pack === pack) {
      this.#journal.discard(pack);
      return;
    }
    const record = known ?? { namespace, name, pack, list };
    const before = known?.pack;
    if (known === undefined) bucket.pods.set(name, record);
    else this.#unindexPod(bucket, known);
    record.pack = pack;
    if (pod.address !== '') {
      bucket.podsAt.add(pod.address, record);
      this.#touchPod(namespace, pod.address);
    }
    this.#journal.changed('Pod', namespace, name, before, pack);
  }

  #dropPod(bucket: Bucket, record: ObjectRecord | undefined): void {
    if (record === undefined) return;
    this.#unindexPod(bucket, record);
    bucket.pods.delete(record.name);
    this.#journal.changed('Pod', record.namespace, record.name, record.pack, undefined);
  }

  #unindexPod(bucket: Bucket, record: ObjectRecord): void {
    const { address } = this.codec.decodePod(record.pack, record);
    if (address === '') return;
    bucket.podsAt.delete(address, record);
    this.#touchPod(record.namespace, address);
  }

  #touchPod(namespace: string, address: string): void {
    if (this.tracking) this.changes.pods.set(`${namespace}/${address}`, { namespace, address });
  }

  /** Keeps how the service was, unless the batch has touched it before. */
  #touchService(namespace: string, name: string): void {
    if (!this.tracking) return;
    const key = `${namespace}/${name}`;
    if (!this.changes.services.has(key)) this.changes.services.set(key, this.#snapshot(namespace, name));
  }

  #snapshot(namespace: string, name: string): ServiceSnapshot {
    const bucket = this.#buckets.get(namespace);
    const slices = byName(bucket?.slicesOf.get(name) ?? []).map((record) => ({ name: record.name, pack: record.pack }));
    return { namespace, name, service: bucket?.services.get(name)?.pack, slices };
  }

  /** Its owners may be others now. False for '', which stands for a domain name and is in no index. */
  #touch(touched: Set<Address>, address: Address): boolean {
    if (address === '') return false;
    if (this.tracking) touched.add(address);
    return true;
  }
}

function byName<T extends ObjectRecord>(records: readonly T[]): readonly T[] {
  return records.length < 2 ? records : records.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
