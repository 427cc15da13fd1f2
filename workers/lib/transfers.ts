// Zone transfers of one thread on their way to the keeper of the zone and back. Cold: a handful of messages a transfer.

import type { TransferAsk, TransferTold } from '#zone/transfer.ts';
import type { TransferReceiver, Transfers, Turn } from '../chain/handler.ts';

export class ThreadTransfers implements Transfers {
  readonly #turn: Pick<Turn, 'begin' | 'end'>;
  readonly #ask: (transfer: number, ask: TransferAsk) => void;
  readonly #receivers = new Map<number, TransferReceiver>();
  #last = 0;

  /** `ask` takes messages to the primary. */
  constructor(turn: Pick<Turn, 'begin' | 'end'>, ask: (transfer: number, ask: TransferAsk) => void) {
    this.#turn = turn;
    this.#ask = ask;
  }

  /** Transfers that have not come to their end. */
  get size(): number {
    return this.#receivers.size;
  }

  open(image: string, zone: Uint8Array, since: number, receiver: TransferReceiver): number {
    const transfer = ++this.#last;
    this.#receivers.set(transfer, receiver);
    this.#ask(transfer, { step: 'open', image, zone, since });
    return transfer;
  }

  next(transfer: number): void {
    if (this.#receivers.has(transfer)) this.#ask(transfer, { step: 'next' });
  }

  close(transfer: number): void {
    if (this.#receivers.delete(transfer)) this.#ask(transfer, { step: 'close' });
  }

  /** The primary has something for that transfer; nobody may wait for it any more. */
  deliver(transfer: number, told: TransferTold): void {
    const receiver = this.#receivers.get(transfer);
    if (receiver === undefined) return;
    if (told.step === 'refused' || told.last) this.#receivers.delete(transfer);
    this.#turn.begin();
    try {
      receiver.told(told);
    } finally {
      this.#turn.end();
    }
  }
}
