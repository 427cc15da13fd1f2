// What happens to packs while a batch is applied: changes for those who compile, and an end for what nobody shows any more. Cold.

import type { Kind } from '../objects/object.ts';
import { Changes } from './changes.ts';
import type { Codec } from './codec.ts';
import type { Pack } from './pack.ts';

/** How much there is of one kind. */
export interface Amount {
  objects: number;
  /** Octets of the packs; what V8 and the indexes take beside them is about 150 octets an object. */
  bytes: number;
}

/** One a store; all that keep objects write to it. */
export class Journal {
  readonly codec: Codec;
  /** Since the last `settle`. */
  readonly changes = new Changes();
  /** False while everything will be compiled anyway: changes are not collected then. */
  tracking = false;
  /** Lists of each kind that have begun: an object that a later list does not have keeps the number of an earlier one. */
  readonly #lists = new Map<Kind, number>();
  readonly #amounts = new Map<Kind, Amount>();
  /** Packs that are out of use once the batch is settled: `changes` may still show them. */
  #garbage: Pack[] = [];

  constructor(codec: Codec) {
    this.codec = codec;
  }

  /** A list of that kind begins. */
  mark(kind: Kind): void {
    this.#lists.set(kind, this.list(kind) + 1);
  }

  /** The number of the list of that kind that began last. */
  list(kind: Kind): number {
    return this.#lists.get(kind) ?? 0;
  }

  /** How much there is of that kind. */
  amount(kind: Kind): Readonly<Amount> {
    return this.#amountOf(kind);
  }

  #amountOf(kind: Kind): Amount {
    const known = this.#amounts.get(kind);
    if (known !== undefined) return known;
    const amount = { objects: 0, bytes: 0 };
    this.#amounts.set(kind, amount);
    return amount;
  }

  changed(kind: Kind, namespace: string, name: string, before: Pack | undefined, after: Pack | undefined): void {
    if (this.tracking) this.changes.objects.push({ kind, namespace, name, before, after });
    const amount = this.#amountOf(kind);
    amount.objects += Number(after !== undefined) - Number(before !== undefined);
    amount.bytes += (after?.length ?? 0) - (before?.length ?? 0);
    this.discard(before);
  }

  /** The pack is not in the store any more. */
  discard(pack: Pack | undefined): void {
    if (pack === undefined) return;
    if (this.tracking) this.#garbage.push(pack);
    else this.codec.release(pack);
  }

  /** The batch has been compiled. */
  settle(): void {
    this.changes.clear();
    for (const pack of this.#garbage) this.codec.release(pack);
    this.#garbage = [];
  }
}
