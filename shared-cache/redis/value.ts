// A value as it lies in Redis: version, time, answer, proof. Encoded and decoded by store.ts; whatever comes back is hostile until proven. Warm.

import { type FleetKeys, PROOF_BYTES } from './keys.ts';

/*
 * In octets, numbers with the highest octet first:
 *
 *   0    magic `Sh` │ version u8 │ zero u8
 *   4    stored at, seconds since 1970, u32
 *   8    TTL in seconds from then on, u32
 *   12   the first four octets of the question's digest
 *   16   payload: the answer, see payload.ts
 *   -16  proof over the digest and everything above
 */
const MAGIC = 0x5368;
const VERSION = 1;
const VERSION_AT = 2;
const STORED_AT = 4;
const TTL_AT = 8;
const CHECK_AT = 12;
const PAYLOAD_AT = 16;
const CHECK_BYTES = 4;
/** Longest value that is looked into: a body of 16 KiB with its offsets and headers. */
export const MAX_VALUE_BYTES = 40_960;

/** What came of decoding. */
export const GOOD = 0;
/** The proof does not fit: forged, damaged, or from a fleet with another key. */
export const FORGED = 1;
/** Its time is over. */
export const EXPIRED = 2;
/** For another question than the one that was asked. */
export const FOREIGN = 3;
/** Too short, too long, or no value of this program. */
export const MALFORMED = 4;
/** Of a version of this program that this one does not know. */
export const UNKNOWN_VERSION = 5;
export type Judgement =
  | typeof GOOD
  | typeof FORGED
  | typeof EXPIRED
  | typeof FOREIGN
  | typeof MALFORMED
  | typeof UNKNOWN_VERSION;

/** `payload` is a view of the value when `judgement` is GOOD, and empty otherwise. */
export interface DecodedValue {
  readonly judgement: Judgement;
  /** Seconds that are left: 1 at least when GOOD. */
  readonly remaining: number;
  readonly payload: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** `now`: seconds since 1970; `digest` and `keys` of the question that the payload answers. */
export function encodeValue(
  keys: FleetKeys,
  digest: Uint8Array,
  now: number,
  ttl: number,
  payload: Uint8Array,
): Uint8Array {
  const value = new Uint8Array(PAYLOAD_AT + payload.length + PROOF_BYTES);
  const view = new DataView(value.buffer);
  view.setUint16(0, MAGIC);
  view.setUint8(VERSION_AT, VERSION);
  view.setUint32(STORED_AT, now);
  view.setUint32(TTL_AT, ttl);
  value.set(digest.subarray(0, CHECK_BYTES), CHECK_AT);
  value.set(payload, PAYLOAD_AT);
  const end = value.length - PROOF_BYTES;
  value.set(keys.proof(digest, value.subarray(0, end)), end);
  return value;
}

/** Never throws, whatever the octets are. Nothing of a value is believed before its proof fits. */
export function decodeValue(keys: FleetKeys, digest: Uint8Array, now: number, value: Uint8Array): DecodedValue {
  if (value.length < PAYLOAD_AT + PROOF_BYTES || value.length > MAX_VALUE_BYTES) return bad(MALFORMED);
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  if (view.getUint16(0) !== MAGIC) return bad(MALFORMED);
  if (view.getUint8(VERSION_AT) !== VERSION) return bad(UNKNOWN_VERSION);
  for (let i = 0; i < CHECK_BYTES; i++) if (value[CHECK_AT + i] !== digest[i]) return bad(FOREIGN);
  const end = value.length - PROOF_BYTES;
  if (!keys.proves(value.subarray(end), digest, value.subarray(0, end))) return bad(FORGED);
  const ttl = view.getUint32(TTL_AT);
  // Clocks of replicas differ: what seems to come from the future has just been stored.
  const remaining = ttl - Math.max(0, now - view.getUint32(STORED_AT));
  return remaining <= 0 ? bad(EXPIRED) : { judgement: GOOD, remaining, payload: value.subarray(PAYLOAD_AT, end) };
}

function bad(judgement: Judgement): DecodedValue {
  return { judgement, remaining: 0, payload: NOTHING };
}
