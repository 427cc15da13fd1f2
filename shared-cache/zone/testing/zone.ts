// A zone segment with writer and reader in one place, for tests. Cold.

import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { type Address, octetsOf, writeAddress } from '#wire/address.ts';
import { hashAddress, hashName } from '#wire/hash.ts';
import type { Key } from '../entry.ts';
import { type ZoneImage, ZoneImages } from '../reader.ts';
import { ZoneWriter } from '../writer.ts';
import { octets } from './names.ts';

export const SEED = 4711;

export interface TestZone {
  readonly segment: Segment;
  readonly readers: Readers;
  readonly writer: ZoneWriter;
  readonly images: ZoneImages;
}

/** A fresh segment of that size, opened. */
export function openZone(bytes: number): TestZone {
  const segment = Segment.create('zones', bytes);
  const readers = new Readers(Segment.create('readers', readersBytes(4)));
  const writer = ZoneWriter.open(segment, readers, SEED);
  return { segment, readers, writer, images: new ZoneImages(segment) };
}

/** Looks a relative name up as a resolver thread does, in the middle of other octets. */
export function findName(image: ZoneImage, name: Key): number {
  const from = new Uint8Array(300).fill(0x61);
  from.set(octets(name), 13);
  return image.find(hashName(SEED, from, 13, 13 + name.length), from, 13, name.length);
}

/** Looks an address up as a resolver thread does. */
export function findAddress(image: ZoneImage, address: Address): number {
  const from = new Uint8Array(40).fill(0xff);
  const length = writeAddress(from, 7, address) - 7;
  return image.findAddress(hashAddress(SEED, from, 7, length), from, 7, length);
}

/** Looks up whose an address is. */
export function findClient(image: ZoneImage, address: Address): number {
  const from = octetsOf(address);
  return image.findClient(hashAddress(SEED, from, 0, from.length), from, 0, from.length);
}

/** Octets of the RRset's data, or undefined when there is no such entry or RRset. */
export function dataOf(image: ZoneImage, entry: number, type: number): number[] | undefined {
  const rrset = entry === 0 ? 0 : image.rrset(entry, type);
  if (rrset === 0) return undefined;
  const at = image.rrsetDataAt(rrset);
  return [...image.bytes.subarray(at, at + image.rrsetDataBytes(rrset))];
}
