// The private memory of a thread: one lazily touched range that system calls and hot code share by offsets. Opened once a thread; cold, its bytes are hot.

import { ffi } from './ffi.ts';

/** Largest arena: offsets stay small integers. */
export const MAX_ARENA_BYTES = 2 ** 31 - 65_536;
/** Allocations start here, so that offset 0 can mean "none". */
const FIRST = 64;
const FOUR_GIB = 2 ** 32;
/** Ranges of V8 lie at random places; one of 512 MiB crosses a 4 GiB line in one of eight tries. */
const PLACEMENTS = 16;

/** Bytes that never move, handed out once and never taken back. */
export class Arena {
  readonly bytes: Uint8Array;
  /** The same memory in 32-bit words: `words[offset >> 2]`. */
  readonly words: Uint32Array;
  /** Address of offset 0 for system calls; 0 without FFI. The upper 32 bits are the same all over the arena. */
  readonly base: number;
  #used = FIRST;

  constructor(buffer: ArrayBuffer, base: number) {
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.base = base;
  }

  /** Octets handed out so far, those lost to alignment included. */
  get used(): number {
    return this.#used;
  }

  /**
   * Offset of `size` untouched octets (they read as zero) whose address is a multiple of `align`, a power of two from 1 to 4096.
   * @throws RangeError when the arena is full.
   */
  allocate(size: number, align: number): number {
    const skew = this.base % align;
    const at = Math.ceil((this.#used + skew) / align) * align - skew;
    if (at + size > this.bytes.length) {
      throw new RangeError(
        `arena full: ${size} octets asked for, ${this.bytes.length - this.#used} of ${this.bytes.length} left`,
      );
    }
    this.#used = (at + size) | 0;
    // Division has made a double of it; from here on it is a small integer, and so is every offset that is derived from it.
    return at | 0;
  }
}

/**
 * An arena of `bytes` octets, rounded up to whole words.
 *
 * The memory is an ArrayBuffer: libc maps a large one anonymously and privately, and no page is touched before somebody writes to it.
 * A mapping of our own would look the same, but outlive a thread that is terminated or runs out of heap; this one goes with it.
 */
export function openArena(bytes: number): Arena {
  if (!Number.isInteger(bytes) || bytes < 4096 || bytes > MAX_ARENA_BYTES) {
    throw new RangeError(`arena: 4096 to ${MAX_ARENA_BYTES} octets allowed, ${bytes} asked for`);
  }
  const size = (bytes + 7) & ~7;
  const calls = ffi();
  // Those that cross a line are kept until one is found that does not, else the next would get the same place.
  const rejected: ArrayBuffer[] = [];
  while (rejected.length < PLACEMENTS) {
    const buffer = new ArrayBuffer(size);
    const base = calls === undefined ? 0 : calls.address(new Uint8Array(buffer));
    if (Math.floor(base / FOUR_GIB) === Math.floor((base + size - 1) / FOUR_GIB)) return new Arena(buffer, base);
    rejected.push(buffer);
  }
  throw new RangeError(`arena: no range of ${size} octets between two 4 GiB lines found`);
}
