// Writes a message with names compressed against everything before them, the question's spelling included (RFC 1035 §4.1.4). Cold.

import type { ZoneRecord } from './zone-file.ts';

/** Longest offset that a pointer can name. */
const MAX_OFFSET = 0x3fff;

export class MessageWriter {
  readonly #parts: Buffer[];
  #length: number;
  /** Names and their ends, in lower case → offset. */
  readonly #names = new Map<string, number>();

  /** `head`: header and question as they are to be sent; `question`: the name in it, which stands at offset 12. */
  constructor(head: Buffer, question: string) {
    this.#parts = [head];
    this.#length = head.length;
    this.#remember(question, 12);
  }

  get length(): number {
    return this.#length;
  }

  #remember(name: string, offset: number): void {
    let at = offset;
    for (let rest = name.toLowerCase(); rest !== '.' && rest !== ''; rest = rest.slice(rest.indexOf('.') + 1)) {
      if (at <= MAX_OFFSET && !this.#names.has(rest)) this.#names.set(rest, at);
      at += rest.indexOf('.') + 1;
    }
  }

  /** Appends a record; returns false, with nothing appended, when the message would become longer than `limit`. */
  record(record: ZoneRecord, limit: number): boolean {
    const { owner, type, ttl, rdata } = record;
    const parts: Buffer[] = [];
    let at = this.#length;
    const named: [string, number][] = [];
    const append = (piece: string | Buffer): void => {
      if (typeof piece === 'string') named.push([piece, at]);
      const octets = typeof piece === 'string' ? this.#compress(piece) : piece;
      parts.push(octets);
      at += octets.length;
    };
    append(owner);
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(type, 0);
    fixed.writeUInt16BE(record.class ?? 1, 2);
    fixed.writeUInt32BE(ttl, 4);
    append(fixed);
    const begin = at;
    for (const piece of rdata) append(piece);
    fixed.writeUInt16BE(at - begin, 8);
    if (at > limit) return false;
    this.#parts.push(...parts);
    this.#length = at;
    for (const [name, offset] of named) this.#remember(name, offset);
    return true;
  }

  #compress(name: string): Buffer {
    const labels: Buffer[] = [];
    for (let rest = name; rest !== '.' && rest !== ''; rest = rest.slice(rest.indexOf('.') + 1)) {
      const known = this.#names.get(rest.toLowerCase());
      if (known !== undefined) return Buffer.concat([...labels, Buffer.from([0xc0 | (known >> 8), known & 0xff])]);
      const label = rest.slice(0, rest.indexOf('.'));
      labels.push(Buffer.from([label.length, ...Buffer.from(label)]));
    }
    return Buffer.concat([...labels, Buffer.from([0])]);
  }

  append(octets: Buffer): void {
    this.#parts.push(octets);
    this.#length += octets.length;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
