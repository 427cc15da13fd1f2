// A zone segment with writer and reader in one place, for tests. Cold.

import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { hashAddress, hashName } from '#wire/hash.ts';
import { type ZoneImage, ZoneImages } from '../reader.ts';
import { ZoneWriter } from '../writer.ts';

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
export function findName(image: ZoneImage, name: Uint8Array): number {
  const from = new Uint8Array(300).fill(0x61);
  from.set(name, 13);
  return image.find(hashName(SEED, name, 0, name.length), from, 13, name.length);
}

/** Looks an address up as a resolver thread does. */
export function findAddress(image: ZoneImage, address: Uint8Array): number {
  const from = new Uint8Array(40).fill(0xff);
  from.set(address, 7);
  return image.findAddress(hashAddress(SEED, address, 0, address.length), from, 7, address.length);
}

/** Looks up whose an address is. */
export function findClient(image: ZoneImage, address: Uint8Array): number {
  return image.findClient(hashAddress(SEED, address, 0, address.length), address, 0, address.length);
}

/** Octets of the RRset's data, or undefined when there is no such entry or RRset. */
export function dataOf(image: ZoneImage, entry: number, type: number): number[] | undefined {
  const rrset = entry === 0 ? 0 : image.rrset(entry, type);
  if (rrset === 0) return undefined;
  const at = image.rrsetDataAt(rrset);
  return [...image.bytes.subarray(at, at + image.rrsetDataBytes(rrset))];
}
