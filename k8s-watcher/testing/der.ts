// DER (X.690), as far as certificates need it. Tests only.

/** Tag, length, contents. */
export function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
}

export const int = (value: Buffer): Buffer => tagged(0x02, value);
export const bits = (value: Buffer): Buffer => tagged(0x03, Buffer.from([0]), value);
export const octets = (value: Buffer): Buffer => tagged(0x04, value);
export const text = (value: string): Buffer => tagged(0x0c, Buffer.from(value));
export const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
export const set = (...parts: readonly Buffer[]): Buffer => tagged(0x31, ...parts);
/** [n] EXPLICIT. */
export const explicit = (n: number, part: Buffer): Buffer => tagged(0xa0 + n, part);

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

/** `1.2.840.10045.4.3.2` */
export function objectId(id: string): Buffer {
  const [first, second, ...rest] = id.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Groups of seven bits, all but the last with the high bit set. */
function base128(value: number): number[] {
  const groups = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
  return groups;
}
