// Random work on images against plain Maps, in segments so small that memory is reused and runs out all the time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '#wire/address.ts';
import { addressKey, clientKey, type EntryData, type Key } from './entry.ts';
import { ZoneFullError } from './errors.ts';
import { SLOT_TOMBSTONE } from './layout.ts';
import type { ZoneImage } from './reader.ts';
import { random } from './testing/names.ts';
import { witnessEntry, witnessName, witnessVersion } from './testing/witness.ts';
import { findAddress, findClient, findName, openZone, type TestZone } from './testing/zone.ts';
import { type ImageWriter, ZoneWriter } from './writer.ts';

const KEYS = ['kube', 'hosts', 'file'];

/** Numbers that are multiples of 5 stand for addresses: what one is called, or, of the next lower multiple of 10, whose it is. */
const isAddress = (id: number): boolean => id % 5 === 0;
const isClient = (id: number): boolean => id % 10 === 0;

/** Both kinds share their addresses, which are of both families. */
function addressOf(id: number): Address {
  const even = id - (id % 10);
  return even % 20 === 0 ? 0x8a000000 | even : `\xfd${'\0'.repeat(13)}${String.fromCharCode(even >>> 8, even & 255)}`;
}

function keyOf(id: number): Key {
  if (isAddress(id)) return (isClient(id) ? clientKey : addressKey)(addressOf(id));
  return id === 1 ? '' : witnessName(id);
}

function find(image: ZoneImage, id: number): number {
  if (!isAddress(id)) return findName(image, keyOf(id));
  return isClient(id) ? findClient(image, addressOf(id)) : findAddress(image, addressOf(id));
}

/** By key or by address, which must be the same. */
function set(image: ImageWriter, id: number, entry: EntryData | undefined, byKey: boolean): boolean {
  if (byKey || !isAddress(id)) return image.set(keyOf(id), entry);
  return isClient(id) ? image.setClient(addressOf(id), entry) : image.setAddress(addressOf(id), entry);
}

class Model {
  readonly zone: TestZone;
  readonly images: readonly ZoneImage[];
  /** Version under every number, for each image. */
  readonly content = KEYS.map(() => new Map<number, number>());
  readonly below: (n: number) => number;
  readonly ids: number;
  writer: ZoneWriter;
  full = 0;
  #version = 0;

  constructor(seed: number, bytes: number, ids: number) {
    this.zone = openZone(bytes);
    this.writer = this.zone.writer;
    this.images = KEYS.map((key) => this.zone.images.image(key));
    this.below = random(seed);
    this.ids = ids;
  }

  set(image: number, id: number): void {
    const version = ++this.#version;
    try {
      const byKey = version % 2 === 0;
      assert.equal(set(this.writer.image(KEYS[image]), id, witnessEntry(id, version), byKey), true);
      this.content[image].set(id, version);
    } catch (error) {
      if (!(error instanceof ZoneFullError)) throw error;
      this.full++;
    }
  }

  remove(image: number, id: number): void {
    if (!this.writer.keys().includes(KEYS[image])) return;
    const byKey = this.below(2) === 0;
    assert.equal(set(this.writer.image(KEYS[image]), id, undefined, byKey), this.content[image].delete(id));
  }

  drop(image: number): void {
    this.writer.drop(KEYS[image]);
    this.content[image].clear();
  }

  retain(image: number): void {
    if (!this.writer.keys().includes(KEYS[image])) return;
    const before = this.content[image].size;
    const kept = new Set<string>();
    for (const id of this.content[image].keys()) {
      if (id % 3 !== 0) kept.add(keyOf(id));
      else this.content[image].delete(id);
    }
    assert.equal(
      this.writer.image(KEYS[image]).retain((key) => kept.has(key)),
      before - kept.size,
    );
  }

  succeed(): void {
    this.writer = ZoneWriter.open(this.zone.segment, this.zone.readers);
  }

  check(image: number, id: number): void {
    const entry = find(this.images[image], id);
    const version = entry === 0 ? undefined : witnessVersion(this.images[image], entry, id);
    assert.equal(version, this.content[image].get(id), `${KEYS[image]}: key ${id}`);
  }

  checkAll(): void {
    for (let image = 0; image < KEYS.length; image++) {
      for (let id = 0; id < this.ids; id++) this.check(image, id);
      assert.equal(this.images[image].names(), this.content[image].size);
    }
  }

  step(): void {
    const image = this.below(KEYS.length);
    const id = this.below(this.ids);
    const dice = this.below(10_000);
    if (dice < 4500) this.set(image, id);
    else if (dice < 6500) this.remove(image, id);
    else if (dice < 6510) this.drop(image);
    else if (dice < 6530) this.retain(image);
    else if (dice < 6540) this.succeed();
    else this.check(image, id);
  }
}

const rows = [
  { name: 'a segment that is always nearly full', seed: 11, bytes: 40_000, ids: 100, full: true },
  { name: 'a segment with room to spare', seed: 12, bytes: 1_000_000, ids: 1000, full: false },
  { name: 'a handful of names', seed: 13, bytes: 20_000, ids: 12, full: false },
  { name: 'far too many names', seed: 14, bytes: 60_000, ids: 5000, full: true },
];
for (const row of rows) {
  test(`images are what a Map says after 15,000 random steps: ${row.name}`, () => {
    const model = new Model(row.seed, row.bytes, row.ids);
    for (let step = 1; step <= 15_000; step++) {
      model.step();
      if (step % 3000 === 0) model.checkAll();
    }
    assert.equal(model.full > 0, row.full, `${model.full} times full`);
    for (let image = 0; image < KEYS.length; image++) model.drop(image);
    model.succeed();
    assert.equal(model.writer.bytesUsed, 0, 'nothing leaks');
  });
}

test('tombstones do not pile up: names that come and go for ever cost no probes', () => {
  const { writer, segment, images } = openZone(1 << 18);
  const image = writer.image('kube');
  for (let id = 0; id < 40_000; id++) {
    image.set(witnessName(id), { flags: 0, rrsets: [] });
    if (id >= 50) image.set(witnessName(id - 50), undefined);
  }
  assert.equal(images.image('kube').names(), 50);
  const table = segment.u32[(128 + 4) >>> 2] >>> 2;
  const slots = segment.u32.subarray(table + 2, table + 2 + (1 << segment.u32[table]));
  assert.ok(slots.length <= 512, `${slots.length} slots for 50 names`);
  const tombstones = slots.filter((slot) => slot === SLOT_TOMBSTONE).length;
  assert.ok((tombstones + 50) * 8 <= slots.length * 5, `${tombstones} tombstones in ${slots.length} slots`);
});
