// Records of a zone while they are transferred, and how their RDATA is made. Cold.

import { MAX_NAME_BYTES, TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import { nameOctets, type RelativeName, relativeName } from '../compile/name.ts';

export interface ZoneRecord {
  readonly owner: RelativeName;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  /** RDATA, names in it whole. */
  readonly data: Uint8Array;
}

const NS_DNS = relativeName('ns', 'dns');
const HOSTMASTER = relativeName('hostmaster');
/** Refresh, retry and expire in seconds (spec C6). */
const SOA_TIMES = [7200, 1800, 86_400] as const;
const SOA_MAX_TTL = 300;
/** Priority, weight and port (RFC 2782). */
const SRV_HEAD = 6;

/** A or AAAA; `address` of 4 or 16 octets. */
export function addressRecord(owner: RelativeName, ttl: number, address: Uint8Array): ZoneRecord {
  return { owner, type: address.length === 4 ? TYPE.A : TYPE.AAAA, ttl, data: address };
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
  const data = new Uint8Array(SRV_HEAD + name.length);
  data.set([0, 0, weight >> 8, weight, port >> 8, port]);
  data.set(name, SRV_HEAD);
  return [{ owner, type: TYPE.SRV, ttl, data }];
}

/** NS of the zone itself. */
export function nsRecord(ttl: number, target: RelativeName, zone: Uint8Array): ZoneRecord[] {
  const data = nameBelow(target, zone);
  return data === undefined ? [] : [{ owner: '', type: TYPE.NS, ttl, data }];
}

/** CNAME to a name anywhere, in presentation form. */
export function aliasRecord(owner: RelativeName, ttl: number, target: string): ZoneRecord {
  return { owner, type: TYPE.CNAME, ttl, data: encodeName(target) };
}

/** SOA of the zone (spec C6): `ns.dns.ZONE hostmaster.ZONE serial 7200 1800 86400 ttl`; undefined when the zone's name is too long for it. */
export function soaRecord(ttl: number, serial: number, zone: Uint8Array): ZoneRecord | undefined {
  const server = nameBelow(NS_DNS, zone);
  const mailbox = nameBelow(HOSTMASTER, zone);
  if (server === undefined || mailbox === undefined) return undefined;
  const data = Buffer.alloc(server.length + mailbox.length + 20);
  data.set(server);
  data.set(mailbox, server.length);
  let at = server.length + mailbox.length;
  for (const value of [serial, ...SOA_TIMES, ttl]) at = data.writeUInt32BE(value >>> 0, at);
  return { owner: '', type: TYPE.SOA, ttl: Math.min(ttl, SOA_MAX_TTL), data };
}

/** The wire name `NAME.ZONE`, or undefined when that is longer than names may be. */
function nameBelow(name: RelativeName, zone: Uint8Array): Uint8Array | undefined {
  if (name.length + zone.length > MAX_NAME_BYTES) return undefined;
  const octets = new Uint8Array(name.length + zone.length);
  octets.set(nameOctets(name));
  octets.set(zone, name.length);
  return octets;
}
