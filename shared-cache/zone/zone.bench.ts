// node zone.bench.ts: publishing and looking up. Aims: 100,000 names published a second, a lookup among 10,000 names below 100 ns.

import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { hashName } from '#wire/hash.ts';
import { addresses, type EntryData } from './entry.ts';
import { type ZoneImage, ZoneImages } from './reader.ts';
import { wireName } from './testing/names.ts';
import { ZoneWriter } from './writer.ts';

const TYPE_A = 1;
const SEED = 1;
const NAME_STEP = 32;
/** Enough for V8 to have compiled everything by the first third. */
const ROUNDS = 60;

/** Best of some rounds in nanoseconds for one of `count`: the machine's other work only ever adds. */
function measure(title: string, count: number, work: () => void): void {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  const nanoseconds = (best / count) * 1e6;
  console.log(
    `${title.padEnd(44)} ${nanoseconds.toFixed(1).padStart(8)} ns ${Math.round(1e9 / nanoseconds).toLocaleString('en')} a second`,
  );
}

const entryOf = (i: number, version: number): EntryData => ({
  flags: 0,
  rrsets: [addresses(TYPE_A, version, [Uint8Array.of(10, i >>> 16, i >>> 8, i)])],
});

function publish(names: readonly Uint8Array[], zones: ZoneWriter): void {
  const image = zones.image('kube');
  let version = 0;
  const write = (): void => {
    for (let i = 0; i < names.length; i++) image.set(names[i], entryOf(i, version));
  };
  measure(`publish ${names.length} changed names`, names.length, () => {
    version++;
    write();
  });
  measure(`publish ${names.length} unchanged names`, names.length, write);
  console.log(`${(zones.bytesUsed / names.length).toFixed(1)} bytes a name`);
}

function lookUp(names: readonly Uint8Array[], image: ZoneImage): void {
  const count = names.length;
  const flat = new Uint8Array(count * NAME_STEP);
  for (const [i, name] of names.entries()) flat.set(name, i * NAME_STEP);
  const hashes = Int32Array.from(names, (name) => hashName(SEED, name, 0, name.length));
  const lengths = Uint8Array.from(names, (name) => name.length);
  let sum = 0;
  measure(`find and rrset among ${image.names()}, ${count} names`, count, () => {
    for (let i = 0; i < count; i++) sum += image.rrset(image.find(hashes[i], flat, i * NAME_STEP, lengths[i]), TYPE_A);
  });
  measure(`find what is not there, ${count} names`, count, () => {
    for (let i = 0; i < count; i++) sum += image.find(hashes[i] ^ 0x2a2a2a2a, flat, i * NAME_STEP, lengths[i]);
  });
  if (sum === 0) throw new Error('nothing was found');
}

/**
 * The rejected way: an atomic load for each shared word of a lookup (directory version, table, slot). On a 2-core x64 machine it costs 9 ns
 * more than a plain load each time, since V8 calls a builtin for it.
 */
function loads(segment: Segment): void {
  const words = segment.u32;
  const count = 1_000_000;
  let sum = 0;
  measure('a plain load', count, () => {
    for (let i = 0; i < count; i++) sum = (sum + words[(i * 7) & 0xffff]) | 0;
  });
  measure('an Atomics.load', count, () => {
    for (let i = 0; i < count; i++) sum = (sum + Atomics.load(words, (i * 7) & 0xffff)) | 0;
  });
}

for (const count of [10_000, 100_000]) {
  const segment = Segment.create('zones', 64 * 2 ** 20);
  const readers = new Readers(Segment.create('readers', readersBytes(64)));
  const zones = ZoneWriter.open(segment, readers, SEED);
  const names = Array.from({ length: count }, (_, i) => wireName(`svc-${i}.ns-${i % 100}.svc`));
  publish(names, zones);
  lookUp(names, new ZoneImages(segment).image('kube'));
  measure(`take over ${count} names`, 1, () => ZoneWriter.open(segment, readers));
  if (count === 10_000) loads(segment);
}
