// Hashes over names and addresses: the one definition that writers of zone images, the answer cache and every thread share. Hot.

import { MAX_LABELS } from './constants.ts';

/** Lower-case of every octet (ASCII only, RFC 4343). */
export const LOWER: Uint8Array = new Uint8Array(256).map((_, octet) =>
  octet >= 65 && octet <= 90 ? octet + 32 : octet,
);

const FNV_PRIME = 0x01000193;
const FOLD_PRIME = 0x9e3779b1;

/**
 * The hash of a name is a fold over its labels from the right to the left, so that the hash of every suffix of a QNAME (zones) and of
 * every part below a zone (names in an image) comes from the same label hashes, computed once while the name is read:
 *
 *   name    web . default . svc . cluster . local .
 *   labels   h0      h1      h2      h3       h4
 *   suffix hash of i:       fold(… fold(fold(seed, h4), h3) …, hi)     zone cluster.local: i = 3
 *   relative hash in zone:  fold(fold(fold(seed, h2), h1), h0)         name web.default.svc
 *
 * `hashLabel` covers the length octet and the lower-cased octets of the label at `bytes[at]`.
 */
export function hashLabel(seed: number, bytes: Uint8Array, at: number): number {
  const length = bytes[at];
  let hash = seed ^ length;
  for (let i = at + 1, end = at + 1 + length; i < end; i++) hash = Math.imul(hash ^ LOWER[bytes[i]], FNV_PRIME);
  return hash;
}

/** Adds one label to the hash of everything to its right. */
export function foldLabel(hash: number, labelHash: number): number {
  const mixed = Math.imul(hash ^ labelHash, FOLD_PRIME);
  return mixed ^ (mixed >>> 15);
}

/** Where the labels of the name begin that is being hashed. */
const starts = new Uint32Array(MAX_LABELS);

/** The hash of a whole name in wire form (a final root octet is optional) between `at` and `end`; cold callers and tests. */
export function hashName(seed: number, bytes: Uint8Array, at: number, end: number): number {
  let labels = 0;
  for (let i = at; i < end && bytes[i] !== 0 && labels < MAX_LABELS; i += bytes[i] + 1) starts[labels++] = i;
  let hash = seed;
  while (labels > 0) hash = foldLabel(hash, hashLabel(seed, bytes, starts[--labels]));
  return hash;
}

/** The hash of an address of 4 or 16 octets, for reverse lookups. */
export function hashAddress(seed: number, bytes: Uint8Array, at: number, length: number): number {
  let hash = seed ^ length;
  for (let i = at, end = at + length; i < end; i++) hash = Math.imul(hash ^ bytes[i], FNV_PRIME);
  return foldLabel(seed, hash);
}
