// The log of a resolver thread: lines are put together in a preallocated buffer and written once per batch. Hot.

import { LevelLogger } from './logger.ts';
import { BROKEN, openSink, type Sink, WOULD_BLOCK } from './sink.ts';

const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const HEX = '0123456789abcdef';
/** Decimal digits of 2^53. */
const MAX_DIGITS = 16;

/**
 * A bounded buffer of whole lines.
 *
 * ```
 *  0        start            end              at           limit  capacity
 *  │ written │ whole lines    │ the open line   │ free         │ \n │
 * ```
 * Hot code appends pieces and calls `endLine`; the thread calls `flush` at the end of a batch. What the sink does not take
 * waits for the next flush; a line that then finds no room is dropped as a whole and counted. Line breaks and other
 * control characters are escaped on the way in, so a line is always one line and cannot steer a terminal.
 * Between the first append and `endLine` no level method may be called: both would write into the same line.
 */
export class LineBuffer extends LevelLogger {
  /** Lines lost since the start: no room, or nobody reads. */
  dropped = 0;
  readonly #sink: Sink;
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  readonly #digits = new Uint8Array(MAX_DIGITS);
  #start = 0;
  #end = 0;
  #at = 0;
  /** The open line did not fit. */
  #lost = false;
  /** The sink refused a line that wanted room; it is not asked again before the next `flush`. */
  #blocked = false;

  /** `capacity`: bytes, at least 2; a longer line than that cannot be written. */
  constructor(capacity: number, sink: Sink = openSink()) {
    super();
    this.#bytes = new Uint8Array(capacity);
    this.#limit = capacity - 1; // keeps a byte for the line's end
    this.#sink = sink;
  }

  /** Bytes of whole lines that wait for the sink. */
  get pending(): number {
    return this.#end - this.#start;
  }

  override write(level: string, scope: string, text: string): void {
    this.appendText(level);
    this.appendText(scope);
    this.appendText(text);
    this.endLine();
  }

  /** Appends a text; made for printable ASCII that fits, which is copied in one loop. Other characters become UTF-8. */
  appendText(text: string): void {
    let i = 0;
    if (!this.#lost && this.#at + text.length <= this.#limit) {
      const bytes = this.#bytes;
      let at = this.#at;
      for (; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (unit < 0x20 || unit > 0x7e) break;
        bytes[at++] = unit;
      }
      this.#at = at;
    }
    if (i < text.length) this.#appendAnyText(text, i);
  }

  /** Appends `bytes[from…to)`. */
  appendBytes(bytes: Uint8Array, from: number, to: number): void {
    let i = from;
    if (!this.#lost && this.#at + (to - from) <= this.#limit) {
      const target = this.#bytes;
      let at = this.#at;
      for (; i < to; i++) {
        const byte = bytes[i];
        if (byte < 0x20 || byte === 0x7f) break;
        target[at++] = byte;
      }
      this.#at = at;
    }
    for (; i < to; i++) this.#appendByte(bytes[i]);
  }

  /** Appends an integer (|value| ≤ 2^53) in decimal, filled up with zeros to `minDigits` (at most 16). */
  appendNumber(value: number, minDigits = 1): void {
    let rest = value < 0 ? -value : value;
    let first = MAX_DIGITS;
    do {
      const next = Math.floor(rest / 10);
      this.#digits[--first] = 0x30 + (rest - next * 10);
      rest = next;
    } while (rest > 0 && first > 0);
    while (MAX_DIGITS - first < minDigits && first > 0) this.#digits[--first] = 0x30;
    if (value < 0) this.#put(0x2d);
    for (let i = first; i < MAX_DIGITS; i++) this.#put(this.#digits[i]);
  }

  /** Closes the line: from here on it will be written whole, or has been counted as dropped. */
  endLine(): void {
    if (this.#lost) {
      this.#lost = false;
      this.#at = this.#end;
      this.dropped++;
      return;
    }
    this.#bytes[this.#at++] = NEWLINE;
    this.#end = this.#at;
  }

  /** Hands all whole lines to the sink, as far as it takes them without waiting. */
  flush(): void {
    this.#blocked = false;
    if (this.#end > this.#start) this.#drain();
    this.#blocked = false;
  }

  /** Writes what still can be written and closes the sink. */
  close(): void {
    this.flush();
    this.#sink.close();
  }

  /** The rest of a text from `from` on: one that has special characters, or may not fit. */
  #appendAnyText(text: string, from: number): void {
    for (let i = from; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) this.#appendByte(unit);
      else {
        const point = text.codePointAt(i)!;
        if (point > 0xffff) i++;
        this.#appendCodePoint(point);
      }
    }
  }

  #appendByte(byte: number): void {
    if ((byte >= 0x20 && byte !== 0x7f) || byte === 0x09) this.#put(byte);
    else this.#escape(byte);
  }

  #escape(byte: number): void {
    this.#put(BACKSLASH);
    if (byte === NEWLINE) this.#put(0x6e);
    else if (byte === 0x0d) this.#put(0x72);
    else {
      this.#put(0x78);
      this.#put(HEX.charCodeAt(byte >> 4));
      this.#put(HEX.charCodeAt(byte & 15));
    }
  }

  #appendCodePoint(point: number): void {
    const valid = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point; // a lone surrogate has no UTF-8 form
    if (valid < 0x800) this.#put(0xc0 | (valid >> 6));
    else {
      if (valid < 0x10000) this.#put(0xe0 | (valid >> 12));
      else {
        this.#put(0xf0 | (valid >> 18));
        this.#put(0x80 | ((valid >> 12) & 0x3f));
      }
      this.#put(0x80 | ((valid >> 6) & 0x3f));
    }
    this.#put(0x80 | (valid & 0x3f));
  }

  #put(byte: number): void {
    if (this.#lost) return;
    if (this.#at >= this.#limit && !this.#makeRoom()) this.#lost = true;
    else this.#bytes[this.#at++] = byte;
  }

  #makeRoom(): boolean {
    if (!this.#blocked) this.#drain();
    return this.#at < this.#limit;
  }

  /** Writes whole lines in pieces that the sink takes undivided, then moves what is left to the front. */
  #drain(): void {
    while (this.#start < this.#end && !this.#blocked) {
      const taken = this.#sink.write(this.#bytes, this.#start, this.#cut());
      if (taken === WOULD_BLOCK) this.#blocked = true;
      else if (taken === BROKEN) this.#dropWaiting();
      else this.#start += taken;
    }
    this.#bytes.copyWithin(0, this.#start, this.#at);
    this.#end -= this.#start;
    this.#at -= this.#start;
    this.#start = 0;
  }

  /** The end of the next piece: as many whole lines as the sink takes undivided, at least one. */
  #cut(): number {
    const room = this.#sink.atomicBytes;
    if (this.#end - this.#start <= room) return this.#end;
    const last = this.#bytes.lastIndexOf(NEWLINE, this.#start + room - 1);
    return 1 + (last >= this.#start ? last : this.#bytes.indexOf(NEWLINE, this.#start));
  }

  #dropWaiting(): void {
    for (let i = this.#start; i < this.#end; i++) if (this.#bytes[i] === NEWLINE) this.dropped++;
    this.#start = this.#end;
  }
}
