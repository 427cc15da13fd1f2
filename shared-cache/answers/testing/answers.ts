// Tables, keys and answers that prove themselves, for the tests of this folder and of whoever stores answers. Tests only.

import { Segment } from '#memory/segment.ts';
import { hashName } from '#wire/hash.ts';
import { AnswerSegment } from '../directory.ts';
import { AnswerEntry, AnswerKey } from '../entry.ts';
import { type AnswerTable, AnswerTables } from '../table.ts';

/** A table in memory of its own. */
export function openTable(entries: number, ringBytes: number): AnswerTable {
  const segment = Segment.create('answers', 2 * ringBytes + entries * 64 + (1 << 20));
  return new AnswerTables(segment).table(AnswerSegment.open(segment).allocate('test', entries, ringBytes));
}

/** Numbers below n, the same ones for the same seed. */
export function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 12)) >>> 0) % n;
  };
}

/** Wire form of `n` in letters, `length` octets with the root octet: different numbers, different names. */
export function nameOf(n: number, length: number): Uint8Array {
  const name = new Uint8Array(length);
  let rest = n;
  for (let at = 0; at < length - 1; ) {
    const label = Math.min(63, length - 2 - at);
    name[at++] = label;
    for (const end = at + label; at < end; at++) {
      name[at] = 97 + (rest % 26);
      rest = Math.floor(rest / 26);
    }
  }
  return name;
}

/** The question number `n` of a world in which the number says everything. */
export function keyOf(n: number): AnswerKey {
  const key = new AnswerKey();
  key.bytes = nameOf(n >>> 3, 8 + (n % 57));
  key.nameLength = key.bytes.length;
  key.type = n & 1 ? 28 : 1;
  key.klass = 1;
  key.flags = (n >>> 1) & 3;
  const salt = key.type | (key.flags << 16);
  key.hash = hashName(7 ^ salt, key.bytes, 0, key.nameLength);
  key.tag = hashName(0x51ed270b ^ salt, key.bytes, 0, key.nameLength);
  return key;
}

/** Longest body of `fill`. */
export const LONGEST = 700;

/** An answer to question `n`: every octet follows from the number and the version, which begins the body. Returns the body. */
export function fill(entry: AnswerEntry, n: number, version: number, ttl: number): Uint8Array {
  const length = 12 + ((Math.imul(n + version, 0x9e3779b1) >>> 8) % (LONGEST - 12));
  const body = bodyOf(n, version, length);
  entry.bodyLength = length;
  entry.flags = (n ^ version) & 0xffff;
  entry.answers = n % 5;
  entry.authorities = version % 3;
  entry.additionals = (n + version) % 4;
  entry.ttl = ttl;
  entry.plainSize = length + n;
  for (let i = 0; i < entry.records; i++) entry.ttlOffsets[i] = (i * 7 + version) & 0xffff;
  return body;
}

function bodyOf(n: number, version: number, length: number): Uint8Array {
  const body = new Uint8Array(length);
  new DataView(body.buffer).setUint32(0, n);
  new DataView(body.buffer).setUint32(4, version);
  let state = n ^ Math.imul(version, 0x85ebca6b);
  for (let i = 8; i < length; i++) {
    state = Math.imul(state ^ (state >>> 13), 0x5bd1e995) + i;
    body[i] = state >>> 24;
  }
  return body;
}

const expected = new AnswerEntry();

/** The version of the answer to question `n` that was found, or -1 when it is not one that `fill` makes. */
export function versionOf(n: number, entry: AnswerEntry, found: Uint8Array): number {
  const view = new DataView(found.buffer, found.byteOffset);
  const version = view.getUint32(4);
  const body = fill(expected, n, version, entry.ttl);
  if (view.getUint32(0) !== n || entry.bodyLength !== body.length || !sameFields(entry)) return -1;
  return Buffer.compare(body, found.subarray(0, body.length)) === 0 ? version : -1;
}

function sameFields(entry: AnswerEntry): boolean {
  const fields = (of: AnswerEntry) => [of.flags, of.answers, of.authorities, of.additionals, of.plainSize];
  const offsets = (of: AnswerEntry) => of.ttlOffsets.subarray(0, of.records);
  return fields(entry).join() === fields(expected).join() && offsets(entry).join() === offsets(expected).join();
}
