// Messages with a length prefix on a stream (RFC 1035 §4.2.2, RFC 7766). Warm: once for every chunk that a connection delivers.

import { HEADER_BYTES, MAX_MESSAGE_BYTES } from '#wire/constants.ts';

/**
 * Puts the octets of a stream together to messages: `push` calls `message` for each whole one, which stands at `buffer[0 … length-1]`
 * and is overwritten afterwards. The buffer grows to what the client really sends, 64 KiB at most.
 */
export class FrameReader {
  buffer: Uint8Array = new Uint8Array(512);
  #expected = -1;
  #firstOctet = -1;
  #filled = 0;

  /** True in the middle of a message: the client owes the rest. */
  get partial(): boolean {
    return this.#expected >= 0 || this.#firstOctet >= 0;
  }

  /** Takes a chunk from offset `from` on, until it is used up or `message` returns false; returns the offset that was reached. */
  push(chunk: Uint8Array, from: number, message: (length: number) => boolean): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#expected < 0) at = this.#readLength(chunk, at);
      else at = this.#readBody(chunk, at);
      if (this.#expected >= 0 && this.#filled === this.#expected) {
        const length = this.#expected;
        this.#expected = -1;
        this.#filled = 0;
        // Frames too short for a header are ignored (spec B1).
        if (length >= HEADER_BYTES && !message(length)) break;
      }
    }
    return at;
  }

  #readLength(chunk: Uint8Array, at: number): number {
    if (this.#firstOctet < 0) {
      this.#firstOctet = chunk[at];
      return at + 1;
    }
    this.#expected = (this.#firstOctet << 8) | chunk[at];
    this.#firstOctet = -1;
    if (this.#expected > this.buffer.length) this.#grow(this.#expected);
    return at + 1;
  }

  #readBody(chunk: Uint8Array, at: number): number {
    const length = Math.min(chunk.length - at, this.#expected - this.#filled);
    this.buffer.set(chunk.subarray(at, at + length), this.#filled);
    this.#filled += length;
    return at + length;
  }

  #grow(bytes: number): void {
    const size = Math.min(MAX_MESSAGE_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
    const larger = new Uint8Array(size);
    larger.set(this.buffer.subarray(0, this.#filled));
    this.buffer = larger;
  }
}

/** The message at `bytes[at…]` with its length in front, as a buffer of its own for the stream to keep. */
export function frame(bytes: Uint8Array, at: number, length: number): Buffer {
  const framed = Buffer.allocUnsafe(length + 2);
  framed.writeUInt16BE(length, 0);
  framed.set(bytes.subarray(at, at + length), 2);
  return framed;
}
