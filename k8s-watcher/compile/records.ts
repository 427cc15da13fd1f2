// RRsets of backends: addresses, SRV weights, entries. Shared by everything that compiles names. Cold.

import { type Address, isIpv4 } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import { addresses, type EntryData, plain, type RrsetData, type TargetGroup, targets } from '#zone/entry.ts';
import type { RelativeName } from './name.ts';

/** Takes names with their entries: an image, or a Map. Of a name that comes twice the later entry stays. */
export interface NameSink {
  set(name: RelativeName, entry: EntryData): unknown;
}

/**
 * Most addresses and SRV targets of one name. The largest message (65,535 octets) holds 4,095 A records, each with a pointer as its owner;
 * more would only take memory.
 */
export const MAX_RECORDS = 8192;

/** Up to so many addresses are compared one by one: nearly all names have few, and a set costs more than looking at these. */
const FEW = 8;
const NONE: readonly never[] = [];

/** Addresses without repetitions, by family, in their order. */
export class AddressSet {
  a: readonly Address[] = NONE;
  aaaa: readonly Address[] = NONE;
  #seen: Set<Address> | null = null;

  constructor(list: readonly Address[] = NONE) {
    for (const address of list) this.add(address);
  }

  /** Domain names ('') are left out. */
  add(address: Address): void {
    const family = isIpv4(address) ? this.a : this.aaaa;
    if (address === '' || family.length >= MAX_RECORDS || this.#knows(family, address)) return;
    // An array of one has room for one; those that are pushed to have room for 17.
    if (family.length > 0) (family as Address[]).push(address);
    else if (isIpv4(address)) this.a = [address];
    else this.aaaa = [address];
  }

  #knows(family: readonly Address[], address: Address): boolean {
    if (this.#seen === null && family.length < FEW) return family.includes(address);
    this.#seen ??= new Set([...this.a, ...this.aaaa]);
    if (this.#seen.has(address)) return true;
    this.#seen.add(address);
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
