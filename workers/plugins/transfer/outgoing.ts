// One zone on its way to one client: envelopes of the watcher become messages, the next one when the client has taken the last. Cold.

import { formatAddress } from '#native/address.ts';
import { peerAddressAt } from '#native/datagram.ts';
import { FLAG, RCODE } from '#wire/constants.ts';
import { decodeName } from '#wire/name.ts';
import type { Expiring, Host, TransferReceiver } from '#workers/chain/handler.ts';
import { DROP, type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import type { Query, Streamer } from '#workers/query/query.ts';
import type { TransferTold } from '#zone/transfer.ts';
import type { TransferSlots } from './metrics.ts';

/** Milliseconds for the next envelope: the watcher makes one in some milliseconds, but lists a large cluster first. */
const MAKING = 10_000;
/** Milliseconds that a client may take for one message: 63,000 octets at 2 kB/s. A client that stalls holds one of few places. */
const TAKING = 30_000;
/** Milliseconds for all of it. */
const WHOLE = 15 * 60_000;

/** What the reference's log shows (spec D transfer). */
type Told = Extract<TransferTold, { step: 'envelope' }>;

export class Outgoing implements TransferReceiver, Streamer, Expiring {
  readonly #query: Query;
  readonly #host: Host;
  readonly #slots: TransferSlots;
  readonly #begun: number;
  #transfer = 0;
  #deadline = -1;
  #parts = 0;
  #records = 0;
  #plainSize = 0;

  /** `query` waits: its handler says LATER. */
  constructor(query: Query, host: Host, slots: TransferSlots) {
    this.#query = query;
    this.#host = host;
    this.#slots = slots;
    this.#begun = host.clock.now;
  }

  /** Asks for the zone that the query names, made of that image. */
  open(image: string, since: number): void {
    const { bytes, lowerAt, nameLength } = this.#query;
    const zone = bytes.slice(lowerAt, lowerAt + nameLength);
    this.#transfer = this.#host.transfers.open(image, zone, since, this);
    this.#wait(MAKING);
  }

  told(told: TransferTold): void {
    this.#host.deadlines.cancel(this.#deadline);
    if (told.step === 'refused') this.#refused(told.why);
    else if (!this.#write(told)) this.#break('plugin/transfer: the query leaves no room for records');
    else if (told.last) this.#end(told);
    else this.#send();
  }

  #refused(why: 'busy' | 'gone'): void {
    if (why === 'gone') this.#break('plugin/transfer: the zone cannot be transferred now');
    else this.#resume(this.#slots.busy, RCODE.SERVFAIL, 'plugin/transfer: too many transfers at once');
  }

  /** Puts the envelope into the answer; false when options that are echoed leave no room. */
  #write({ envelope, current }: Told): boolean {
    const { answer } = this.#query;
    answer.start(this.#query, RCODE.NOERROR, current ? 0 : FLAG.AA);
    answer.local = true;
    if (envelope.octets.length > answer.room) return false;
    answer.bytes.set(envelope.octets, answer.end);
    answer.end += envelope.octets.length;
    answer.answers = envelope.records;
    this.#records += envelope.records;
    this.#plainSize += answer.plainSize + envelope.plainSize;
    return true;
  }

  #send(): void {
    const query = this.#query;
    const { answer, responder } = query;
    this.#parts++;
    this.#wait(TAKING);
    responder?.part?.(query, answer, answer.seal(query), this);
  }

  drained(): void {
    const { deadlines, transfers } = this.#host;
    deadlines.cancel(this.#deadline);
    this.#wait(MAKING);
    transfers.next(this.#transfer);
  }

  left(): void {
    this.#break('');
  }

  /** Somebody is too slow. Late news find nobody: the transfer is closed. */
  expire(): void {
    this.#break('plugin/transfer: too slow');
  }

  /** The deadline of the next step, within that of the whole. */
  #wait(milliseconds: number): void {
    const { clock, deadlines } = this.#host;
    const left = Math.max(0, this.#begun + WHOLE - clock.now);
    this.#deadline = deadlines.start(this, 0, Math.min(milliseconds, left));
  }

  /** Behind the first message there is no answer that could say so: the connection ends (RFC 5936 §2.2). */
  #break(failure: string): void {
    this.#host.deadlines.cancel(this.#deadline);
    this.#host.transfers.close(this.#transfer);
    this.#resume(this.#slots.broken, this.#parts > 0 ? DROP : RCODE.SERVFAIL, failure);
  }

  #resume(slot: number, outcome: Outcome, failure: string): void {
    const query = this.#query;
    this.#host.counters.add(slot);
    query.answer.failure = failure;
    query.resume(outcome);
  }

  /** Logs and metrics above see one answer of the size of all messages. */
  #end({ current, serial }: Told): void {
    this.#query.answer.plainSize = this.#plainSize;
    this.#log(current, serial);
    this.#resume(current ? this.#slots.current : this.#slots.complete, WRITTEN, '');
  }

  #log(current: boolean, serial: number): void {
    const { bytes, nameAt, peerAt, family } = this.#query;
    const zone = JSON.stringify(decodeName(bytes, nameAt));
    const ip = family === 6 ? 6 : 4;
    const client = formatAddress(bytes, peerAddressAt(peerAt, ip), ip, 0);
    const what = current
      ? `noop, incremental transfer for up to date zone ${zone}`
      : `transfer of ${this.#records} records of zone ${zone}`;
    this.#host.log.plugin('transfer').info(`Outgoing ${what} to ${client} for ${serial} SOA serial`);
  }
}
