// Keeps one zone image in step with the store: everything at first, then what a batch of changes touches. Cold.

import { addressKey, clientKey, type EntryData } from '#zone/entry.ts';
import { EntryFlag } from '#zone/layout.ts';
import type { ImageWriter } from '#zone/writer.ts';
import type { Changes } from '../store/changes.ts';
import { addressOfKey } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { ClusterNaming } from './cluster.ts';
import { isExposed } from './exposure.ts';
import { ExternalNaming } from './externals.ts';
import { ImportNaming } from './imports.ts';
import { APEX, nameOctets } from './name.ts';
import type { NamePart, Naming, Touched } from './naming.ts';
import type { ImageOptions, NamingKind } from './options.ts';
import type { Names } from './records.ts';

/** An exposed namespace: the name exists and has no data. */
const NAMESPACE: EntryData = { flags: EntryFlag.TXT_IS_NXDOMAIN, rrsets: [] };
const NOTHING: Names = new Map();

type Setter = (key: Uint8Array, entry: EntryData) => void;

const NAMINGS: Readonly<Record<NamingKind, new (store: Store, image: ImageOptions) => Naming>> = {
  cluster: ClusterNaming,
  imports: ImportNaming,
  external: ExternalNaming,
};

/**
 * Names are computed from the store, before and after a change, and the difference is published: no list of what an image holds is kept
 * anywhere but in the image. Which names, the image's `Naming` says. All methods throw ZoneFullError when the segment has no room; `publishAll`
 * repairs what was left half done.
 */
export class ImageCompiler {
  readonly options: ImageOptions;
  readonly #writer: ImageWriter;
  readonly #store: Store;
  readonly #naming: Naming;
  #serial: number;

  /** `serial` is that of an image that a predecessor has left, 0 for a new one. */
  constructor(options: ImageOptions, writer: ImageWriter, store: Store, serial: number) {
    this.options = options;
    this.#writer = writer;
    this.#store = store;
    this.#naming = new NAMINGS[options.naming](store, options);
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
    const set: Setter = (key, entry) => {
      if (inherited) keep.add(Buffer.from(key).toString('latin1'));
      if (this.#writer.set(key, entry)) changed = true;
    };
    for (const namespace of this.#store.namespaces()) this.#setNamespace(namespace, set);
    this.#setAddresses(set);
    for (const [address, entry] of this.#naming.clients?.all() ?? [])
      if (entry !== undefined) set(clientKey(address), entry);
    const apex = this.#naming.apexEntry();
    if (apex !== undefined) set(nameOctets(APEX), apex);
    if (inherited && this.#writer.retain((key) => keep.has(Buffer.from(key).toString('latin1'))) > 0) changed = true;
    if (changed && (inherited || this.#naming.hasObjects())) this.#setSerial(now);
  }

  /** Publishes what the changes touch. */
  publish(changes: Changes, now: number): void {
    for (const part of this.#naming.parts)
      for (const touched of part.touched(changes)) this.#republish(part, touched, changes);
    for (const [namespace, before] of changes.namespaces) {
      const is = this.#isExposed(namespace);
      if (is !== isExposed(this.options, namespace, before)) this.#flipNamespace(namespace, is, changes);
    }
    for (const address of this.#naming.touchedAddresses(changes))
      this.#writer.setAddress(addressOfKey(address), this.#naming.addressEntry(address));
    for (const [address, entry] of this.#naming.clients?.touched(changes) ?? []) this.#writer.setClient(address, entry);
    this.#writer.set(nameOctets(APEX), this.#naming.apexEntry());
    if (changes.objects.some((change) => this.#naming.movesSerial(change))) this.#setSerial(now);
  }

  #setSerial(now: number): void {
    this.#serial = Math.max(now, this.#serial);
    this.#writer.setSerial(this.#serial);
  }

  #isExposed(namespace: string): boolean {
    return isExposed(this.options, namespace, this.#store.namespaceLabels(namespace));
  }

  #wasExposed(namespace: string, changes: Changes): boolean {
    if (!changes.namespaces.has(namespace)) return this.#isExposed(namespace);
    return isExposed(this.options, namespace, changes.namespaces.get(namespace));
  }

  #setNamespace(namespace: string, set: Setter): void {
    if (!this.#isExposed(namespace)) return;
    for (const name of this.#naming.namespaceNames(namespace)) set(nameOctets(name), NAMESPACE);
    for (const part of this.#naming.parts)
      for (const member of part.members(namespace))
        for (const [name, entry] of part.names(namespace, member)) set(nameOctets(name), entry);
  }

  #setAddresses(set: Setter): void {
    for (const address of this.#naming.addresses()) {
      const entry = this.#naming.addressEntry(address);
      if (entry !== undefined) set(addressKey(addressOfKey(address)), entry);
    }
  }

  #republish(part: NamePart, { namespace, member, before }: Touched, changes: Changes): void {
    const was = this.#wasExposed(namespace, changes) ? before() : NOTHING;
    const is = this.#isExposed(namespace) ? part.names(namespace, member) : NOTHING;
    this.#replace(was, is);
  }

  #replace(was: Names, is: Names): void {
    for (const [name, entry] of is) this.#writer.set(nameOctets(name), entry);
    for (const name of was.keys()) if (!is.has(name)) this.#writer.set(nameOctets(name), undefined);
  }

  /** The namespace has come or gone, as far as the image is concerned: so have all its names. */
  #flipNamespace(namespace: string, exposed: boolean, changes: Changes): void {
    for (const name of this.#naming.namespaceNames(namespace))
      this.#writer.set(nameOctets(name), exposed ? NAMESPACE : undefined);
    for (const part of this.#naming.parts)
      for (const member of part.members(namespace)) {
        if (part.isTouched(changes, namespace, member)) continue;
        const names = part.names(namespace, member);
        this.#replace(exposed ? NOTHING : names, exposed ? names : NOTHING);
      }
  }
}
