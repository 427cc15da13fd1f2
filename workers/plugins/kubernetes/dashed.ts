// Addresses written with dashes, as names of pods are: 10-244-1-11, fd00--1 (spec C5). No text is made of them. Hot.

const DASH = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_A = 0x61;
const LOWER_F = 0x66;
const GROUPS = 8;

/** Value of a hexadecimal digit in lower case, or -1. */
function hexValue(octet: number): number {
  if (octet >= ZERO && octet <= NINE) return octet - ZERO;
  return octet >= LOWER_A && octet <= LOWER_F ? octet - LOWER_A + 10 : -1;
}

/**
 * Reads the `length` octets (lower case) at `bytes[at…]` into `to` and returns the address's length, 4 or 16; 0 when they are no address.
 * Exactly three dashes and no two of them together stand for dots, otherwise dashes stand for colons. An IPv6 address that holds an IPv4 one
 * (::ffff:0:0/96) is the latter, as everywhere in the reference.
 */
export function readDashed(bytes: Uint8Array, at: number, length: number, to: Uint8Array): number {
  let dashes = 0;
  let doubled = false;
  for (let i = at; i < at + length; i++) {
    if (bytes[i] !== DASH) continue;
    dashes++;
    if (i > at && bytes[i - 1] === DASH) doubled = true;
  }
  if (dashes === 3 && !doubled) return readQuad(bytes, at, length, to);
  return readGroups(bytes, at, length, to);
}

/** Four decimal numbers without leading zeros. */
function readQuad(bytes: Uint8Array, at: number, length: number, to: Uint8Array): number {
  const end = at + length;
  let part = 0;
  let value = -1;
  for (let i = at; i <= end; i++) {
    const octet = i === end ? DASH : bytes[i];
    if (octet === DASH) {
      if (value < 0) return 0;
      to[part++] = value;
      value = -1;
      continue;
    }
    if (octet < ZERO || octet > NINE || value === 0) return 0;
    value = (value < 0 ? 0 : value * 10) + octet - ZERO;
    if (value > 255) return 0;
  }
  return part === 4 ? 4 : 0;
}

/** Up to eight groups of one to four digits; two dashes together, once, stand for groups of zeros (RFC 4291 section 2.2). Long: one pass. */
function readGroups(bytes: Uint8Array, at: number, length: number, to: Uint8Array): number {
  const end = at + length;
  let group = 0;
  // Number of groups in front of the gap, -1 without one.
  let gap = -1;
  let digits = 0;
  let value = 0;
  let i = at;
  if (length >= 2 && bytes[at] === DASH && bytes[at + 1] === DASH) {
    gap = 0;
    i = at + 2;
  }
  for (; i < end; i++) {
    const octet = bytes[i];
    if (octet !== DASH) {
      const digit = hexValue(octet);
      if (digit < 0 || ++digits > 4) return 0;
      value = (value << 4) | digit;
      continue;
    }
    if (digits === 0 || group === GROUPS) return 0;
    group = putGroup(to, group, value);
    digits = 0;
    value = 0;
    if (i + 1 < end && bytes[i + 1] === DASH) {
      if (gap >= 0) return 0;
      gap = group;
      i++;
    } else if (i + 1 === end) return 0;
  }
  if (digits > 0) {
    if (group === GROUPS) return 0;
    group = putGroup(to, group, value);
  }
  return finishGroups(to, group, gap);
}

function putGroup(to: Uint8Array, group: number, value: number): number {
  to[2 * group] = value >>> 8;
  to[2 * group + 1] = value;
  return group + 1;
}

/** Moves the groups behind the gap to the end and fills it. A gap stands for at least one group. */
function finishGroups(to: Uint8Array, groups: number, gap: number): number {
  if (gap < 0) {
    if (groups !== GROUPS) return 0;
  } else {
    if (groups >= GROUPS) return 0;
    const tail = 2 * (groups - gap);
    for (let i = 1; i <= tail; i++) to[16 - i] = to[2 * groups - i];
    for (let i = 2 * gap; i < 16 - tail; i++) to[i] = 0;
  }
  return unmap(to);
}

/** ::ffff:a.b.c.d → a.b.c.d. */
export function unmap(to: Uint8Array): number {
  for (let i = 0; i < 10; i++) if (to[i] !== 0) return 16;
  if (to[10] !== 255 || to[11] !== 255) return 16;
  for (let i = 0; i < 4; i++) to[i] = to[12 + i];
  return 4;
}
