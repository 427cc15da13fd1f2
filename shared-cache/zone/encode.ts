// Keys and plain values to the bytes of an entry. Used by the writer; one buffer is used again for every entry. Cold, but economical: a start
// compiles 100,000 names, and an array or object made here would be most of its garbage.

import { type Address, IPV4_BYTES, IPV6_BYTES } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import type {
  EntryData,
  Key,
  PackedRrset,
  PlainRrset,
  RelativeRrset,
  RrsetData,
  TargetGroup,
  TargetsRrset,
} from './entry.ts';
import { hashStored, writeAddressKey, writeIpv4, writeIpv6, writeKey, writeLabels } from './key.ts';
import {
  align8,
  ENTRY_BYTES,
  ENTRY_FLAGS,
  ENTRY_HASH,
  ENTRY_NAME,
  ENTRY_NAME_LENGTH,
  ENTRY_RRSETS,
  Form,
  MAX_SEGMENT_BYTES,
  RRSET_COUNT,
  RRSET_DATA,
  RRSET_DATA_BYTES,
  RRSET_FORM,
  RRSET_SKIP,
  RRSET_TTL,
  RRSET_TYPE,
  RRSET_WEIGHT,
} from './layout.ts';

/** RFC 2181 section 8: a TTL has 31 bits. */
const MAX_TTL = 0x7fffffff;
/** Octets of the longest entry that the buffer holds at first: any key and all that nearly all names have. */
const FIRST_BYTES = 4096;
/** Zeros behind an RRset, and behind the last one. */
const MOST_PADDING = 8;

/**
 * Writes entries into a buffer of its own that grows with the largest entry: first the key, then the content. All methods throw RangeError for
 * what the layout cannot hold.
 */
export class EntryEncoder {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES);
  words: Uint32Array<ArrayBuffer> = new Uint32Array(this.bytes.buffer);
  /** Of the key. */
  hash = 0;
  /** Words up to the end of the key; two entries with the same key have the same ones behind `ENTRY_NAME`. */
  keyWords = 0;
  /** Of all hashes over keys. */
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  setKey(key: Key): void {
    this.#endKey(writeKey(this.bytes, ENTRY_NAME, key));
  }

  /** `setKey` for the `addressKey` (mark ADDRESS_MARK) or `clientKey` (mark CLIENT_MARK) of an address. */
  setAddressKey(mark: number, address: Address): void {
    this.#endKey(writeAddressKey(this.bytes, ENTRY_NAME, mark, address));
  }

  #endKey(end: number): void {
    this.hash = hashStored(this.seed, this.bytes, ENTRY_NAME, end);
    this.words[ENTRY_HASH >>> 2] = this.hash;
    this.bytes[ENTRY_NAME_LENGTH] = end - ENTRY_NAME;
    this.keyWords = this.#pad(end) >>> 2;
  }

  /** Puts the content behind the key that was set last; returns the entry's length, a multiple of 8. */
  encode(entry: EntryData): number {
    const { flags, rrsets } = entry;
    this.bytes[ENTRY_FLAGS] = limited(flags, 0xff, 'entry flags');
    this.#put16(ENTRY_RRSETS, limited(rrsets.length, 0xffff, 'RRset count'));
    let at = this.keyWords << 2;
    for (let i = 0; i < rrsets.length; i++) {
      for (let j = 0; j < i; j++)
        if (rrsets[j].type === rrsets[i].type) throw new RangeError(`two RRsets of type ${rrsets[i].type} at one name`);
      at = this.#writeRrset(at, rrsets[i]);
    }
    if (at % 8 !== 0) this.words[at >>> 2] = 0;
    const length = align8(at);
    this.words[ENTRY_BYTES >>> 2] = length;
    return length;
  }

  #writeRrset(at: number, rrset: RrsetData): number {
    this.#reserve(at + RRSET_DATA);
    this.#put16(at + RRSET_TYPE, limited(rrset.type, 0xffff, 'type'));
    this.bytes[at + RRSET_FORM] = rrset.form;
    this.bytes[at + RRSET_SKIP] = rrset.form === Form.TARGETS ? limited(rrset.skip, 127, 'skip') : 0;
    this.#put16(at + RRSET_COUNT, limited(countOf(rrset), 0xffff, 'record count'));
    this.#put16(at + RRSET_WEIGHT, rrset.form === Form.TARGETS ? limited(rrset.weight, 0xffff, 'weight') : 0);
    this.words[(at + RRSET_TTL) >>> 2] = limited(rrset.ttl, MAX_TTL, 'TTL');
    const end = this.#writeData(at + RRSET_DATA, rrset);
    this.words[(at + RRSET_DATA_BYTES) >>> 2] = end - at - RRSET_DATA;
    return this.#pad(end);
  }

  #writeData(at: number, rrset: RrsetData): number {
    switch (rrset.form) {
      case Form.PACKED:
        return this.#writePacked(at, rrset);
      case Form.PLAIN:
        return this.#writePlain(at, rrset);
      case Form.RELATIVE:
        return this.#writeRelative(at, rrset);
      case Form.TARGETS:
        return this.#writeTargets(at, rrset);
    }
  }

  #writePacked(at: number, { type, addresses }: PackedRrset): number {
    if (type !== TYPE.A && type !== TYPE.AAAA)
      throw new RangeError(`type ${type} has no addresses; allowed: 1 (A), 28 (AAAA)`);
    const width = type === TYPE.A ? IPV4_BYTES : IPV6_BYTES;
    this.#reserve(at + width * addresses.length);
    return this.#writeAddresses(at, addresses, width);
  }

  #writePlain(start: number, { rdatas }: PlainRrset): number {
    let at = start;
    for (let i = 0; i < rdatas.length; i++) {
      const rdata = rdatas[i];
      const { length } = rdata;
      this.#reserve(at + 2 + limited(length, 0xffff, 'RDATA length'));
      at = this.#writeNumber(at, length);
      copy(rdata, this.bytes, at);
      at += length;
    }
    return at;
  }

  #writeRelative(start: number, { names }: RelativeRrset): number {
    let at = start;
    for (let i = 0; i < names.length; i++) at = this.#writeOwn(at, names[i], 0);
    return at;
  }

  #writeTargets(start: number, { groups }: TargetsRrset): number {
    let at = start;
    for (let i = 0; i < groups.length; i++) at = this.#writeGroup(at, groups[i]);
    return at;
  }

  #writeGroup(start: number, { label, ports, a, aaaa }: TargetGroup): number {
    const numbers = 6 + 2 * ports.length;
    let at = this.#writeOwn(start, label, numbers + IPV4_BYTES * a.length + IPV6_BYTES * aaaa.length);
    at = this.#writeNumber(at, limited(a.length, 0xffff, 'address count'));
    at = this.#writeNumber(at, limited(aaaa.length, 0xffff, 'address count'));
    at = this.#writeNumber(at, limited(ports.length, 0xffff, 'port count'));
    for (let i = 0; i < ports.length; i++) at = this.#writeNumber(at, limited(ports[i], 0xffff, 'port'));
    return this.#writeAddresses(this.#writeAddresses(at, a, IPV4_BYTES), aaaa, IPV6_BYTES);
  }

  /** A length octet and labels; `more`: octets that will follow. */
  #writeOwn(at: number, labels: string, more: number): number {
    this.#reserve(at + 1 + labels.length + more);
    this.bytes[at] = labels.length;
    return writeLabels(this.bytes, at + 1, labels, false);
  }

  #writeAddresses(start: number, list: readonly Address[], width: number): number {
    let at = start;
    for (let i = 0; i < list.length; i++)
      at = width === IPV4_BYTES ? writeIpv4(this.bytes, at, list[i]) : writeIpv6(this.bytes, at, list[i]);
    return at;
  }

  /** In network order, as record data is. */
  #writeNumber(at: number, value: number): number {
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value;
    return at + 2;
  }

  /** In the machine's order, as all else is. */
  #put16(at: number, value: number): void {
    this.bytes[at] = value;
    this.bytes[at + 1] = value >>> 8;
  }

  /** Zeros up to a multiple of 4, over what longer entries have left. */
  #pad(end: number): number {
    let at = end;
    while (at % 4 !== 0) this.bytes[at++] = 0;
    return at;
  }

  /** Room up to `end` and for the padding behind it. */
  #reserve(end: number): void {
    if (end + MOST_PADDING > this.bytes.length) this.#grow(end + MOST_PADDING);
  }

  #grow(least: number): void {
    if (least > MAX_SEGMENT_BYTES) throw new RangeError(`an entry of ${least} bytes; no segment has as many`);
    const old = this.bytes;
    this.bytes = new Uint8Array(align8(least * 2));
    this.bytes.set(old);
    this.words = new Uint32Array(this.bytes.buffer);
  }
}

/** Records. */
function countOf(rrset: RrsetData): number {
  switch (rrset.form) {
    case Form.PACKED:
      return rrset.addresses.length;
    case Form.PLAIN:
      return rrset.rdatas.length;
    case Form.RELATIVE:
      return rrset.names.length;
    case Form.TARGETS:
      return rrset.type === TYPE.NS ? rrset.groups.length : portsOf(rrset);
  }
}

function portsOf({ groups }: TargetsRrset): number {
  let ports = 0;
  for (let i = 0; i < groups.length; i++) ports += groups[i].ports.length;
  return ports;
}

/** Most RDATA is a few octets, where a loop is several times faster than `set`. */
function copy(from: Uint8Array, to: Uint8Array, at: number): void {
  if (from.length > 64) to.set(from, at);
  else for (let i = 0; i < from.length; i++) to[at + i] = from[i];
}

function limited(value: number, most: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(`${what} ${value} is not within 0…${most}`);
  return value;
}
