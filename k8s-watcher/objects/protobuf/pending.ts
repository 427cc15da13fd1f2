// Octets that have come and have not been used up. Used by watch.ts and list.ts. Cold.

const NOTHING = Buffer.alloc(0);
const SMALLEST = 16384;
/** Octets of a buffer that is not given back when it is empty: above most events, below what 100 watches could hold on to. */
const KEPT = 1 << 20;

/**
 * The window [from, to) of `bytes` is what there is to read; whoever reads moves `from`. A chunk is read where it lies. Only what a chunk
 * leaves over is copied, when the next one comes, into a buffer that grows and is used again.
 */
export class Pending {
  bytes: Buffer = NOTHING;
  from = 0;
  to = 0;
  #own: Buffer = NOTHING;

  get length(): number {
    return this.to - this.from;
  }

  /** `chunk` follows what is there. It must not change until the window has left it. How much may wait, whoever reads knows. */
  push(chunk: Uint8Array): void {
    const length = this.length;
    if (length === 0) {
      if (this.#own.length > KEPT) this.#own = NOTHING;
      this.bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      [this.from, this.to] = [0, chunk.byteLength];
      return;
    }
    this.#own = this.#room(length + chunk.byteLength);
    this.#own.set(chunk, this.to);
    this.to += chunk.byteLength;
  }

  /** A buffer of our own that holds what is there, with room for `needed` octets from `from`. */
  #room(needed: number): Buffer {
    const mine = this.bytes === this.#own;
    if (mine && this.from + needed <= this.#own.length) return this.#own;
    const length = this.length;
    const fits = needed <= this.#own.length;
    const target = fits ? this.#own : Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#own.length, SMALLEST));
    this.bytes.copy(target, 0, this.from, this.to);
    this.bytes = target;
    [this.from, this.to] = [0, length];
    return target;
  }
}
