// Keeps one zone image in step with the store: everything at first, then what a batch of changes touches. Cold.

import { addressKey, type EntryData } from '#zone/entry.ts';
import { EntryFlag } from '#zone/layout.ts';
import type { ImageWriter } from '#zone/writer.ts';
import type { Labels } from '../objects/object.ts';
import type { Changes } from '../store/changes.ts';
import { type AddressKey, addressOfKey, type ServiceView } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { APEX, nameOctets, type RelativeName, relativeName } from './name.ts';
import { apexEntry } from './nameservers.ts';
import type { ImageOptions } from './options.ts';
import { podEntry, podName } from './pods.ts';
import type { Names } from './records.ts';
import { reverseEntry } from './reverse.ts';
import { selects } from './selector.ts';
import { movesSerial } from './serial.ts';
import { serviceNames } from './service.ts';

/** An exposed namespace: the name exists and has no data. */
const NAMESPACE: EntryData = { flags: EntryFlag.TXT_IS_NXDOMAIN, rrsets: [] };
const NOTHING: Names = new Map();

/**
 * Names are computed from the store, before and after a change, and the difference is published: no list of what an image holds is kept
 * anywhere but in the image. All methods throw ZoneFullError when the segment has no room; `publishAll` repairs what was left half done.
 */
export class ImageCompiler {
  readonly options: ImageOptions;
  readonly #writer: ImageWriter;
  readonly #store: Store;
  #serial: number;

  /** `serial` is that of an image that a predecessor has left, 0 for a new one. */
  constructor(options: ImageOptions, writer: ImageWriter, store: Store, serial: number) {
    this.options = options;
    this.#writer = writer;
    this.#store = store;
    this.#serial = serial;
    writer.setTtl(options.ttl);
  }

  /** Number of names and addresses. */
  get names(): number {
    return this.#writer.names();
  }

  setSynced(): void {
    this.#writer.setSynced(true);
  }

  /** Publishes the whole store and takes away everything else. `now` in Unix seconds. */
  publishAll(now: number): void {
    const inherited = this.#writer.names() > 0;
    const keep = new Set<string>();
    let changed = false;
    const set = (key: Uint8Array, entry: EntryData): void => {
      if (inherited) keep.add(Buffer.from(key).toString('latin1'));
      if (this.#writer.set(key, entry)) changed = true;
    };
    for (const namespace of this.#store.namespaces()) this.#setNamespace(namespace, set);
    for (const address of this.#store.addresses()) this.#setAddress(address, set);
    const apex = apexEntry(this.#store, this.options);
    if (apex !== undefined) set(nameOctets(APEX), apex);
    if (inherited && this.#writer.retain((key) => keep.has(Buffer.from(key).toString('latin1'))) > 0) changed = true;
    if (changed && this.#hasObjects()) this.#setSerial(now);
  }

  /** Publishes what the changes touch. */
  publish(changes: Changes, now: number): void {
    for (const snapshot of changes.services.values()) this.#republishService(this.#store.viewOf(snapshot), changes);
    for (const [namespace, before] of changes.namespaces) {
      const is = this.#isExposed(namespace);
      if (is !== this.#exposes(namespace, before)) this.#flipNamespace(namespace, is, changes);
    }
    for (const address of changes.addresses)
      this.#writer.setAddress(addressOfKey(address), reverseEntry(this.#store, address, this.options));
    for (const { namespace, address } of changes.pods.values()) this.#republishPod(namespace, address);
    this.#writer.set(nameOctets(APEX), apexEntry(this.#store, this.options));
    if (changes.objects.some((change) => movesSerial(change, this.options, this.#store.codec))) this.#setSerial(now);
  }

  #setSerial(now: number): void {
    this.#serial = Math.max(now, this.#serial);
    this.#writer.setSerial(this.#serial);
  }

  #hasObjects(): boolean {
    const { services, slices, pods } = this.#store.size();
    return services + slices + (this.options.pods === 'verified' ? pods : 0) > 0;
  }

  /** True when a namespace with these labels (none: it does not exist) has names. */
  #exposes(namespace: string, labels: Labels | undefined): boolean {
    const { namespaces, namespaceLabels } = this.options;
    if (labels === undefined || (namespaces.length > 0 && !namespaces.includes(namespace))) return false;
    return selects(namespaceLabels, labels);
  }

  #isExposed(namespace: string): boolean {
    return this.#exposes(namespace, this.#store.namespaceLabels(namespace));
  }

  #wasExposed(namespace: string, changes: Changes): boolean {
    if (!changes.namespaces.has(namespace)) return this.#isExposed(namespace);
    return this.#exposes(namespace, changes.namespaces.get(namespace));
  }

  /** Names of the namespace itself. */
  #namespaceNames(namespace: string): RelativeName[] {
    const service = relativeName(namespace, 'svc');
    return this.options.pods === 'disabled' ? [service] : [service, relativeName(namespace, 'pod')];
  }

  #setNamespace(namespace: string, set: (key: Uint8Array, entry: EntryData) => void): void {
    if (!this.#isExposed(namespace)) return;
    for (const name of this.#namespaceNames(namespace)) set(nameOctets(name), NAMESPACE);
    for (const service of this.#store.services(namespace)) {
      const names = serviceNames(this.#store.view(namespace, service), this.options);
      for (const [name, entry] of names) set(nameOctets(name), entry);
    }
    if (this.options.pods !== 'verified') return;
    for (const address of this.#store.podAddresses(namespace)) {
      const entry = podEntry(this.#store, namespace, address, this.options);
      if (entry !== undefined) set(nameOctets(podName(namespace, address)), entry);
    }
  }

  #setAddress(address: AddressKey, set: (key: Uint8Array, entry: EntryData) => void): void {
    const entry = reverseEntry(this.#store, address, this.options);
    if (entry !== undefined) set(addressKey(addressOfKey(address)), entry);
  }

  #republishService(before: ServiceView, changes: Changes): void {
    const { namespace, name } = before;
    const was = this.#wasExposed(namespace, changes) ? serviceNames(before, this.options) : NOTHING;
    const is = this.#isExposed(namespace) ? serviceNames(this.#store.view(namespace, name), this.options) : NOTHING;
    this.#replace(was, is);
  }

  #replace(was: Names, is: Names): void {
    for (const [name, entry] of is) this.#writer.set(nameOctets(name), entry);
    for (const name of was.keys()) if (!is.has(name)) this.#writer.set(nameOctets(name), undefined);
  }

  /** The namespace has come or gone, as far as the image is concerned: so have all its names. */
  #flipNamespace(namespace: string, exposed: boolean, changes: Changes): void {
    for (const name of this.#namespaceNames(namespace))
      this.#writer.set(nameOctets(name), exposed ? NAMESPACE : undefined);
    for (const service of this.#store.services(namespace)) {
      if (changes.services.has(`${namespace}/${service}`)) continue;
      const names = serviceNames(this.#store.view(namespace, service), this.options);
      this.#replace(exposed ? NOTHING : names, exposed ? names : NOTHING);
    }
    for (const address of this.#store.podAddresses(namespace)) this.#republishPod(namespace, address);
  }

  #republishPod(namespace: string, address: string): void {
    if (this.options.pods !== 'verified') return;
    const entry = this.#isExposed(namespace) ? podEntry(this.#store, namespace, address, this.options) : undefined;
    this.#writer.set(nameOctets(podName(namespace, address)), entry);
  }
}
