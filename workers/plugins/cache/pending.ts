// What is under way for a cache: refreshes, and queries that wait for one or for the second level. Numbers in arrays, nothing else. Hot.

import type { Query } from '../../query/query.ts';

/**
 * Of one thread and one chain. A query of an upstream takes milliseconds and holds a place as long; more would only pile up behind upstreams
 * that are gone, up to 5 s each. `shoal_cache_refresh_rejects_total` says when it is too few.
 */
export const PLACES = 1024;
const PLACE_MASK = PLACES - 1;
/** Serial numbers stay below, so that tickets are small integers. */
const SERIALS = 1 << 20;

/** What still goes on for a place; it is free when none does and nobody waits. */
export const ASKED = 1;
export const SOUGHT = 2;
/** The refresh is being started: its end is told to who starts it. */
export const STARTING = 4;
/** There is an answer in the tables already, good or expired. */
export const REFRESH = 8;
/** Nobody has ever waited for it. */
export const BACKGROUND = 16;
/** Those behind have failed, the second level may still have something. */
export const FAILED = 32;

/** Places are named by tickets, which name nothing any more when the place has been given back. */
export class Pending {
  /** Who waits; null for nobody. */
  readonly queries: (Query | null)[] = new Array<Query | null>(PLACES).fill(null);
  readonly states: Uint8Array = new Uint8Array(PLACES);
  /** Deadlines' handles, -1 for none. */
  readonly timers: Int32Array = new Int32Array(PLACES).fill(-1);
  /** What has come of a refresh that ended while it was started. */
  readonly outcomes: Int32Array = new Int32Array(PLACES);
  readonly #serials: Int32Array = new Int32Array(PLACES);
  readonly #free: Int32Array = Int32Array.from({ length: PLACES }, (_, i) => PLACES - 1 - i);
  #freeCount = PLACES;

  get count(): number {
    return PLACES - this.#freeCount;
  }

  /** Takes a place and returns its number, -1 when there is none. */
  open(query: Query | null, state: number): number {
    if (this.#freeCount === 0) return -1;
    const place = this.#free[--this.#freeCount];
    this.queries[place] = query;
    this.states[place] = state;
    return place;
  }

  ticket(place: number): number {
    return this.#serials[place] * PLACES + place;
  }

  /** The place that a ticket names, -1 when it has been given back. */
  place(ticket: number): number {
    const place = ticket & PLACE_MASK;
    return this.ticket(place) === ticket ? place : -1;
  }

  /** Gives the place back if nothing goes on for it and nobody waits. */
  close(place: number): void {
    if ((this.states[place] & (ASKED | SOUGHT | STARTING)) !== 0 || this.queries[place] !== null) return;
    this.#serials[place] = (this.#serials[place] + 1) % SERIALS;
    this.#free[this.#freeCount++] = place;
  }
}
