// A piece of shared memory with typed views and a header that tells whose layout it has. Opened once a thread; cold, its views are hot.

import { createMemory, mapMemory, type SegmentHandle } from '#native/memory.ts';

/**
 * ```
 * 0        4          8          16                 64
 * │ magic  │ version  │ size f64 │ reserved (zero)  │ the owner's bytes …
 * ```
 */
const MAGIC_AT = 0;
const VERSION_AT = 4;
const SIZE_AT = 8;
/** What lies before the owner's first octet. */
export const SEGMENT_HEADER_BYTES = 64;
/** `Shoa` in the order of the bytes. */
const MAGIC = 0x616f6853;
/** Counts up with this header only; owners keep a version of their own layout behind it. */
export const SEGMENT_VERSION = 1;

/** The memory is not what the reader was built for. */
export class SegmentError extends Error {
  override readonly name = 'SegmentError';
}

/** `.u8`, `.u32`, `.i32` and `.f64` are the same memory from its first octet, header included. Atomics work on it in every kind. */
export class Segment {
  readonly handle: SegmentHandle;
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;

  private constructor(handle: SegmentHandle, memory: ArrayBufferLike) {
    this.handle = handle;
    this.u8 = new Uint8Array(memory);
    this.u32 = new Uint32Array(memory);
    this.i32 = new Int32Array(memory);
    this.f64 = new Float64Array(memory);
  }

  /** New zeroed memory of `bytes` octets (header included, rounded up to a multiple of 8), mapped writable. `name` is for people. */
  static create(name: string, bytes: number): Segment {
    if (bytes < SEGMENT_HEADER_BYTES) throw new RangeError(`segment ${name}: ${bytes} octets are less than its header`);
    const size = Math.ceil(bytes / 8) * 8;
    const handle = createMemory(name, size);
    const segment = new Segment(handle, mapMemory(handle, { writable: true }));
    segment.f64[SIZE_AT >> 3] = size;
    segment.u32[VERSION_AT >> 2] = SEGMENT_VERSION;
    segment.u32[MAGIC_AT >> 2] = MAGIC;
    return segment;
  }

  /**
   * Maps what another thread or process created. Writing to one that is not `writable` ends the process.
   * @throws SegmentError when it is no segment, or one of another version or size
   */
  static map(handle: SegmentHandle, writable: boolean): Segment {
    const segment = new Segment(handle, mapMemory(handle, { writable }));
    segment.#check();
    return segment;
  }

  #check(): void {
    const magic = this.u32[MAGIC_AT >> 2];
    if (magic !== MAGIC)
      throw new SegmentError(`segment: magic ${magic.toString(16)} instead of ${MAGIC.toString(16)}`);
    const version = this.u32[VERSION_AT >> 2];
    if (version !== SEGMENT_VERSION) {
      throw new SegmentError(`segment: layout version ${version}, this program reads version ${SEGMENT_VERSION}`);
    }
    const size = this.f64[SIZE_AT >> 3];
    if (size !== this.u8.length)
      throw new SegmentError(`segment: ${size} octets long, but mapped with ${this.u8.length}`);
  }
}
