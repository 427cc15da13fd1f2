// What the concurrency tests share with the processes and threads that they start: segments, control words, and the two loops. Cold.

import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import type { SegmentHandle } from '#native/memory.ts';
import { hashName } from '#wire/hash.ts';
import { ZoneImages } from '../reader.ts';
import { ZoneWriter } from '../writer.ts';
import { octets, random } from './names.ts';
import { witnessEntry, witnessName, witnessVersion } from './witness.ts';

/** Names that come, change and go. */
export const CHURN_NAMES = 300;
/** Small enough that blocks are reused all the time: some 80 KiB are live. */
export const ZONES_BYTES = 160 * 1024;
export const READERS = 8;
const KEY = 'churn';
const BATCH = 32;

/** Words of the control segment, behind its header. */
const STOP = 16;
const WRITES = 17;
const FIRST_READER = 32;
const LOOKUPS = 0;
const FOUND = 1;
const TORN = 2;
const BACKWARDS = 3;
const READER_WORDS = 8;

export interface ChurnHandles {
  readonly zones: SegmentHandle;
  readonly readers: SegmentHandle;
  readonly control: SegmentHandle;
}

/** What a reader has seen so far. */
export interface ReaderReport {
  lookups: number;
  found: number;
  /** Entries that were not what the writer had published, or changed within a batch. */
  torn: number;
  /** Entries that were older than one seen before under the same name. */
  backwards: number;
}

/** The three segments of a test, with the counters that its processes keep in one of them. */
export class Churn {
  readonly zones: Segment;
  readonly readers: Readers;
  readonly handles: ChurnHandles;
  readonly #control: Segment;

  constructor(handles?: ChurnHandles, writer = true) {
    this.zones = handles ? Segment.map(handles.zones, writer) : Segment.create('churn-zones', ZONES_BYTES);
    const readers = handles
      ? Segment.map(handles.readers, true)
      : Segment.create('churn-readers', readersBytes(READERS));
    this.#control = handles ? Segment.map(handles.control, true) : Segment.create('churn-control', 4096);
    this.readers = new Readers(readers);
    this.handles = handles ?? { zones: this.zones.handle, readers: readers.handle, control: this.#control.handle };
  }

  get stopped(): boolean {
    return Atomics.load(this.#control.u32, STOP) !== 0;
  }

  stop(): void {
    Atomics.store(this.#control.u32, STOP, 1);
  }

  /** Changes published by all writers. */
  get writes(): number {
    return Atomics.load(this.#control.u32, WRITES);
  }

  report(reader: number): ReaderReport {
    const at = FIRST_READER + reader * READER_WORDS;
    const [lookups, found, torn, backwards] = [LOOKUPS, FOUND, TORN, BACKWARDS].map((word) =>
      Atomics.load(this.#control.u32, at + word),
    );
    return { lookups, found, torn, backwards };
  }

  /** Changes, deletes and adds names, `steps` times or until stopped; versions go up over all writers. Now and then another image comes and goes. */
  write(steps: number): void {
    const words = this.#control.u32;
    const zones = ZoneWriter.open(this.zones, this.readers, 77);
    const image = zones.image(KEY);
    const below = random(this.writes + 1);
    for (let step = 0; step < steps && !this.stopped; step++) {
      const id = below(CHURN_NAMES);
      const version = Atomics.add(words, WRITES, 1) + 1;
      image.set(witnessName(id), below(4) === 0 ? undefined : witnessEntry(id, version));
      image.setSerial(version);
      if (step % 64 === 0) zones.image(`side-${step % 3}`).set(witnessName(id), witnessEntry(id, version));
      if (step % 64 === 32) zones.drop(`side-${(step >>> 1) % 3}`);
    }
  }

  /** Looks all names up, batch by batch, until stopped. What was found first in a batch must still be whole at its end. */
  read(reader: number): void {
    const words = this.#control.u32;
    const at = FIRST_READER + reader * READER_WORDS;
    const image = new ZoneImages(this.zones).image(KEY);
    const names = Array.from({ length: CHURN_NAMES }, (_, id) => octets(witnessName(id)));
    const hashes = names.map((name) => hashName(77, name, 0, name.length));
    const newest = new Uint32Array(CHURN_NAMES);
    const entries = new Uint32Array(BATCH);
    for (let start = reader; !this.stopped; start = (start + BATCH) % CHURN_NAMES) {
      this.readers.enter(reader);
      for (let i = 0; i < BATCH; i++) {
        const id = (start + i) % CHURN_NAMES;
        entries[i] = image.find(hashes[id], names[id], 0, names[id].length);
        words[at + LOOKUPS]++;
        if (entries[i] === 0) continue;
        words[at + FOUND]++;
        const version = witnessVersion(image, entries[i], id);
        if (version < 0) words[at + TORN]++;
        else if (version < newest[id]) words[at + BACKWARDS]++;
        else newest[id] = version;
      }
      for (let i = 0; i < BATCH; i++) {
        if (entries[i] !== 0 && witnessVersion(image, entries[i], (start + i) % CHURN_NAMES) < 0) words[at + TORN]++;
      }
      this.readers.leave(reader);
    }
  }
}

/** Every name of the image with its version, read back through a fresh reader; throws for one that is not whole. */
export function snapshot(zones: Segment): Map<number, number> {
  const image = new ZoneImages(zones).image(KEY);
  const found = new Map<number, number>();
  for (let id = 0; id < CHURN_NAMES; id++) {
    const name = octets(witnessName(id));
    const entry = image.find(hashName(77, name, 0, name.length), name, 0, name.length);
    if (entry === 0) continue;
    const version = witnessVersion(image, entry, id);
    if (version < 0) throw new Error(`name ${id} is not whole`);
    found.set(id, version);
  }
  return found;
}
