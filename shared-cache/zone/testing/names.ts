// Names, addresses and random numbers for the tests of zone images. Cold.

/** Wire labels, without the root octet, of a name in dotted form; '' is the apex. */
export function wireName(text: string): Uint8Array {
  if (text === '') return new Uint8Array(0);
  return Uint8Array.from(text.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]));
}

/** Octets of an IPv4 address. */
export function ipv4(text: string): Uint8Array {
  return Uint8Array.from(text.split('.').map(Number));
}

/** Seeded random integers below `n` (xorshift32). */
export function random(seed: number): (n: number) => number {
  let x = seed | 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}
