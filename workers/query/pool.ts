// The queries of a thread: a fixed number of reusable objects, so that work in flight is bounded and nothing is allocated. Hot.

import type { Arena } from '#native/arena.ts';
import { Answer } from './answer.ts';
import { Query, WORKSPACE } from './query.ts';

/**
 * Objects are made when they are first needed and handed out last in, first out: a quiet thread touches the pages of a few only.
 */
export class QueryPool {
  readonly #arena: Arena;
  readonly #limit: number;
  readonly #free: Query[] = [];
  #made = 0;

  /** `limit`: how many queries may exist at once, those that wait and those being worked on. */
  constructor(arena: Arena, limit: number) {
    this.#arena = arena;
    this.#limit = limit;
  }

  /** How many more can be acquired. */
  get available(): number {
    return this.#free.length + this.#limit - this.#made;
  }

  get inFlight(): number {
    return this.#made - this.#free.length;
  }

  /** Undefined when all are taken. */
  acquire(): Query | undefined {
    return this.#free.pop() ?? this.#make();
  }

  release(query: Query): void {
    query.generation = (query.generation + 1) & 0x3fffffff;
    query.parent = null;
    query.responder = null;
    query.resumer = null;
    query.route = null;
    query.depth = 0;
    query.floor = 0;
    this.#free.push(query);
  }

  #make(): Query | undefined {
    if (this.#made === this.#limit) return undefined;
    this.#made++;
    const workspace = this.#arena.allocate(WORKSPACE.BYTES, 64);
    return new Query(this, this.#arena.bytes, workspace, new Answer(this.#arena.bytes, workspace));
  }
}
