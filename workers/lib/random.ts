// Random numbers of a thread: unpredictable ones for message ids and ports, quick ones for spreading load. Hot: nothing is allocated per draw.

import { randomFillSync } from 'node:crypto';

/**
 * Octets drawn from the kernel at once. A refill takes some 10 µs, so 8 KiB make an id cost 3 ns on average; less would show in profiles as
 * `randomFillSync`, more would keep secrets of the future in memory for longer.
 */
const POOL_BYTES = 8192;

/** Numbers that nobody can foresee, from the system's CSPRNG. One a thread; every octet is used once and then overwritten. */
export class RandomPool {
  readonly #numbers = new Uint16Array(POOL_BYTES / 2);
  #left = 0;

  /** 0 … 65,535. */
  u16(): number {
    if (this.#left === 0) this.#refill();
    const i = --this.#left;
    const number = this.#numbers[i];
    this.#numbers[i] = 0;
    return number;
  }

  /** 0 … 4,294,967,295. */
  u32(): number {
    return this.u16() * 65_536 + this.u16();
  }

  /** 0 … n - 1, each as likely as the others; n from 1 to 65,536. */
  below(n: number): number {
    // What lies above the last multiple of n would favour the small numbers: it is drawn again, less than once on average.
    const fair = 65_536 - (65_536 % n);
    let number = this.u16();
    while (number >= fair) number = this.u16();
    return number % n;
  }

  #refill(): void {
    randomFillSync(this.#numbers);
    this.#left = this.#numbers.length;
  }
}

/**
 * A quick generator (xorshift32, Marsaglia 2003) for choices that no attacker gains from: the order of upstreams, of records. Seeded from
 * the CSPRNG unless told otherwise, so that threads and replicas do not move in step.
 */
export class Shuffle {
  #state: number;

  /** `seed`: for tests; any integer, 0 is as good as the others. */
  constructor(seed?: number) {
    this.#state = (seed ?? new RandomPool().u32()) | 0 || 0x9e3779b9 | 0;
  }

  /** A 32-bit integer with a sign, never 0. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x;
  }

  /** 0 … n - 1; n from 1 to 65,536. The upper bits decide, because they are the better ones; the bias is below n / 65,536. */
  below(n: number): number {
    return ((this.next() >>> 16) * n) >>> 16;
  }
}
