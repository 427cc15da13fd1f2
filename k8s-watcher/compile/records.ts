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

/** Addresses without repetitions, by family, in their order. */
export class AddressSet {
  readonly a: Uint8Array[] = [];
  readonly aaaa: Uint8Array[] = [];
  readonly #seen = new Set<AddressKey>();

  constructor(list: Iterable<Uint8Array> = []) {
    for (const address of list) this.add(address);
  }

  /** Domain names (no octets) are left out. */
  add(address: Uint8Array): void {
    const key = addressKeyOf(address);
    const family = address.length === 4 ? this.a : this.aaaa;
    if (address.length === 0 || this.#seen.has(key) || family.length >= MAX_RECORDS) return;
    this.#seen.add(key);
    family.push(address);
  }

  /** RRsets of the families that there are. */
  rrsets(ttl: number): RrsetData[] {
    const rrsets: RrsetData[] = [];
    if (this.a.length > 0) rrsets.push(addresses(TYPE.A, ttl, this.a));
    if (this.aaaa.length > 0) rrsets.push(addresses(TYPE.AAAA, ttl, this.aaaa));
    return rrsets;
  }
}

/** Weight of every SRV record of a name with so many items: ports times addresses, repetitions and portless items included (spec C5). */
export function weightOf(items: number): number {
  return Math.max(1, Math.floor(100 / Math.max(1, items)));
}

/** The SRV RRset, or none when no group has a port. `skip`: see `Form.TARGETS` of #zone/layout.ts. */
export function srvRrsets(ttl: number, items: number, skip: number, groups: readonly TargetGroup[]): RrsetData[] {
  const withPorts = groups.filter((group) => group.ports.length > 0).slice(0, MAX_RECORDS);
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
