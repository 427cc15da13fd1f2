// A network in CIDR form → the reverse zones that cover it exactly (behaviour A5; RFC 1035 section 3.5, RFC 3596 section 2.5). Cold.

import { isIPv4, isIPv6 } from 'node:net';

// One label of a reverse name stands for eight bits of an IPv4 address, for four of an IPv6 one.
const OCTET = 8;
const NIBBLE = 4;

/**
 * `10.0.0.0/22` → the four zones `0.0.10.in-addr.arpa.` … `3.0.10.in-addr.arpa.`; undefined for what is no network in CIDR
 * form. Host bits are ignored. A prefix between two label boundaries gives all zones of the next longer one, 128 at most.
 */
export function reverseZones(text: string): string[] | undefined {
  const slash = text.lastIndexOf('/');
  const address = text.slice(0, Math.max(slash, 0));
  const mask = text.slice(slash + 1);
  if (!/^\d+$/.test(mask)) return undefined;
  if (isIPv4(address)) return zonesOf(address.split('.').map(Number), OCTET, Number(mask), 10, 'in-addr.arpa.');
  if (isIPv6(address) && !address.includes('%'))
    return zonesOf(nibbles(address), NIBBLE, Number(mask), 16, 'ip6.arpa.');
  return undefined;
}

/** `digits` is the whole address, most significant first; each stands for `width` bits and is written in `radix`. */
function zonesOf(
  digits: readonly number[],
  width: number,
  prefix: number,
  radix: number,
  origin: string,
): string[] | undefined {
  if (prefix > digits.length * width) return undefined;
  const length = Math.ceil(prefix / width);
  const free = length * width - prefix;
  const kept = digits.slice(0, length);
  if (length > 0) kept[length - 1] = (kept[length - 1] >> free) << free;
  return Array.from({ length: 1 << free }, (_, i) => {
    const labels = kept.map((digit, at) => (at === length - 1 ? digit + i : digit).toString(radix));
    return [...labels.reverse(), origin].join('.');
  });
}

/** The 32 nibbles of a valid IPv6 address, `::` filled up and a dotted quad at its end read. */
function nibbles(address: string): number[] {
  const [head, tail] = address.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return [...left, ...zeros, ...right].flatMap((group) => [12, 8, 4, 0].map((shift) => (group >> shift) & 0xf));
}

/** 16-bit groups of one side of a `::`. */
function groups(text: string): number[] {
  return text.split(':').flatMap((part) => {
    if (part === '') return [];
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a, b, c, d] = part.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
