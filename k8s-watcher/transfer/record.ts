// Records of a zone while they are transferred, and how their RDATA is made. Cold.

import { type Address, isIpv4, octetsOf } from '#wire/address.ts';
import { MAX_NAME_BYTES, TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import type { RelativeName } from '../compile/name.ts';

export interface ZoneRecord {
  readonly owner: RelativeName;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  /** RDATA, names in it whole. */
  readonly data: Uint8Array;
}

/** Refresh, retry and expire in seconds (spec C6). */
const SOA_TIMES = [7200, 1800, 86_400] as const;
/** Priority, weight and port (RFC 2782). */
const SRV_HEAD = 6;

/** A or AAAA. */
export function addressRecord(owner: RelativeName, ttl: number, address: Address): ZoneRecord {
  return { owner, type: isIpv4(address) ? TYPE.A : TYPE.AAAA, ttl, data: octetsOf(address) };
}

/** SRV with priority 0; nothing when the target's name gets too long below this zone. */
export function srvRecord(
  owner: RelativeName,
  ttl: number,
  weight: number,
  port: number,
  target: RelativeName,
  zone: Uint8Array,
): ZoneRecord[] {
  const name = nameBelow(target, zone);
  if (name === undefined) return [];
  return [wireSrvRecord(owner, ttl, weight, port, name)];
}

/** NS of the zone itself. */
export function nsRecord(ttl: number, target: RelativeName, zone: Uint8Array): ZoneRecord[] {
  const data = nameBelow(target, zone);
  return data === undefined ? [] : [{ owner: '', type: TYPE.NS, ttl, data }];
}

/** CNAME to a name anywhere, in wire form. */
export function wireAliasRecord(owner: RelativeName, ttl: number, data: Uint8Array): ZoneRecord {
  return { owner, type: TYPE.CNAME, ttl, data };
}

/** SRV with priority 0 to a name anywhere, in wire form. */
export function wireSrvRecord(
  owner: RelativeName,
  ttl: number,
  weight: number,
  port: number,
  target: Uint8Array,
): ZoneRecord {
  const data = new Uint8Array(SRV_HEAD + target.length);
  data.set([0, 0, weight >> 8, weight, port >> 8, port]);
  data.set(target, SRV_HEAD);
  return { owner, type: TYPE.SRV, ttl, data };
}

/** CNAME to a name anywhere, in presentation form. */
export function aliasRecord(owner: RelativeName, ttl: number, target: string): ZoneRecord {
  return { owner, type: TYPE.CNAME, ttl, data: encodeName(target) };
}

/** What kinds of zones say differently in their SOA. */
export interface SoaWords {
  readonly server: RelativeName;
  readonly mailbox: RelativeName;
  /** Seconds, of the record. */
  readonly ttl: number;
  /** Seconds, of negative answers. */
  readonly minimum: number;
}

/** SOA of the zone: `SERVER.ZONE MAILBOX.ZONE serial 7200 1800 86400 minimum`; undefined when the zone's name is too long for it. */
export function soaRecord(words: SoaWords, serial: number, zone: Uint8Array): ZoneRecord | undefined {
  const server = nameBelow(words.server, zone);
  const mailbox = nameBelow(words.mailbox, zone);
  if (server === undefined || mailbox === undefined) return undefined;
  const data = Buffer.alloc(server.length + mailbox.length + 20);
  data.set(server);
  data.set(mailbox, server.length);
  let at = server.length + mailbox.length;
  for (const value of [serial, ...SOA_TIMES, words.minimum]) at = data.writeUInt32BE(value >>> 0, at);
  return { owner: '', type: TYPE.SOA, ttl: words.ttl, data };
}

/** The wire name `NAME.ZONE`, or undefined when that is longer than names may be. */
function nameBelow(name: RelativeName, zone: Uint8Array): Uint8Array | undefined {
  if (name.length + zone.length > MAX_NAME_BYTES) return undefined;
  const octets = new Uint8Array(name.length + zone.length);
  for (let i = 0; i < name.length; i++) octets[i] = name.charCodeAt(i);
  octets.set(zone, name.length);
  return octets;
}
