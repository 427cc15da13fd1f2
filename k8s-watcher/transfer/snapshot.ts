// A zone as it was at one moment, told bit by bit while the store goes on. Cold.

import type { Changes } from '../store/changes.ts';
import type { TransferContent } from './content.ts';
import type { ZoneRecord } from './record.ts';

interface Member {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Nothing is copied at first but who is a member: records are made when it is their turn. A member that changes before that leaves its former
 * records behind (`keep`), so that all of the zone is of one serial, and memory is taken by what has changed only.
 */
export class ZoneSnapshot {
  readonly #content: TransferContent;
  readonly #members: readonly Member[];
  /** Records of members as they were, by their place in `#members`. */
  readonly #kept = new Map<number, readonly ZoneRecord[]>();
  #next = 0;

  /** `namespaces`: those that the image exposes. */
  constructor(content: TransferContent, namespaces: readonly string[]) {
    this.#content = content;
    this.#members = namespaces
      .flatMap((namespace) => content.members(namespace).map((name) => ({ namespace, name })))
      .sort(compare);
  }

  /** Records of all members, ordered by the members' names. */
  *records(): Generator<ZoneRecord, void, undefined> {
    while (this.#next < this.#members.length) {
      const index = this.#next++;
      const { namespace, name } = this.#members[index];
      const kept = this.#kept.get(index);
      this.#kept.delete(index);
      yield* kept ?? this.#content.records(namespace, name);
    }
  }

  /** The store has changed and not yet settled. */
  keep(changes: Changes): void {
    for (const { namespace, member, before } of this.#content.touched(changes)) {
      const index = this.#indexOf({ namespace, name: member });
      if (index >= this.#next && !this.#kept.has(index)) this.#kept.set(index, before());
    }
  }

  /** Place of a member, or -1. */
  #indexOf(member: Member): number {
    let low = 0;
    let high = this.#members.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compare(this.#members[middle], member);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

/** By name, as the reference has it; then by namespace, which it leaves open. */
function compare(a: Member, b: Member): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.namespace === b.namespace) return 0;
  return a.namespace < b.namespace ? -1 : 1;
}
