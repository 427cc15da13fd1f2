// Texts that come again and again (labels, zones, names of ports), made once. Used by reader.ts, for every such field. Cold, but 500,000 times at a start.

/**
 * Slots of the table, a power of two. A cluster has some hundred label keys, zones and port names, and as many label values as it has
 * applications: what is pushed out of its slot is made anew. 32 kB and what the texts take, at most 0.5 MB.
 */
const SLOTS = 4096;
/** Octets of the longest text that is kept: label values and names end at 63, prefixed keys are mostly shorter. */
const LONGEST = 64;
const FNV_BASIS = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;
const ASCII_END = 128;

/** Compares octets with the text in their slot before it makes one: no garbage for texts that are there. */
export class Words {
  readonly #slots: string[] = new Array<string>(SLOTS).fill('');

  /** The UTF-8 text within [from, to). */
  read(bytes: Buffer, from: number, to: number): string {
    if (to - from > LONGEST) return bytes.toString('utf8', from, to);
    let hash = FNV_BASIS;
    for (let at = from; at < to; at++) {
      const octet = bytes[at];
      if (octet >= ASCII_END) return bytes.toString('utf8', from, to);
      hash = Math.imul(hash ^ octet, FNV_PRIME);
    }
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const kept = this.#slots[slot];
    if (isText(kept, bytes, from, to)) return kept;
    const text = bytes.toString('latin1', from, to);
    this.#slots[slot] = text;
    return text;
  }
}

function isText(text: string, bytes: Buffer, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}
