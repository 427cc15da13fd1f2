// Keys that only the fleet can make: names of values and proofs of where they come from. Called by store.ts. Warm: twice for each value.

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Octets of a digest and of a proof: half of SHA-256, as RFC 2104 §5 allows. */
export const DIGEST_BYTES = 16;
export const PROOF_BYTES = 16;
const KEY_BYTES = 32;
/** Counts up with the derivation. */
const SALT = 'shoal answers 1';

/**
 * Derived from the fleet key and the policy (RFC 5869), so that answers which were right under other zones or upstreams have other names
 * and proofs that do not fit. The names of values are digests: who can list the keys of the Redis does not learn which names were asked for.
 */
export class FleetKeys {
  readonly #names: Uint8Array;
  readonly #proofs: Uint8Array;

  constructor(fleetKey: string, policy: string) {
    const octets = new Uint8Array(hkdfSync('sha256', fleetKey, SALT, policy, 2 * KEY_BYTES));
    this.#names = octets.subarray(0, KEY_BYTES);
    this.#proofs = octets.subarray(KEY_BYTES);
  }

  /** What stands for a question: DIGEST_BYTES. */
  digest(question: Uint8Array): Buffer {
    return createHmac('sha256', this.#names).update(question).digest().subarray(0, DIGEST_BYTES);
  }

  /** The proof that somebody of the fleet stored these octets for that digest: PROOF_BYTES. */
  proof(digest: Uint8Array, octets: Uint8Array): Buffer {
    return createHmac('sha256', this.#proofs).update(digest).update(octets).digest().subarray(0, PROOF_BYTES);
  }

  /** In constant time. */
  proves(proof: Uint8Array, digest: Uint8Array, octets: Uint8Array): boolean {
    return proof.length === PROOF_BYTES && timingSafeEqual(proof, this.proof(digest, octets));
  }
}
