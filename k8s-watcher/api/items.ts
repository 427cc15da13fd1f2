// The body of a JSON list, one item at a time: a server may answer with all objects it has, whatever the limit. Used by list.ts. Cold.

import { bufferOf, Carry } from './carry.ts';
import { StreamError } from './events.ts';
import { LINE_LIMIT } from './lines.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Octets around the items: kind, version and metadata of the list. */
const ENVELOPE_LIMIT = 1 << 20;
const BEFORE_ITEMS = /"items"\s*:\s*$/;

/**
 * What stands around the items is collected as the envelope, `{…,"items":[]}`. Brackets are counted without reading anything else:
 * each item is a text that JSON.parse judges.
 *
 *     {"kind":"ServiceList","metadata":{…},"items":[ {…} , {…} ]}
 *     └──────────── envelope ──────────────────────┘ item   item └ envelope
 */
export class ItemSplitter {
  readonly #item: Carry;
  #envelope = '';
  /** Of brackets that are open; items stand at 2. */
  #depth = 0;
  #inItems = false;
  #inText = false;
  #escaped = false;

  constructor(limit: number = LINE_LIMIT) {
    this.#item = new Carry(limit, 'an item of a list');
  }

  /** Tells every item that is complete by now. Throws StreamError. Long because each octet is looked at once, in one loop. */
  push(chunk: Uint8Array, each: (item: string) => void): void {
    const buffer = bufferOf(chunk);
    let from = 0;
    for (let at = 0; at < buffer.length; at++) {
      const octet = buffer[at];
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (octet === BACKSLASH) this.#escaped = true;
        else if (octet === QUOTE) this.#inText = false;
      } else if (octet === QUOTE) this.#inText = true;
      else if (octet === OPEN_BRACE || octet === OPEN_BRACKET) {
        if (this.#inItems && this.#depth === 2) from = at;
        this.#depth++;
        if (octet === OPEN_BRACKET && this.#depth === 2 && !this.#inItems) {
          this.#opened(buffer, from, at);
          from = at + 1;
        }
      } else if (octet === CLOSE_BRACE || octet === CLOSE_BRACKET) {
        this.#depth--;
        if (!this.#inItems) continue;
        if (this.#depth === 2) {
          each(this.#item.take(buffer, from, at + 1));
          from = at + 1;
        } else if (this.#depth === 1) {
          this.#inItems = false;
          from = at;
        }
      }
    }
    this.#keep(buffer, from);
  }

  /** The list has ended: its envelope, parsed. Throws StreamError when it has not. */
  end(): unknown {
    if (this.#depth !== 0 || this.#envelope === '') throw new StreamError('the list ends before its end');
    try {
      return JSON.parse(this.#envelope) as unknown;
    } catch {
      throw new StreamError(`the list is not JSON: ${this.#envelope.slice(0, 80)}`);
    }
  }

  /** A bracket at `at` opens the items, if that is what the envelope says before it. */
  #opened(buffer: Buffer, from: number, at: number): void {
    this.#around(buffer, from, at);
    this.#inItems = BEFORE_ITEMS.test(this.#envelope);
    this.#around(buffer, at, at + 1);
  }

  /** The rest of the chunk belongs to the envelope or to an item; commas and spaces between items to neither. */
  #keep(buffer: Buffer, from: number): void {
    if (!this.#inItems) this.#around(buffer, from, buffer.length);
    else if (this.#depth > 2) this.#item.add(buffer, from, buffer.length);
  }

  #around(buffer: Buffer, from: number, to: number): void {
    if (this.#envelope.length + to - from > ENVELOPE_LIMIT)
      throw new StreamError(`the list has more than ${ENVELOPE_LIMIT} octets around its items`);
    this.#envelope += buffer.toString('latin1', from, to);
  }
}
