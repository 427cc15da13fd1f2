// Finds the addresses of an answer that may change places without anything else moving. Called by the handler for every answer. Hot.

import { TYPE } from '#wire/constants.ts';
import { equalNames, RecordCursor } from '#wire/message.ts';
import type { Answer } from '#workers/query/answer.ts';

/** More addresses than fit into a message of 64 KiB: 16 octets each at least. */
const MAX_ADDRESSES = 4096;
const POINTER = 0xc0;

/** Groups of a section in their order. */
const ALIAS = 0;
const OTHER = 1;
const ADDRESS = 2;
const MAIL = 3;

/** What `scan` says: nothing to do, runs to treat, or records in the wrong order. */
export const QUIET = 0;
export const RUNS = 1;
export const DISORDER = 2;

/** Group of a record type: CNAMEs first, then all others, then addresses, then MX (spec D loadbalance). */
export function groupOf(type: number): number {
  if (type === TYPE.A || type === TYPE.AAAA) return ADDRESS;
  if (type === TYPE.CNAME) return ALIAS;
  return type === TYPE.MX ? MAIL : OTHER;
}

/**
 * The address records of one answer, in runs: neighbours of the same section, type and owner. Their TTL and RDATA can be exchanged in place.
 *
 * ```
 * answer   CNAME │ A A A │ AAAA AAAA │ MX        rdataAt: 3 + 2 places
 * runs             0     3           5           start: 0 3, count 2, start[count] = 5
 * ```
 */
export class AddressRuns {
  /** Offset of the RDATA of each address; the TTL stands 6 octets before it. */
  readonly rdataAt = new Int32Array(MAX_ADDRESSES);
  /** First address of each run; one more than there are runs. */
  readonly start = new Int32Array(MAX_ADDRESSES + 1);
  /** Offset of the owner of each run's first record. */
  readonly ownerAt = new Int32Array(MAX_ADDRESSES);
  /** Octets of the addresses of each run: 4 or 16. */
  readonly width = new Uint8Array(MAX_ADDRESSES);
  count = 0;
  readonly #cursor = new RecordCursor();
  #addresses = 0;
  #section = -1;
  #group = ALIAS;
  #mails = 0;
  #type = 0;

  /** Looks at the sections of the answer; `settled`: their order is not to be questioned. */
  scan(answer: Answer, settled: boolean): number {
    const cursor = this.#cursor;
    cursor.open(
      answer.bytes,
      answer.at,
      answer.questionEnd,
      answer.end,
      answer.answers,
      answer.authorities,
      answer.additionals,
    );
    this.count = 0;
    this.#addresses = 0;
    this.#section = -1;
    while (cursor.next()) if (!this.#take(cursor) && !settled) return DISORDER;
    this.start[this.count] = this.#addresses;
    return this.#addresses > this.count ? RUNS : QUIET;
  }

  /** False when the record stands behind one that should come later, or when MX records have to change places. */
  #take(cursor: RecordCursor): boolean {
    if (cursor.section !== this.#section) {
      this.#section = cursor.section;
      this.#group = ALIAS;
      this.#mails = 0;
      this.#type = 0;
    }
    const group = groupOf(cursor.type);
    const inOrder = group >= this.#group;
    this.#group = group;
    if (group === ADDRESS) this.#address(cursor);
    return inOrder && (group !== MAIL || ++this.#mails < 2);
  }

  #address(cursor: RecordCursor): void {
    const { type } = cursor;
    const width = type === TYPE.A ? 4 : 16;
    if (this.#addresses === MAX_ADDRESSES || cursor.rdataLength !== width) return;
    if (type !== this.#type || !this.#sameOwner(cursor)) {
      this.#type = type;
      this.start[this.count] = this.#addresses;
      this.ownerAt[this.count] = cursor.ownerAt;
      this.width[this.count++] = width;
    }
    this.rdataAt[this.#addresses++] = cursor.rdataAt;
  }

  /** True when the record has the owner of the run. Nearly always both are the same pointer; senders that do not compress repeat the name. */
  #sameOwner(cursor: RecordCursor): boolean {
    const { bytes, message, ownerAt } = cursor;
    const other = this.ownerAt[this.count - 1];
    if (bytes[ownerAt] >= POINTER && bytes[ownerAt] === bytes[other] && bytes[ownerAt + 1] === bytes[other + 1])
      return true;
    return equalNames(bytes, message, ownerAt, other);
  }
}
