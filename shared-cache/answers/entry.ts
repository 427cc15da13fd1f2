// What goes into a table and comes out of it: the key of a question, the fields of an answer. Reused objects, one a handler. Hot.

import { MAX_RECORDS } from './layout.ts';

/** A question as the cache distinguishes them. The QNAME stands at `bytes[nameAt…]` in lower case. */
export class AnswerKey {
  bytes: Uint8Array = new Uint8Array(0);
  nameAt = 0;
  /** With the root octet: 1 … 255. */
  nameLength = 0;
  type = 0;
  klass = 0;
  /** 0 … 255: what else tells answers apart (DO, CD, view); the owner decides on the bits. */
  flags = 0;
  /** Chooses the set. Both are over all of the above and begin with a secret. */
  hash = 0;
  /** Chooses the way. */
  tag = 0;
}

/**
 * An answer without its octets. After a `find` that says false all fields are undefined.
 * `ttlOffsets` holds, for each of the records, where its TTL stands, counted from the start of the body.
 */
export class AnswerEntry {
  /** Octets behind the question. */
  bodyLength = 0;
  /** Header flags and rcode as stored. */
  flags = 0;
  answers = 0;
  authorities = 0;
  additionals = 0;
  /** Seconds for which it is good, from the time of storing on; 1 … 2^30. */
  ttl = 0;
  /** Octets of the message without compression. */
  plainSize = 0;
  readonly ttlOffsets: Uint16Array = new Uint16Array(MAX_RECORDS + 1);

  /** Set by `find` only: seconds that are left; 0 or less for what has expired and is found because of `AnswerTable.grace`. */
  remaining = 0;
  /** Set by `find` only: when it was stored. */
  storedSeconds = 0;
  storedMillis = 0;
  /** Set by `find` only: the second of the hit before this one; 0 when this is the first. */
  lastHit = 0;

  get records(): number {
    return this.answers + this.authorities + this.additionals;
  }
}
