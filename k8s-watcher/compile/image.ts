// Keeps one zone image in step with the store: everything at first, then what a batch of changes touches. Cold.

import type { EntryData } from '#zone/entry.ts';
import { Fill } from '#zone/fill.ts';
import { EntryFlag } from '#zone/layout.ts';
import type { ImageWriter } from '#zone/writer.ts';
import type { Changes } from '../store/changes.ts';
import type { Store } from '../store/store.ts';
import { ClusterNaming } from './cluster.ts';
import { isExposed } from './exposure.ts';
import { ExternalNaming } from './externals.ts';
import { ImportNaming } from './imports.ts';
import { APEX, type RelativeName } from './name.ts';
import type { NamePart, Naming, Touched } from './naming.ts';
import type { ImageOptions, NamingKind } from './options.ts';
import type { NameSink } from './records.ts';

/** An exposed namespace: the name exists and has no data. */
const NAMESPACE: EntryData = { flags: EntryFlag.TXT_IS_NXDOMAIN, rrsets: [] };

type Names = ReadonlyMap<RelativeName, EntryData>;
const NOTHING: Names = new Map();

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
    const fill = new Fill(this.#writer, this.#naming.leastNames());
    for (const namespace of this.#store.namespaces()) this.#fillNamespace(namespace, fill);
    for (const address of this.#naming.addresses()) fill.setAddress(address, this.#naming.addressEntry(address));
    for (const [address, entry] of this.#naming.clients?.all() ?? []) fill.setClient(address, entry);
    const apex = this.#naming.apexEntry();
    if (apex !== undefined) fill.set(APEX, apex);
    if (fill.finish() && (fill.inherited || this.#naming.hasObjects())) this.#setSerial(now);
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
      this.#writer.setAddress(address, this.#naming.addressEntry(address));
    for (const [address, entry] of this.#naming.clients?.touched(changes) ?? []) this.#writer.setClient(address, entry);
    this.#writer.set(APEX, this.#naming.apexEntry());
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

  #fillNamespace(namespace: string, fill: Fill): void {
    if (!this.#isExposed(namespace)) return;
    for (const name of this.#naming.namespaceNames(namespace)) fill.set(name, NAMESPACE);
    for (const part of this.#naming.parts)
      for (const member of part.members(namespace)) part.names(namespace, member, fill);
  }

  #republish(part: NamePart, { namespace, member, before }: Touched, changes: Changes): void {
    const was = this.#wasExposed(namespace, changes) ? collect(before) : NOTHING;
    const is = this.#isExposed(namespace) ? collect((into) => part.names(namespace, member, into)) : NOTHING;
    this.#replace(was, is);
  }

  #replace(was: Names, is: Names): void {
    for (const [name, entry] of is) this.#writer.set(name, entry);
    for (const name of was.keys()) if (!is.has(name)) this.#writer.set(name, undefined);
  }

  /** The namespace has come or gone, as far as the image is concerned: so have all its names. */
  #flipNamespace(namespace: string, exposed: boolean, changes: Changes): void {
    for (const name of this.#naming.namespaceNames(namespace)) this.#writer.set(name, exposed ? NAMESPACE : undefined);
    for (const part of this.#naming.parts)
      for (const member of part.members(namespace)) {
        if (part.isTouched(changes, namespace, member)) continue;
        const names = collect((into) => part.names(namespace, member, into));
        this.#replace(exposed ? NOTHING : names, exposed ? names : NOTHING);
      }
  }
}

function collect(tell: (into: NameSink) => void): Names {
  const names = new Map<RelativeName, EntryData>();
  tell(names);
  return names;
}
