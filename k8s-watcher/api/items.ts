// The body of a JSON list, one item at a time: a server may answer with all objects it has, whatever the limit. Used by list.ts. Cold.

import { bufferOf, Carry } from './carry.ts';
import { StreamError } from './events.ts';
import { LINE_LIMIT } from './lines.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
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

  /** Tells every item that is complete by now. Throws StreamError. */
  push(chunk: Uint8Array, each: (item: string) => void): void {
    const buffer = bufferOf(chunk);
    /** Where in this chunk the item or the part of the envelope begins that is being read. */
    let from = 0;
    for (let at = 0; at < buffer.length; at++) {
      if (this.#inText) at = this.#endOfText(buffer, at);
      else at = nextSign(buffer, at);
      if (at >= buffer.length) break;
      const octet = buffer[at];
      if (octet === QUOTE) this.#inText = !this.#inText;
      else if (octet === OPEN_BRACE || octet === OPEN_BRACKET) from = this.#open(buffer, from, at);
      else from = this.#close(buffer, from, at, each);
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

  /** Where the text ends that is being read at `at`. One loop without calls: half of a list are texts. */
  #endOfText(buffer: Buffer, at: number): number {
    let escaped = this.#escaped;
    let end = at;
    for (; end < buffer.length; end++) {
      if (escaped) escaped = false;
      else if (buffer[end] === BACKSLASH) escaped = true;
      else if (buffer[end] === QUOTE) break;
    }
    this.#escaped = escaped;
    return end;
  }

  /** The opening bracket at `at`. Returns where what is being read begins. */
  #open(buffer: Buffer, from: number, at: number): number {
    this.#depth++;
    if (this.#inItems) return this.#depth === 3 ? at : from;
    if (this.#depth !== 2 || buffer[at] !== OPEN_BRACKET) return from;
    this.#around(buffer, from, at);
    this.#inItems = BEFORE_ITEMS.test(this.#envelope);
    this.#around(buffer, at, at + 1);
    return at + 1;
  }

  /** The closing bracket at `at`, likewise. */
  #close(buffer: Buffer, from: number, at: number, each: (item: string) => void): number {
    this.#depth--;
    if (!this.#inItems || this.#depth > 2) return from;
    if (this.#depth === 2) {
      each(this.#item.take(buffer, from, at + 1));
      return at + 1;
    }
    this.#inItems = false;
    return at;
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

/** Where the next bracket or quote is. */
function nextSign(buffer: Buffer, at: number): number {
  let next = at;
  for (; next < buffer.length; next++) {
    const octet = buffer[next];
    // Both brackets of a pair are two apart, and differ from the other pair in one bit.
    if (octet === QUOTE || (octet | 0x20) === OPEN_BRACE || (octet | 0x20) === CLOSE_BRACE) break;
  }
  return next;
}
