// The bytes of the answers segment, drawn, with their version. Offsets for directory.ts (cold), ways.ts and ring.ts (hot).

import { SEGMENT_HEADER_BYTES } from '#memory/segment.ts';

/*
 * Segment, in octets:
 *
 *   0     header of #memory/segment.ts
 *   64    magic u32 │ version u32 │ secret i32 │ generation u32 (of the table made last) │ zero
 *   128   descriptors: TABLES x 64
 *   ...   questions in flight: IN_FLIGHT_PLACES x (tag i32 │ time i32), see in-flight.ts
 *   ...   tables: ways, then ring, in one range; ranges begin at multiples of 64
 */

/** `Ansr` in the order of the bytes. */
export const MAGIC = 0x72736e41;
/** Counts up when anything below changes. */
export const VERSION = 3;
const HEADER = SEGMENT_HEADER_BYTES >>> 2;
/** Word offsets of the header. */
export const MAGIC_WORD: number = HEADER;
export const VERSION_WORD: number = HEADER + 1;
export const SECRET_WORD: number = HEADER + 2;
export const GENERATION_WORD: number = HEADER + 3;

/** A cache directive takes two tables; a reload may hold twice as many for a minute. 512 of them are 32 KiB. */
export const TABLES = 512;
export const DESCRIPTORS_AT: number = SEGMENT_HEADER_BYTES + 64;
export const DESCRIPTOR_BYTES = 64;

/**
 * Places for questions in flight, a power of two; 32 KiB. With a hundred in flight one question in forty finds its place taken and is asked by
 * every thread for itself: `shoal_cache_waits_total` would show fewer waits than herds.
 */
export const IN_FLIGHT_PLACES = 4096;
export const IN_FLIGHT_WORDS = 2;
export const IN_FLIGHT_AT: number = DESCRIPTORS_AT + TABLES * DESCRIPTOR_BYTES;
/** The first octet that tables may take. */
export const TABLES_AT: number = IN_FLIGHT_AT + IN_FLIGHT_PLACES * IN_FLIGHT_WORDS * 4;

/*
 * Descriptor, in words:
 *
 *   0 state │ 1 generation │ 2…5 key (128 bits of SHA-256) │ 6 asked entries │ 7 asked octets of the ring
 *   8 sets │ 9 offset of the ways (octets) │ 10 granules of the ring │ 11 offset of the ring (octets)
 *   12 head of the ring │ 13 retired at (s) │ 14, 15 zero
 *
 * Only the head is written by threads.
 */
export const DESCRIPTOR = {
  STATE: 0,
  GENERATION: 1,
  KEY: 2,
  ASKED_ENTRIES: 6,
  ASKED_BYTES: 7,
  SETS: 8,
  WAYS_AT: 9,
  GRANULES: 10,
  RING_AT: 11,
  HEAD: 12,
  RETIRED_AT: 13,
} as const;
/** Words of a descriptor's key. */
export const KEY_WORDS = 4;
export const STATE = { FREE: 0, USED: 1, RETIRED: 2 } as const;

/*
 * Ways: sets of 192 octets. What a lookup reads of all ways lies in one cache line.
 *
 *   word 0…15    way w: tag i32 at 2w │ position at 2w + 1, 0 for none
 *   word 16…23   expires (s)      of way 0 … 7
 *   word 24…31   last hit (s), 0 for never
 *   word 32…39   hits in a row (only counted where somebody asks for it)
 *   word 40…47   refresh: 0 free │ t > 0 somebody is at it, until second t at most │ -t < 0 it has failed, not again before second t
 */
export const WAYS = 8;
export const SET_WORDS = 48;
export const SET_BYTES: number = SET_WORDS * 4;
export const EXPIRES_WORD = 16;
export const HIT_WORD = 24;
export const HITS_WORD = 32;
export const REFRESH_WORD = 40;

/*
 * Ring: a log of entries, each of which begins at a multiple of 8 octets (a granule) and does not run over the ring's end.
 *
 * A *position* numbers granules since the table was made. The first lap begins at G (the ring's granules), so that 0 can mean none; behind the
 * last lap that fits into 31 bits it begins at G again. Offset in the ring: position % G. Intact is what lies at most G behind the head.
 *
 * Entry, in words (octets within a word from the lowest on; every word is written and read as a number, whatever the machine's order):
 *
 *   0   check: over words 1 … n-1, begun with secret, generation and position
 *   1   words of the entry n u16 │ QNAME length u8 │ key flags u8
 *   2   QTYPE u16 │ QCLASS u16
 *   3   body length u16 │ header flags and rcode u16
 *   4   answers u16 │ authorities u16
 *   5   additionals u16 │ milliseconds of the time of storing u16
 *   6   seconds of the time of storing (CLOCK_MONOTONIC)
 *   7   TTL (s)
 *   8   octets of the message without compression
 *   9…  QNAME in lower case with the root octet │ body │ TTL offsets u16, one a record; each of the three begins at a word
 *
 * The body is what stands behind the question. The key contains the whole QNAME, so in every answer that it is used for the question has the
 * same length, and compression pointers stay right.
 */
export const GRANULE_BYTES = 8;
export const ENTRY_HEADER_WORDS = 9;
/** Positions stay below, so that they are small integers. */
export const POSITION_LIMIT = 0x7fffffff;

/** A longer body is not stored: 16 KiB is four times what any client takes by UDP, and lets no name take up a ring. */
export const MAX_BODY_BYTES = 16_384;
/** Most records that a message can have: 11 octets each. */
export const MAX_RECORDS = 5957;

/** Words that `octets` take up. */
export function wordsOf(octets: number): number {
  return (octets + 3) >>> 2;
}
