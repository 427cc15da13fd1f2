// Entries that prove themselves whole: every octet follows from the name's number and a version. For tests with concurrent readers. Cold.

import { type EntryData, type Key, plain } from '../entry.ts';
import type { ZoneImage } from '../reader.ts';
import { wireName } from './names.ts';

const TYPE_TXT = 16;

/** The name with that number. */
export function witnessName(id: number): Key {
  return wireName(`name-${id}.witness`);
}

/** One record of 8 … 407 octets: number, version, then a pattern of both; sizes change with the version, so that blocks move. */
export function witnessEntry(id: number, version: number): EntryData {
  const rdata = new Uint8Array(lengthOf(id, version));
  const view = new DataView(rdata.buffer);
  view.setUint32(0, id);
  view.setUint32(4, version);
  for (let i = 8; i < rdata.length; i++) rdata[i] = patternOf(id, version, i);
  return { flags: version & 0xf0, rrsets: [plain(TYPE_TXT, version, [rdata])] };
}

/** The version in the entry at `entry`, or -1 when anything about it is not what `witnessEntry` made. */
export function witnessVersion(image: ZoneImage, entry: number, id: number): number {
  const { bytes } = image;
  const rrset = image.rrset(entry, TYPE_TXT);
  if (rrset === 0 || image.rrsetCount(rrset) !== 1) return -1;
  const at = image.rrsetDataAt(rrset) + 2;
  const version = read32(bytes, at + 4);
  const length = lengthOf(id, version);
  if (read32(bytes, at) !== id || image.rrsetTtl(rrset) !== version || image.flags(entry) !== (version & 0xf0))
    return -1;
  if (image.rrsetDataBytes(rrset) !== length + 2 || ((bytes[at - 2] << 8) | bytes[at - 1]) !== length) return -1;
  for (let i = 8; i < length; i++) if (bytes[at + i] !== patternOf(id, version, i)) return -1;
  return version;
}

function lengthOf(id: number, version: number): number {
  return 8 + (((Math.imul(version, 2654435) ^ Math.imul(id, 40503)) >>> 0) % 400);
}

function patternOf(id: number, version: number, i: number): number {
  return (Math.imul(id + 1, 31) ^ Math.imul(version + 1, 17) ^ i) & 0xff;
}

function read32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
