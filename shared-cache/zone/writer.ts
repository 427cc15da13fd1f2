// The one writer of a zone segment: directory of images, memory, take-over from a writer that died. Used by the watcher and the primary. Cold.

import { randomInt } from 'node:crypto';
import { Heap } from '#memory/heap.ts';
import { Grace, type Readers } from '#memory/quiescence.ts';
import type { Segment } from '#memory/segment.ts';
import { EntryEncoder } from './encode.ts';
import { ZoneDamagedError, ZoneFullError } from './errors.ts';
import { type ImageMemory, ImageWriter } from './image.ts';
import {
  DIRECTORY_VERSION_AT,
  HEAP_AT,
  hashKey,
  IMAGES,
  ImageState,
  MAX_SEGMENT_BYTES,
  RECORD_BYTES,
  RECORD_KEY,
  RECORD_KEY_BYTES,
  RECORD_KEY_HASH,
  RECORD_STATE,
  RECORD_TABLE,
  recordAt,
  SEED_AT,
  VERSION_AT,
  ZONE_VERSION,
} from './layout.ts';
import { rangesInUse } from './recover.ts';

export type { ImageWriter } from './image.ts';

/** How long a new image waits for readers of dropped ones when there is no other room: some periods of a CPU quota (100 ms), and it is rare. */
const PATIENCE_MS = 1000;
/** Directory, one table and a few names. */
const LEAST_BYTES = 8192;

export class ZoneWriter {
  readonly #memory: ImageMemory;
  readonly #images = new Map<string, { readonly writer: ImageWriter; readonly index: number }>();
  /** Begun at the last drop: until it has passed, readers may be inside the image of a DROPPED record. */
  readonly #dropped: Grace;

  private constructor(memory: ImageMemory, readers: Readers) {
    this.#memory = memory;
    this.#dropped = new Grace(readers);
    this.#dropped.begin();
    this.#adoptAll();
  }

  /**
   * Opens the segment for its one writer: a fresh one is laid out, one that a dead writer left is taken over as it is (every image and name that
   * readers see stays). `seed` is that of all hashes over names and must be the same for every segment of a replica; without it a fresh segment gets a random one
   * and an old one keeps its own. Throws RangeError for a segment of a wrong size or with another seed, ZoneDamagedError when its content makes no sense.
   */
  static open(segment: Segment, readers: Readers, seed?: number): ZoneWriter {
    const bytes = segment.u8.length;
    if (bytes < LEAST_BYTES || bytes > MAX_SEGMENT_BYTES) {
      throw new RangeError(
        `a zone segment of ${bytes} bytes; allowed: ${LEAST_BYTES}…${MAX_SEGMENT_BYTES} (memory.zones)`,
      );
    }
    prepare(segment.u32, seed);
    const heap = openHeap(segment, readers);
    return new ZoneWriter({ segment, heap, encoder: new EntryEncoder(segment.u32[SEED_AT >>> 2]) }, readers);
  }

  /** The seed of all hashes in the segment. */
  get seed(): number {
    return this.#memory.encoder.seed;
  }

  /** Bytes in use, blocks that readers may still see included. */
  get bytesUsed(): number {
    return this.#memory.heap.bytesUsed;
  }

  /** Bytes that the segment has for images. */
  get limit(): number {
    return this.#memory.heap.limit;
  }

  /** Keys of all images, those of a predecessor included. */
  keys(): string[] {
    return [...this.#images.keys()];
  }

  /** The image of that key, made when there is none. Throws ZoneFullError without memory, RangeError when the directory is full. */
  image(key: string): ImageWriter {
    const known = this.#images.get(key);
    if (known !== undefined) return known.writer;
    const index = this.#vacantRecord();
    this.#publishRecord(index, new TextEncoder().encode(key));
    const writer = new ImageWriter(this.#memory, index);
    this.#images.set(key, { writer, index });
    return writer;
  }

  /** Takes the image away; its memory is reused when no reader is in it any more. False when there is none. */
  drop(key: string): boolean {
    const known = this.#images.get(key);
    if (known === undefined) return false;
    const { segment, heap } = this.#memory;
    const words = segment.u32;
    const record = recordAt(known.index) >>> 2;
    Atomics.store(words, record + (RECORD_STATE >>> 2), ImageState.DROPPED);
    Atomics.store(words, record + (RECORD_TABLE >>> 2), 0);
    Atomics.add(words, DIRECTORY_VERSION_AT >>> 2, 1);
    known.writer.close();
    heap.retire(words[record + (RECORD_KEY >>> 2)], words[record + (RECORD_KEY_BYTES >>> 2)]);
    this.#dropped.begin();
    this.#images.delete(key);
    return true;
  }

  #adoptAll(): void {
    const { u32: words, u8: bytes } = this.#memory.segment;
    for (let index = 0; index < IMAGES; index++) {
      const record = recordAt(index) >>> 2;
      if (words[record + (RECORD_STATE >>> 2)] !== ImageState.LIVE) continue;
      const at = words[record + (RECORD_KEY >>> 2)];
      const key = new TextDecoder().decode(bytes.slice(at, at + words[record + (RECORD_KEY_BYTES >>> 2)]));
      this.#images.set(key, { writer: new ImageWriter(this.#memory, index), index });
    }
    // The predecessor may have died between a change of a record and this announcement.
    Atomics.add(words, DIRECTORY_VERSION_AT >>> 2, 1);
  }

  #vacantRecord(): number {
    const free = this.#recordIn(ImageState.FREE);
    if (free >= 0) return free;
    const dropped = this.#recordIn(ImageState.DROPPED);
    if (dropped < 0) throw new RangeError(`a zone segment holds at most ${IMAGES} images`);
    if (!this.#dropped.wait(PATIENCE_MS)) {
      throw new RangeError(
        `a zone segment holds at most ${IMAGES} images, dropped ones included while readers are in them`,
      );
    }
    return dropped;
  }

  #recordIn(state: number): number {
    for (let index = 0; index < IMAGES; index++) {
      if (this.#memory.segment.u32[(recordAt(index) + RECORD_STATE) >>> 2] === state) return index;
    }
    return -1;
  }

  /** The state goes live last, so that neither a reader nor a successor ever sees half a record. */
  #publishRecord(index: number, key: Uint8Array): void {
    const { segment, heap } = this.#memory;
    if (key.length === 0) throw new RangeError('an image needs a key');
    const block = heap.allocateOrWait(key.length, PATIENCE_MS);
    if (block === 0) throw new ZoneFullError(heap.bytesUsed, heap.limit, key.length);
    segment.u8.set(key, block);
    const words = segment.u32;
    const record = recordAt(index) >>> 2;
    words.fill(0, record + 1, record + (RECORD_BYTES >>> 2));
    words[record + (RECORD_KEY_HASH >>> 2)] = hashKey(key);
    words[record + (RECORD_KEY >>> 2)] = block;
    words[record + (RECORD_KEY_BYTES >>> 2)] = key.length;
    Atomics.store(words, record + (RECORD_STATE >>> 2), ImageState.LIVE);
    Atomics.add(words, DIRECTORY_VERSION_AT >>> 2, 1);
  }
}

/** Lays a fresh segment out, or checks that an old one fits. The version is stored last: what has none was never used. */
function prepare(words: Uint32Array, seed: number | undefined): void {
  const version = words[VERSION_AT >>> 2];
  if (version === 0) {
    words[SEED_AT >>> 2] = seed ?? randomInt(1, 2 ** 32);
    Atomics.store(words, VERSION_AT >>> 2, ZONE_VERSION);
    return;
  }
  if (version !== ZONE_VERSION)
    throw new ZoneDamagedError(`zone segment has layout version ${version}, this program writes ${ZONE_VERSION}`);
  const old = words[SEED_AT >>> 2];
  if (seed !== undefined && old !== seed >>> 0)
    throw new RangeError(`zone segment has the seed ${old}, not ${seed >>> 0}`);
}

function openHeap(segment: Segment, readers: Readers): Heap {
  const end = segment.u8.length & ~7;
  const used = rangesInUse(segment);
  try {
    return Heap.recover(segment, HEAP_AT, end, readers, used);
  } catch (error) {
    throw new ZoneDamagedError(`zone segment: ${error instanceof Error ? error.message : error}`);
  }
}
