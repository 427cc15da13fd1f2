// Lookups in zone images: one hash probe in shared memory, without locks. Used by every resolver thread for every query. Hot.

import type { Segment } from '#memory/segment.ts';
import {
  ADDRESS_MARK,
  align4,
  CLIENT_MARK,
  DIRECTORY_VERSION_AT,
  ENTRY_FLAGS,
  ENTRY_NAME,
  ENTRY_NAME_LENGTH,
  ENTRY_RRSETS,
  hashKey,
  IMAGE_SYNCED,
  IMAGES,
  ImageState,
  RECORD_FLAGS,
  RECORD_KEY,
  RECORD_KEY_BYTES,
  RECORD_KEY_HASH,
  RECORD_NAMES,
  RECORD_SERIAL,
  RECORD_STATE,
  RECORD_TABLE,
  RECORD_TTL,
  RRSET_COUNT,
  RRSET_DATA,
  RRSET_DATA_BYTES,
  RRSET_FORM,
  RRSET_SKIP,
  RRSET_TTL,
  RRSET_WEIGHT,
  recordAt,
  SEED_AT,
  SLOT_OFFSET_MASK,
  SLOT_TAG_SHIFT,
  SLOT_TOMBSTONE,
  TABLE_SLOTS,
  VERSION_AT,
  ZONE_VERSION,
} from './layout.ts';

const TABLE_SLOTS_WORDS = TABLE_SLOTS >>> 2;
/** A directory version that no image has seen yet: the first use looks the key up. */
const NEVER = -1;

/** All images of one zone segment, which may be mapped read-only. */
export class ZoneImages {
  readonly #segment: Segment;

  /** Throws an Error when the segment was written by another version of the layout. */
  constructor(segment: Segment) {
    const version = segment.u32[VERSION_AT >>> 2];
    if (version !== 0 && version !== ZONE_VERSION)
      throw new Error(`zone segment has layout version ${version}, this program reads ${ZONE_VERSION}`);
    this.#segment = segment;
  }

  /** The seed of all hashes, or 0 while no writer has opened the segment. */
  get seed(): number {
    return this.#segment.u32[SEED_AT >>> 2];
  }

  /** The image of that key. It need not exist yet, may go and may come back: it then finds nothing until the writer has made it. Cold. */
  image(key: string): ZoneImage {
    return new ZoneImage(this.#segment, key);
  }
}

/**
 * One image. Offsets that it returns are offsets into `bytes`, valid until the thread leaves its batch (`Readers.leave`); 0 is «nothing».
 *
 * Loads of shared words are plain ones: an `Atomics.load` is a call of about 9 ns in V8, three of which would be half of a lookup. It is
 * sound because (1) aligned 32-bit loads of typed arrays never tear, (2) what is behind a pointer is complete before the writer's
 * sequentially consistent store of the pointer, and the load behind it depends on it, and (3) a load cannot move before `Readers.enter`.
 */
export class ZoneImage {
  /** The segment: entries are read here. */
  readonly bytes: Uint8Array;
  /** The same memory as `bytes`. */
  readonly words: Uint32Array;
  readonly #key: Uint8Array;
  readonly #keyHash: number;
  /** Directory version at which `#record` was looked up. */
  #seen: number;
  /** Word index of the image's directory record; 0 while there is none. */
  #record: number;

  constructor(segment: Segment, key: string) {
    this.bytes = segment.u8;
    this.words = segment.u32;
    this.#key = new TextEncoder().encode(key);
    this.#keyHash = hashKey(this.#key);
    this.#seen = NEVER;
    this.#record = 0;
  }

  /**
   * The entry of the name whose lower-case wire labels, without the root octet and without the zone's labels, are the `nameLength` octets at
   * `from[nameAt]`; `hash` is their fold (#wire/hash.ts) with the segment's seed. 0 when the image does not have the name.
   */
  find(hash: number, from: Uint8Array, nameAt: number, nameLength: number): number {
    return this.#probe(hash, from, nameAt, nameLength, 0, 0);
  }

  /** The entry of the address of 4 or 16 octets at `from[at]`, `hash` from `hashAddress`; 0 when the image does not have it. */
  findAddress(hash: number, from: Uint8Array, at: number, length: number): number {
    return this.#probe(hash, from, at, length, ADDRESS_MARK, 1);
  }

  /** The same among clients: whose the address is. */
  findClient(hash: number, from: Uint8Array, at: number, length: number): number {
    return this.#probe(hash, from, at, length, CLIENT_MARK, 1);
  }

  /** The RRset of that type in the entry, or 0. */
  rrset(entry: number, type: number): number {
    const { bytes, words } = this;
    let at = entry + align4(ENTRY_NAME + bytes[entry + ENTRY_NAME_LENGTH]);
    for (let left = bytes[entry + ENTRY_RRSETS] | (bytes[entry + ENTRY_RRSETS + 1] << 8); left > 0; left--) {
      if ((words[at >>> 2] & 0xffff) === type) return at;
      at += RRSET_DATA + align4(words[(at + RRSET_DATA_BYTES) >>> 2]);
    }
    return 0;
  }

  /** Bits of `EntryFlag`. */
  flags(entry: number): number {
    return this.bytes[entry + ENTRY_FLAGS];
  }

  /** SOA serial of the image; 0 while there is none. */
  serial(): number {
    return this.#field(RECORD_SERIAL);
  }

  /** True once the image holds everything that its source had at the start. */
  synced(): boolean {
    return (this.#field(RECORD_FLAGS) & IMAGE_SYNCED) !== 0;
  }

  /** Number of names and addresses in the image. */
  names(): number {
    return this.#field(RECORD_NAMES);
  }

  /** TTL of negative answers in seconds, as the owner set it. */
  ttl(): number {
    return this.#field(RECORD_TTL);
  }

  /** The `Form` of an RRset's data. */
  rrsetForm(rrset: number): number {
    return this.bytes[rrset + RRSET_FORM];
  }

  /** Records in an RRset. */
  rrsetCount(rrset: number): number {
    return this.words[(rrset + RRSET_COUNT) >>> 2] & 0xffff;
  }

  /** TTL of an RRset in seconds. */
  rrsetTtl(rrset: number): number {
    return this.words[(rrset + RRSET_TTL) >>> 2];
  }

  /** Form TARGETS: leading QNAME labels that are not part of the target. */
  rrsetSkip(rrset: number): number {
    return this.bytes[rrset + RRSET_SKIP];
  }

  /** Form TARGETS: weight of every record. */
  rrsetWeight(rrset: number): number {
    return this.words[(rrset + RRSET_COUNT) >>> 2] >>> ((RRSET_WEIGHT - RRSET_COUNT) * 8);
  }

  /** Offset of an RRset's data. */
  rrsetDataAt(rrset: number): number {
    return rrset + RRSET_DATA;
  }

  /** Octets of an RRset's data, without padding. */
  rrsetDataBytes(rrset: number): number {
    return this.words[(rrset + RRSET_DATA_BYTES) >>> 2];
  }

  /** One loop for names and address keys (`skip` = 1: the stored key has `mark` in front); long because calls would cost more than it. */
  #probe(hash: number, from: Uint8Array, at: number, length: number, mark: number, skip: number): number {
    const { bytes, words } = this;
    if (words[DIRECTORY_VERSION_AT >>> 2] !== this.#seen) this.#resolve();
    const record = this.#record;
    if (record === 0) return 0;
    const table = words[record + (RECORD_TABLE >>> 2)] >>> 2;
    if (table === 0) return 0;
    const mask = (1 << words[table]) - 1;
    const tag = hash >>> SLOT_TAG_SHIFT;
    let slot = hash & mask;
    // The writer keeps an empty slot in every table; the bound only keeps a damaged segment from holding a thread for ever.
    for (let left = mask; left >= 0; left--) {
      const word = words[table + TABLE_SLOTS_WORDS + slot];
      if (word === 0) return 0;
      if (word >>> SLOT_TAG_SHIFT === tag && word !== SLOT_TOMBSTONE) {
        const entry = (word & SLOT_OFFSET_MASK) << 3;
        if (
          (words[entry >>> 2] | 0) === (hash | 0) &&
          bytes[entry + ENTRY_NAME_LENGTH] === length + skip &&
          (skip === 0 || bytes[entry + ENTRY_NAME] === mark)
        ) {
          // Comparing four octets a turn was measured and is no faster: the loop waits for memory, not for instructions.
          const name = entry + ENTRY_NAME + skip;
          let i = 0;
          while (i < length && bytes[name + i] === from[at + i]) i++;
          if (i === length) return entry;
        }
      }
      slot = (slot + 1) & mask;
    }
    return 0;
  }

  #field(field: number): number {
    if (this.words[DIRECTORY_VERSION_AT >>> 2] !== this.#seen) this.#resolve();
    return this.#record === 0 ? 0 : this.words[this.#record + (field >>> 2)];
  }

  /** Looks the key up in the directory; only when an image appeared or went since the last time. */
  #resolve(): void {
    const { words } = this;
    // Acquiring loads, in this order: a version seen here must not be newer than the records looked at behind it.
    this.#seen = Atomics.load(words, DIRECTORY_VERSION_AT >>> 2);
    this.#record = 0;
    for (let index = 0; index < IMAGES; index++) {
      const record = recordAt(index) >>> 2;
      const live = Atomics.load(words, record + (RECORD_STATE >>> 2)) === ImageState.LIVE;
      if (live && this.#isKeyOf(record)) this.#record = record;
    }
  }

  #isKeyOf(record: number): boolean {
    const { bytes, words } = this;
    const length = this.#key.length;
    if (
      words[record + (RECORD_KEY_HASH >>> 2)] !== this.#keyHash ||
      words[record + (RECORD_KEY_BYTES >>> 2)] !== length
    )
      return false;
    const at = words[record + (RECORD_KEY >>> 2)];
    let i = 0;
    while (i < length && bytes[at + i] === this.#key[i]) i++;
    return i === length;
  }
}
