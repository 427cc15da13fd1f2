// Transfers under way: one envelope whenever one is asked for. The watcher thread has one desk. Cold.

import type { TransferAsk, TransferTold } from '#zone/transfer.ts';
import { isExposed } from '../compile/exposure.ts';
import type { ImageOptions } from '../compile/options.ts';
import type { Store } from '../store/store.ts';
import { contentOf } from './content.ts';
import { EnvelopeWriter } from './envelope.ts';
import type { ZoneRecord } from './record.ts';
import { ZoneSnapshot } from './snapshot.ts';

/** An image that can be transferred now: everything is known, and changes of the store are tracked. */
export interface TransferSource {
  readonly store: Store;
  readonly options: ImageOptions;
  readonly serial: number;
}

interface Transfer {
  readonly store: Store;
  readonly snapshot: ZoneSnapshot | null;
  readonly writer: EnvelopeWriter;
  readonly records: Iterator<ZoneRecord, void, undefined>;
  readonly serial: number;
  readonly current: boolean;
  /** Did not fit into the last envelope. */
  waiting: ZoneRecord | undefined;
}

/**
 * ```
 * desk.ask(id, { step: 'open', … }, source);   // tells an envelope or that it is refused
 * desk.ask(id, { step: 'next' });
 * desk.keep(store);                            // after every batch, before the store settles
 * ```
 * A transfer is forgotten with its last envelope; how many there are at once is up to whoever asks.
 */
export class TransferDesk {
  readonly #tell: (id: number, told: TransferTold) => void;
  readonly #transfers = new Map<number, Transfer>();

  constructor(tell: (id: number, told: TransferTold) => void) {
    this.#tell = tell;
  }

  /** Transfers that have not come to their end. */
  get size(): number {
    return this.#transfers.size;
  }

  /** `source` for `open`: undefined when there is no such image or not everything is known of it yet. */
  ask(id: number, ask: TransferAsk, source?: TransferSource): void {
    if (ask.step === 'close') this.#transfers.delete(id);
    else if (ask.step === 'next') this.#next(id);
    else {
      const transfer = source === undefined ? undefined : begin(source, ask.zone, ask.since);
      if (transfer === undefined) this.#tell(id, { step: 'refused', why: 'gone' });
      else {
        this.#transfers.set(id, transfer);
        this.#next(id);
      }
    }
  }

  /** Transfers of that store go on with what has just changed as it was. */
  keep(store: Store): void {
    for (const transfer of this.#transfers.values())
      if (transfer.store === store) transfer.snapshot?.keep(store.changes);
  }

  #next(id: number): void {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) return;
    const last = fill(transfer);
    if (last) this.#transfers.delete(id);
    const { current, serial, writer } = transfer;
    this.#tell(id, { step: 'envelope', envelope: writer.take(), last, current, serial });
  }
}

function begin({ store, options, serial }: TransferSource, zone: Uint8Array, since: number): Transfer | undefined {
  const content = contentOf(store, options, zone);
  const soa = content.soa(serial);
  if (soa === undefined) return undefined;
  const shared = { store, serial, writer: new EnvelopeWriter(zone.length), waiting: undefined };
  if (since !== 0 && since === serial) return { ...shared, snapshot: null, records: [soa].values(), current: true };
  const exposed = store.namespaces().filter((name) => isExposed(options, name, store.namespaceLabels(name)));
  const snapshot = new ZoneSnapshot(content, exposed);
  const head = [soa, ...content.nameServers()];
  return { ...shared, snapshot, records: inOrder(head, snapshot, soa), current: false };
}

function* inOrder(
  head: readonly ZoneRecord[],
  snapshot: ZoneSnapshot,
  soa: ZoneRecord,
): Generator<ZoneRecord, void, undefined> {
  yield* head;
  yield* snapshot.records();
  yield soa;
}

/** Fills an envelope; true when nothing is left behind it. */
function fill(transfer: Transfer): boolean {
  const { writer, records } = transfer;
  if (transfer.waiting !== undefined) writer.add(transfer.waiting);
  for (;;) {
    const { value } = records.next();
    if (value === undefined) return true;
    if (writer.add(value)) continue;
    transfer.waiting = value;
    return false;
  }
}
