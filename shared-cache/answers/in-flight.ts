// Which questions are being asked at this moment by some thread of the replica, so that the others wait for its answer. Hot on misses.

import { IN_FLIGHT_PLACES, IN_FLIGHT_WORDS } from './layout.ts';

/** What `claim` says: it is ours to ask; somebody else is asking; it cannot be told, so ask. */
export const CLAIMED = 0;
export const TAKEN = 1;
export const UNKNOWN = 2;

/**
 * Milliseconds after which a claim is nobody's: its owner has died, or its upstream is so slow that whoever comes next may as well ask for
 * itself. Longer makes clients wait for a thread that is gone; shorter means more than one request for a name to slow upstreams.
 */
export const CLAIM_MILLIS = 1000;
const STAMP_MASK = 0x7fffffff;

/**
 * One place for each hash, without chains: two questions that meet in a place are simply not shared between threads. Who wins the
 * compare-and-exchange of the time owns the claim:
 *
 * ```
 * tag │ time      0: free    else milliseconds of CLOCK_MONOTONIC (31 bits, lowest one set) at which somebody claimed it
 * ```
 * The tag is written before the time is won, so that nobody sees a claim without its tag. When two threads want one free place for
 * different tags at the same moment, the loser's tag may stand beside the winner's time: others then wait for it in vain, look, and ask.
 */
export class InFlight {
  readonly #words: Int32Array;
  readonly #start: number;
  /** Times of the claims of this thread; 0 for none. */
  readonly #own = new Int32Array(IN_FLIGHT_PLACES);

  /** `start`: word offset of the places. */
  constructor(words: Int32Array, start: number) {
    this.#words = words;
    this.#start = start;
  }

  /** `hash` and `tag` stand for everything that makes the question what it is, and begin with a secret. `now`: Clock.now. */
  claim(hash: number, tag: number, now: number): number {
    const words = this.#words;
    const place = hash & (IN_FLIGHT_PLACES - 1);
    const at = this.#start + place * IN_FLIGHT_WORDS;
    const stamp = stampOf(now);
    const time = Atomics.load(words, at + 1);
    const free = time === 0 || isOver(time, stamp);
    const other = Atomics.load(words, at);
    if (!free) return other === tag && time !== this.#own[place] ? TAKEN : UNKNOWN;
    if (other !== tag && Atomics.compareExchange(words, at, other, tag) !== other) return UNKNOWN;
    if (Atomics.compareExchange(words, at + 1, time, stamp) === time) {
      this.#own[place] = stamp;
      return CLAIMED;
    }
    return Atomics.load(words, at) === tag ? TAKEN : UNKNOWN;
  }

  /** True as long as whoever claimed the question is at it. */
  isTaken(hash: number, tag: number, now: number): boolean {
    const at = this.#start + (hash & (IN_FLIGHT_PLACES - 1)) * IN_FLIGHT_WORDS;
    const time = Atomics.load(this.#words, at + 1);
    return time !== 0 && Atomics.load(this.#words, at) === tag && !isOver(time, stampOf(now));
  }

  /** The answer is where others find it, or there is none. Does nothing for what this thread has not claimed. */
  release(hash: number, tag: number): void {
    const place = hash & (IN_FLIGHT_PLACES - 1);
    const stamp = this.#own[place];
    if (stamp === 0) return;
    const at = this.#start + place * IN_FLIGHT_WORDS;
    if (Atomics.load(this.#words, at) !== tag) return;
    this.#own[place] = 0;
    // Not when it has passed to somebody else meanwhile.
    Atomics.compareExchange(this.#words, at + 1, stamp, 0);
  }
}

function stampOf(now: number): number {
  return (Math.floor(now) & STAMP_MASK) | 1;
}

/** Clocks of threads differ by a batch, so a time may also lie ahead. The difference is taken in 31 bits, which wrap around. */
function isOver(time: number, now: number): boolean {
  const age = ((now - time) << 1) >> 1;
  return age > CLAIM_MILLIS || age < -CLAIM_MILLIS;
}
