// RRsets of backends: addresses, SRV weights, entries. Shared by everything that compiles names. Cold.

import { TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import { addresses, type EntryData, plain, type RrsetData, type TargetGroup, targets } from '#zone/entry.ts';
import { type AddressKey, addressKeyOf } from '../store/records.ts';
import type { RelativeName } from './name.ts';

/** What is compiled: names of one service, one namespace, … */
export type Names = Map<RelativeName, EntryData>;

/**
 * Most addresses and SRV targets of one name. The largest message (65,535 octets) holds 4,095 A records, each with a pointer as its owner;
 * more would only take memory.
 */
export const MAX_RECORDS = 8192;

/** Up to so many addresses are compared one by one: nearly all names have few, and a set costs more than looking at these. */
const FEW = 8;
const NONE: readonly Uint8Array[] = [];

/** Addresses without repetitions, by family, in their order. */
export class AddressSet {
  a: readonly Uint8Array[] = NONE;
  aaaa: readonly Uint8Array[] = NONE;
  #seen: Set<AddressKey> | null = null;

  constructor(list: readonly Uint8Array[] = []) {
    for (const address of list) this.add(address);
  }

  /** Domain names (no octets) are left out. */
  add(address: Uint8Array): void {
    const family = address.length === 4 ? this.a : this.aaaa;
    if (address.length === 0 || family.length >= MAX_RECORDS || this.#knows(family, address)) return;
    // An array of one has room for one; those that are pushed to have room for 17.
    if (family.length > 0) (family as Uint8Array[]).push(address);
    else if (address.length === 4) this.a = [address];
    else this.aaaa = [address];
  }

  #knows(family: readonly Uint8Array[], address: Uint8Array): boolean {
    if (this.#seen === null && family.length < FEW) return family.some((known) => isSame(known, address));
    this.#seen ??= new Set([...this.a, ...this.aaaa].map(addressKeyOf));
    const key = addressKeyOf(address);
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    return false;
  }

  /** RRsets of the families that there are. */
  rrsets(ttl: number): RrsetData[] {
    const { a, aaaa } = this;
    if (aaaa.length === 0) return a.length === 0 ? [] : [addresses(TYPE.A, ttl, a)];
    const six = addresses(TYPE.AAAA, ttl, aaaa);
    return a.length === 0 ? [six] : [addresses(TYPE.A, ttl, a), six];
  }
}

/** True for the same octets. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Weight of every SRV record of a name with so many items: ports times addresses, repetitions and portless items included (spec C5). */
export function weightOf(items: number): number {
  return Math.max(1, Math.floor(100 / Math.max(1, items)));
}

/** The SRV RRset, or none when no group has a port. `skip`: see `Form.TARGETS` of #zone/layout.ts. */
export function srvRrsets(ttl: number, items: number, skip: number, groups: readonly TargetGroup[]): RrsetData[] {
  const withPorts = groups.filter((group) => group.ports.length > 0);
  if (withPorts.length > MAX_RECORDS) withPorts.length = MAX_RECORDS;
  return withPorts.length === 0 ? [] : [targets(ttl, weightOf(items), skip, withPorts)];
}

/** CNAME records to absolute names; none for an empty list. */
export function aliasRrsets(ttl: number, hosts: readonly string[]): RrsetData[] {
  return hosts.length === 0 ? [] : [plain(TYPE.CNAME, ttl, [...new Set(hosts)].map(encodeName))];
}

/** The label, or labels with dots between them, with length octets. */
export function labelOctets(label: string): Uint8Array {
  return encodeName(label).slice(0, -1);
}
