// Plain objects to the bytes of an entry and back. Used by the writer; one buffer is used again for every entry. Cold.

import { hashAddress, hashName } from '#wire/hash.ts';
import type { EntryData, RrsetData } from './entry.ts';
import {
  ADDRESS_MARK,
  align4,
  align8,
  CLIENT_MARK,
  ENTRY_BYTES,
  ENTRY_FLAGS,
  ENTRY_HASH,
  ENTRY_NAME,
  ENTRY_NAME_LENGTH,
  ENTRY_RRSETS,
  type Form,
  MAX_NAME,
  RRSET_COUNT,
  RRSET_DATA,
  RRSET_DATA_BYTES,
  RRSET_FORM,
  RRSET_SKIP,
  RRSET_TTL,
  RRSET_TYPE,
  RRSET_WEIGHT,
} from './layout.ts';

/** Hash of a stored key: a relative name or an address key. */
export function hashStored(seed: number, key: Uint8Array): number {
  return isMarked(key) ? hashAddress(seed, key, 1, key.length - 1) : hashName(seed, key, 0, key.length);
}

function isMarked(key: Uint8Array): boolean {
  return key[0] === ADDRESS_MARK || key[0] === CLIENT_MARK;
}

/** Throws RangeError unless the key is an address key or lower-case wire labels without the root octet. */
export function checkKey(key: Uint8Array): void {
  if (isMarked(key)) {
    if (key.length !== 5 && key.length !== 17)
      throw new RangeError(`an address key of ${key.length} octets; allowed: 5, 17`);
    return;
  }
  if (key.length > MAX_NAME) throw new RangeError(`a relative name of ${key.length} octets; allowed: 0…${MAX_NAME}`);
  let at = 0;
  while (at < key.length) {
    const length = key[at];
    if (length === 0 || length > 63 || at + length >= key.length) {
      throw new RangeError(
        `a relative name with a label of ${length} octets at ${at}, ${key.length} octets in all; it must be labels of 1…63 octets without the root`,
      );
    }
    for (let i = at + 1; i <= at + length; i++) {
      if (key[i] >= 65 && key[i] <= 90)
        throw new RangeError('a relative name with an upper-case letter; names of images are lower case');
    }
    at += length + 1;
  }
}

/** Writes entries into a buffer of its own that grows with the largest entry. */
export class EntryEncoder {
  bytes = new Uint8Array(4096);
  words = new Uint32Array(this.bytes.buffer);

  /** Fills `bytes` from 0 on; returns the entry's length, a multiple of 8. Throws RangeError for what the layout cannot hold. */
  encode(hash: number, key: Uint8Array, entry: EntryData): number {
    const length = measure(key, entry);
    this.#reserve(length);
    this.words.fill(0, 0, length >>> 2);
    this.words[ENTRY_HASH >>> 2] = hash;
    this.words[ENTRY_BYTES >>> 2] = length;
    this.bytes[ENTRY_NAME_LENGTH] = key.length;
    this.bytes[ENTRY_FLAGS] = entry.flags;
    put16(this.bytes, ENTRY_RRSETS, entry.rrsets.length);
    copy(key, this.bytes, ENTRY_NAME);
    let at = align4(ENTRY_NAME + key.length);
    for (const rrset of entry.rrsets) at = this.#encodeRrset(at, rrset);
    return length;
  }

  #encodeRrset(at: number, rrset: RrsetData): number {
    const bytes = this.bytes;
    put16(bytes, at + RRSET_TYPE, rrset.type);
    bytes[at + RRSET_FORM] = rrset.form;
    bytes[at + RRSET_SKIP] = rrset.skip;
    put16(bytes, at + RRSET_COUNT, rrset.count);
    put16(bytes, at + RRSET_WEIGHT, rrset.weight);
    this.words[(at + RRSET_TTL) >>> 2] = rrset.ttl;
    this.words[(at + RRSET_DATA_BYTES) >>> 2] = rrset.data.length;
    copy(rrset.data, bytes, at + RRSET_DATA);
    return at + RRSET_DATA + align4(rrset.data.length);
  }

  #reserve(length: number): void {
    if (length <= this.bytes.length) return;
    this.bytes = new Uint8Array(align8(length * 2));
    this.words = new Uint32Array(this.bytes.buffer);
  }
}

/** The entry at `at` as plain objects; copies, so that it outlives the entry. */
export function decodeEntry(bytes: Uint8Array, words: Uint32Array, at: number): EntryData {
  const rrsets: RrsetData[] = [];
  let rrsetAt = at + align4(ENTRY_NAME + bytes[at + ENTRY_NAME_LENGTH]);
  for (let left = get16(bytes, at + ENTRY_RRSETS); left > 0; left--) {
    const dataBytes = words[(rrsetAt + RRSET_DATA_BYTES) >>> 2];
    rrsets.push({
      type: get16(bytes, rrsetAt + RRSET_TYPE),
      form: bytes[rrsetAt + RRSET_FORM] as Form,
      skip: bytes[rrsetAt + RRSET_SKIP],
      count: get16(bytes, rrsetAt + RRSET_COUNT),
      weight: get16(bytes, rrsetAt + RRSET_WEIGHT),
      ttl: words[(rrsetAt + RRSET_TTL) >>> 2],
      data: bytes.slice(rrsetAt + RRSET_DATA, rrsetAt + RRSET_DATA + dataBytes),
    });
    rrsetAt += RRSET_DATA + align4(dataBytes);
  }
  return { flags: bytes[at + ENTRY_FLAGS], rrsets };
}

/** A copy of the key of the entry at `at`. */
export function decodeKey(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.slice(at + ENTRY_NAME, at + ENTRY_NAME + bytes[at + ENTRY_NAME_LENGTH]);
}

function measure(key: Uint8Array, entry: EntryData): number {
  const { flags, rrsets } = entry;
  if (!Number.isInteger(flags) || flags < 0 || flags > 0xff)
    throw new RangeError(`entry flags ${flags} are not within 0…255`);
  if (rrsets.length > 0xffff) throw new RangeError(`${rrsets.length} RRsets of one name; allowed: 0…65535`);
  let length = align4(ENTRY_NAME + key.length);
  for (let i = 0; i < rrsets.length; i++) {
    for (let j = 0; j < i; j++)
      if (rrsets[j].type === rrsets[i].type) throw new RangeError(`two RRsets of type ${rrsets[i].type} at one name`);
    length += RRSET_DATA + align4(rrsets[i].data.length);
  }
  return align8(length);
}

/** Most blobs are a few octets, where a loop is several times faster than `set`. */
function copy(from: Uint8Array, to: Uint8Array, at: number): void {
  if (from.length > 64) to.set(from, at);
  else for (let i = 0; i < from.length; i++) to[at + i] = from[i];
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

function get16(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8);
}
