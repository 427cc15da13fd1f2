// The bytes of a zone segment: directory, tables, entries, RRsets. Shared by reader (hot) and writer (cold); numbers are in the machine's
// little-endian order, record data in network order, ready to be copied.

/** Counts up whenever an offset or a meaning below changes: a reader or writer of another version refuses the segment. */
export const ZONE_VERSION = 1;

/*
 * Segment
 *   0     segment header (64), see #memory/segment.ts
 *   64    zone header (64)
 *   128   directory: IMAGES records of 64 bytes
 *   4224  heap: tables, entries, keys; every block on an 8-byte boundary
 *
 * Zone header
 *   64 u32 ZONE_VERSION (0: no writer has opened the segment yet)
 *   68 u32 seed of all hashes over names
 *   72 u32 directory version: changes whenever an image appears or goes
 */
export const VERSION_AT = 64;
export const SEED_AT = 68;
export const DIRECTORY_VERSION_AT = 72;

/** Images of one segment: one for every zone source (a kubernetes zone, a hosts file, a zone file), some hundred bytes of address space each. */
export const IMAGES = 64;
export const DIRECTORY_AT = 128;
export const RECORD_BYTES = 64;
export const HEAP_AT: number = DIRECTORY_AT + IMAGES * RECORD_BYTES;
/** A slot can point into the first GiB (27 bits of 8-byte granules). */
export const MAX_SEGMENT_BYTES: number = 2 ** 30;

/*
 * Directory record
 *   +0  u32 state: ImageState          +20 u32 hash of the key
 *   +4  u32 offset of the table, 0 = none   +24 u32 offset of the key (UTF-8)
 *   +8  u32 number of names            +28 u32 bytes of the key
 *   +12 u32 SOA serial                 +32 u32 TTL of negative answers, seconds
 *   +16 u32 flags: IMAGE_SYNCED        +36 …   zero
 */
export const RECORD_STATE = 0;
export const RECORD_TABLE = 4;
export const RECORD_NAMES = 8;
export const RECORD_SERIAL = 12;
export const RECORD_FLAGS = 16;
export const RECORD_KEY_HASH = 20;
export const RECORD_KEY = 24;
export const RECORD_KEY_BYTES = 28;
export const RECORD_TTL = 32;

/** States of a directory record. DROPPED ones are used again only when no reader can be within the old image any more. */
export const ImageState = { FREE: 0, LIVE: 1, DROPPED: 2 } as const;
/** Everything the source had at its start is in the image. */
export const IMAGE_SYNCED = 1;

/*
 * Table: open addressing with linear probing from slot hash & (2^bits - 1). It describes itself, so that growing it swaps one pointer.
 *   +0 u32 bits · +4 u32 index of its record · +8 u32 × 2^bits slots
 * Slot
 *   31    27 26                       0
 *   [ tag  ] [ offset of the entry / 8 ]     tag: the upper 5 bits of the hash
 *   0: empty, probing ends · 1: tombstone, probing goes on (offset 8 lies in the segment header and is never an entry)
 */
export const TABLE_SLOTS = 8;
export const SLOT_TAG_SHIFT = 27;
export const SLOT_OFFSET_MASK = 0x07ffffff;
export const SLOT_TOMBSTONE = 1;

/*
 * Entry: immutable once published; a change publishes another one in the same slot.
 *   +0 u32 hash · +4 u32 bytes of the whole entry, a multiple of 8 · +8 u8 nameLength · +9 u8 flags · +10 u16 RRsets
 *   +12 name: wire labels below the zone, lower case, without the root octet; length 0 is the apex
 *       or an address key: a mark (no label can be that long), then 4 or 16 address octets
 *   zeros up to a multiple of 4 · RRsets
 */
export const ENTRY_HASH = 0;
export const ENTRY_BYTES = 4;
export const ENTRY_NAME_LENGTH = 8;
export const ENTRY_FLAGS = 9;
export const ENTRY_RRSETS = 10;
export const ENTRY_NAME = 12;
/** First octet of the key of an address and what it is called (PTR). */
export const ADDRESS_MARK = 0xff;
/** First octet of the key of an address and whose it is, as far as it may ask questions. */
export const CLIENT_MARK = 0xfe;
/** Octets of the longest relative name: 255 (RFC 1035 section 3.1) without the root octet. */
export const MAX_NAME = 254;

/** Flags of an entry; the other bits are free for the image's owner. */
export const EntryFlag = {
  /** The name exists without items of its own: TXT is NXDOMAIN there, every other type NODATA. */
  TXT_IS_NXDOMAIN: 1,
  /** The entry stands for an alias (ExternalName): only its CNAME is data. */
  ALIAS: 2,
} as const;

/*
 * RRset, on a 4-byte boundary
 *   +0 u16 type · +2 u8 form · +3 u8 skip · +4 u16 count · +6 u16 weight · +8 u32 TTL · +12 u32 dataBytes
 *   +16 data, zeros up to a multiple of 4
 */
export const RRSET_TYPE = 0;
export const RRSET_FORM = 2;
export const RRSET_SKIP = 3;
export const RRSET_COUNT = 4;
export const RRSET_WEIGHT = 6;
export const RRSET_TTL = 8;
export const RRSET_DATA_BYTES = 12;
export const RRSET_DATA = 16;

/** What the data of an RRset is made of; u16 below are in network order. */
export const Form = {
  /** Addresses one after the other: A count × 4, AAAA count × 16. */
  PACKED: 1,
  /** count × [u16 length][RDATA], names within uncompressed. */
  PLAIN: 2,
  /** RDATA is a name: count × [u8 length][wire labels relative to the image's origin zone]. */
  RELATIVE: 3,
  /**
   * SRV with priority 0 and the RRset's weight, and its glue: groups up to dataBytes, each
   * [u8 ownLength][own labels, length octets included, or nothing][u16 nA][u16 nAAAA][u16 nPorts][u16 × nPorts ports][4 × nA][16 × nAAAA].
   * A group is nPorts records, or one of type NS; `count` is the sum of all groups. Target: own labels, then the QNAME from its label number `skip` on.
   */
  TARGETS: 4,
} as const;
export type Form = (typeof Form)[keyof typeof Form];

/** Rounds up to a multiple of 4. */
export function align4(bytes: number): number {
  return (bytes + 3) & ~3;
}
/** Rounds up to a multiple of 8. */
export function align8(bytes: number): number {
  return (bytes + 7) & ~7;
}
/** Byte offset of directory record `index`. */
export function recordAt(index: number): number {
  return DIRECTORY_AT + index * RECORD_BYTES;
}
/** FNV-1a over the UTF-8 octets of an image's key. */
export function hashKey(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const octet of key) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
}
