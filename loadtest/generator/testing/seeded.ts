// Random numbers that are the same in every run of a test.

/** Numbers from 0 up to, not including, `limit` (xorshift32). `seed` is not 0. */
export function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
