// Moves octets within the arena. Hot.

/**
 * Longest piece that is moved by a loop. The call of `copyWithin` costs as much as some 100 turns of the loop, and almost all queries and
 * answers are shorter; `handler.bench.ts` of _forward_ shows it.
 */
const SHORT = 128;

/** Copies `bytes[from … from + length]` to `bytes[to…]`; the two places do not overlap. */
export function moveOctets(bytes: Uint8Array, to: number, from: number, length: number): void {
  if (length > SHORT) bytes.copyWithin(to, from, from + length);
  else for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i];
}
