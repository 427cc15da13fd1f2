// What kind of names an image has: the strategy that `ImageCompiler` keeps an image in step by. One implementation a kind. Cold.

import type { Address } from '#wire/address.ts';
import type { EntryData } from '#zone/entry.ts';
import type { Changes } from '../store/changes.ts';
import type { ObjectChange } from '../store/records.ts';
import type { ClientPart } from './clients.ts';
import type { RelativeName } from './name.ts';
import type { NameSink } from './records.ts';

/** A member of a part that a batch has touched. */
export interface Touched {
  readonly namespace: string;
  readonly member: string;
  /** Its names before the batch; their entries are not looked at. */
  readonly before: (into: NameSink) => void;
}

/** One sort of things in a namespace that have names: its services, the addresses of its pods, its imports. Two members never share a name. */
export interface NamePart {
  /** Of the namespace, as the store is now. */
  members(namespace: string): Iterable<string>;
  /** Names of a member as the store is now; none when it is gone. */
  names(namespace: string, member: string, into: NameSink): void;
  /** Every member once. */
  touched(changes: Changes): Iterable<Touched>;
  isTouched(changes: Changes, namespace: string, member: string): boolean;
}

/**
 * Which names the objects of a store have in one image. Whether a namespace is exposed is none of its business: names of parts are published only
 * below exposed namespaces, addresses and the apex always.
 */
export interface Naming {
  readonly parts: readonly NamePart[];
  /** Names of an exposed namespace itself: they exist and have no data. */
  namespaceNames(namespace: string): RelativeName[];
  /** Every address that may have an entry. */
  addresses(): Iterable<Address>;
  /** Those whose entry may be another one after the changes. */
  touchedAddresses(changes: Changes): Iterable<Address>;
  /** Who has the address (PTR); undefined for nobody. */
  addressEntry(address: Address): EntryData | undefined;
  /** Whose addresses are; left out when nobody wants to know. */
  readonly clients?: ClientPart | null;
  /** How many names there are at least, about; 0 when nothing is known. */
  leastNames(): number;
  /** Entry of the zone itself, when objects have a say in it. */
  apexEntry(): EntryData | undefined;
  /** True when there is something that the serial tells of: it is 0 before. */
  hasObjects(): boolean;
  /** True when the change moves the serial (spec C6). */
  movesSerial(change: ObjectChange): boolean;
}
