// Puts records of a zone together to the answer sections of messages. Cold, but run for every record of a transfer.

import { CLASS, HEADER_BYTES, MAX_NAME_BYTES } from '#wire/constants.ts';
import type { Envelope } from '#zone/transfer.ts';
import type { RelativeName } from '../compile/name.ts';
import type { ZoneRecord } from './record.ts';

/**
 * Octets of records in one message, as the reference has it. What is left up to 65,535 is for header, question and OPT. Smaller ones would make
 * more messages between which other queries of the connection are answered; the metric is the longest time in a turn of the resolver thread.
 */
export const RECORD_BYTES = 63_000;
/** TYPE and CLASS of the question. */
const QUESTION_TAIL = 4;
const POINTER = 0xc000;
/** Offsets below can be pointed to (RFC 1035 §4.1.4). */
const POINTER_LIMIT = 0x4000;
/** TYPE, CLASS, TTL and RDLENGTH of a record. */
const FIXED = 10;

/**
 * ```
 * const writer = new EnvelopeWriter(zoneLength);
 * while (writer.add(record)) …      // false: it is full, the record comes first in the next one
 * post(writer.take());
 * ```
 * Owner names are compressed: to that of the record before, or to the question. Names in RDATA are not, SRV forbids it (RFC 2782).
 *
 * ```
 * 0        12         12+zone+4
 * │ header │ question │ owner · TYPE · CLASS · TTL · RDLENGTH · RDATA │ …
 *                     └ octets begin here
 * ```
 */
export class EnvelopeWriter {
  readonly #zoneLength: number;
  readonly #start: number;
  readonly #bytes = Buffer.alloc(RECORD_BYTES);
  #at = 0;
  #records = 0;
  #plainSize = 0;
  #owner: RelativeName = '';
  #ownerAt = HEADER_BYTES;

  /** `zoneLength`: octets of the zone's wire name, root octet included. */
  constructor(zoneLength: number) {
    this.#zoneLength = zoneLength;
    this.#start = HEADER_BYTES + zoneLength + QUESTION_TAIL;
  }

  /** False when there is no room. A record whose owner is too long for a name below this zone is left out. */
  add(record: ZoneRecord): boolean {
    const { owner, data } = record;
    const plain = owner.length + this.#zoneLength + FIXED + data.length;
    if (owner.length + this.#zoneLength > MAX_NAME_BYTES) return true;
    if (this.#at + plain > RECORD_BYTES) return false;
    this.#writeOwner(owner);
    this.#writeRest(record);
    this.#records++;
    this.#plainSize += plain;
    return true;
  }

  #writeOwner(owner: RelativeName): void {
    if (owner !== this.#owner || this.#ownerAt >= POINTER_LIMIT) {
      this.#owner = owner;
      this.#ownerAt = owner === '' ? HEADER_BYTES : this.#start + this.#at;
      if (owner !== '') {
        this.#at += this.#bytes.write(owner, this.#at, 'latin1');
        this.#at = this.#bytes.writeUInt16BE(POINTER | HEADER_BYTES, this.#at);
        return;
      }
    }
    this.#at = this.#bytes.writeUInt16BE(POINTER | this.#ownerAt, this.#at);
  }

  #writeRest({ type, ttl, data }: ZoneRecord): void {
    const bytes = this.#bytes;
    let at = bytes.writeUInt16BE(type, this.#at);
    at = bytes.writeUInt16BE(CLASS.IN, at);
    at = bytes.writeUInt32BE(ttl, at);
    at = bytes.writeUInt16BE(data.length, at);
    bytes.set(data, at);
    this.#at = at + data.length;
  }

  /** What has been added since the last time, as a copy. */
  take(): Envelope {
    const envelope = {
      octets: Uint8Array.from(this.#bytes.subarray(0, this.#at)),
      records: this.#records,
      plainSize: this.#plainSize,
    };
    this.#at = 0;
    this.#records = 0;
    this.#plainSize = 0;
    this.#owner = '';
    this.#ownerAt = HEADER_BYTES;
    return envelope;
  }
}
