// Addresses that are nobody's on the Internet: a public name that has one is a mistake or an attack. Used by forward (rebind_protect). Hot.

const NAT64: readonly number[] = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

/**
 * True for an IPv4 address at `bytes[at…]` of this host or network (0/8, 127/8), of private networks (10/8, 172.16/12, 192.168/16, RFC 1918;
 * 100.64/10, RFC 6598, which clusters and overlay networks use like those) and of the link (169.254/16, RFC 3927: metadata services).
 */
export function isPrivate4(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at];
  const second = bytes[at + 1];
  switch (first) {
    case 0:
    case 10:
    case 127:
      return true;
    case 100:
      return (second & 0xc0) === 64;
    case 169:
      return second === 254;
    case 172:
      return (second & 0xf0) === 16;
    case 192:
      return second === 168;
    default:
      return false;
  }
}

/**
 * True for an IPv6 address at `bytes[at…]` that is unspecified, of this host, unique local (fc00::/7, RFC 4193), of the link (fe80::/10) or of
 * the site (fec0::/10, RFC 3879); for every IPv4 address in the old forms ::a.b.c.d and ::ffff:a.b.c.d, which have no business in an AAAA
 * record; and for a private one behind NAT64 (64:ff9b::/96, RFC 6052 §3.1).
 */
export function isPrivate6(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at];
  if ((first & 0xfe) === 0xfc) return true;
  if (first === 0xfe) return (bytes[at + 1] & 0x80) === 0x80;
  if (first !== 0) return false;
  return isOldMapped(bytes, at) || (isNat64(bytes, at) && isPrivate4(bytes, at + 12));
}

/** The first 80 bits are 0, the next 16 all 0 or all 1. */
function isOldMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false;
  const mapped = (bytes[at + 10] << 8) | bytes[at + 11];
  return mapped === 0 || mapped === 0xffff;
}

function isNat64(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < NAT64.length; i++) if (bytes[at + i] !== NAT64[i]) return false;
  return true;
}
