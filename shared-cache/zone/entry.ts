// What a name of an image holds, as plain values, and builders for its RRsets; the encoder checks them. Used by everything that compiles zones. Cold.

import { type Address, octetsOf } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import { ADDRESS_MARK, CLIENT_MARK, Form } from './layout.ts';

/**
 * What an entry stands under, as one-byte characters: a relative name (lower-case wire labels without the root octet; '' is the apex), an
 * `addressKey` or a `clientKey`.
 */
export type Key = string;

/** One RRset; the builders below make them. `ttl` in seconds. */
export type RrsetData = PackedRrset | PlainRrset | RelativeRrset | TargetsRrset;

/** A or AAAA records. */
export interface PackedRrset {
  readonly form: typeof Form.PACKED;
  readonly type: number;
  readonly ttl: number;
  readonly addresses: readonly Address[];
}

/** Records of any type from their RDATA, names within uncompressed. */
export interface PlainRrset {
  readonly form: typeof Form.PLAIN;
  readonly type: number;
  readonly ttl: number;
  readonly rdatas: readonly Uint8Array[];
}

/** Records whose RDATA is one name below the image's origin zone: wire labels without the root octet, as one-byte characters. */
export interface RelativeRrset {
  readonly form: typeof Form.RELATIVE;
  readonly type: number;
  readonly ttl: number;
  readonly names: readonly string[];
}

/** SRV or NS records with their glue; see `Form.TARGETS`. */
export interface TargetsRrset {
  readonly form: typeof Form.TARGETS;
  readonly type: number;
  readonly ttl: number;
  /** Weight of every record. */
  readonly weight: number;
  /** Number of leading QNAME labels that are not part of the target. */
  readonly skip: number;
  readonly groups: readonly TargetGroup[];
}

/** SRV targets that share their ports and addresses. */
export interface TargetGroup {
  /** The target's own labels with their length octets, without the root, as one-byte characters; '' when the target is what remains of the QNAME. */
  readonly label: string;
  readonly ports: readonly number[];
  /** Glue: IPv4 addresses. */
  readonly a: readonly Address[];
  /** Glue: IPv6 addresses. */
  readonly aaaa: readonly Address[];
}

/** All that is known of one name. */
export interface EntryData {
  /** Bits of `EntryFlag`. */
  readonly flags: number;
  /** At most one of a type. None: the name exists without data (NODATA). */
  readonly rrsets: readonly RrsetData[];
}

export function addresses(type: number, ttl: number, list: readonly Address[]): PackedRrset {
  return { form: Form.PACKED, type, ttl, addresses: list };
}

export function plain(type: number, ttl: number, rdatas: readonly Uint8Array[]): PlainRrset {
  return { form: Form.PLAIN, type, ttl, rdatas };
}

export function relative(type: number, ttl: number, names: readonly string[]): RelativeRrset {
  return { form: Form.RELATIVE, type, ttl, names };
}

export function targets(ttl: number, weight: number, skip: number, groups: readonly TargetGroup[]): TargetsRrset {
  return { form: Form.TARGETS, type: TYPE.SRV, ttl, weight, skip, groups };
}

/** One name server a group: its `label` below the zone, its addresses, no ports. */
export function nameServers(ttl: number, groups: readonly TargetGroup[]): TargetsRrset {
  return { form: Form.TARGETS, type: TYPE.NS, ttl, weight: 0, skip: 0, groups };
}

/** The key under which an image keeps what an address is called. */
export function addressKey(address: Address): Key {
  return markedKey(ADDRESS_MARK, address);
}

/** The key under which an image keeps whose an address is: another one than `addressKey`, so that both can change by themselves. */
export function clientKey(address: Address): Key {
  return markedKey(CLIENT_MARK, address);
}

function markedKey(mark: number, address: Address): Key {
  return String.fromCharCode(mark, ...octetsOf(address));
}
