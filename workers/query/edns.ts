// EDNS options that an answer echoes (spec B4). Hot.

import { OPTION } from '#wire/constants.ts';
import type { Answer } from './answer.ts';
import { OPTIONS_BYTES, type Query } from './query.ts';

/** Octets that `explain` adds to an OPT: code, length, INFO-CODE. */
export const EXPLANATION_BYTES = 6;

/** True for options that come back to the client as they were sent. */
function echoed(code: number): boolean {
  return (
    code === OPTION.NSID ||
    code === OPTION.EXPIRE ||
    code === OPTION.COOKIE ||
    code === OPTION.TCP_KEEPALIVE ||
    code === OPTION.PADDING
  );
}

/**
 * Walks the options at `bytes[at…]`: returns how many octets of them an answer echoes, or -1 when they do not fill their length exactly
 * (RFC 6891 §6.1.2).
 */
export function measureEcho(bytes: Uint8Array, at: number, length: number): number {
  const end = at + length;
  let echo = 0;
  let from = at;
  while (from < end) {
    if (from + 4 > end) return -1;
    const code = (bytes[from] << 8) | bytes[from + 1];
    const size = 4 + ((bytes[from + 2] << 8) | bytes[from + 3]);
    from += size;
    if (from > end) return -1;
    if (echoed(code)) echo += size;
  }
  return echo;
}

/** Copies the echoed options to `to[at…]`; returns their octets. */
export function writeEcho(query: Query, to: Uint8Array, at: number): number {
  if (query.echoLength === 0) return 0;
  const { bytes, optionsAt, optionsLength } = query;
  let out = at;
  for (let from = optionsAt, end = optionsAt + optionsLength; from < end; ) {
    const code = (bytes[from] << 8) | bytes[from + 1];
    const size = 4 + ((bytes[from + 2] << 8) | bytes[from + 3]);
    if (echoed(code)) for (let i = 0; i < size; i++) to[out++] = bytes[from + i];
    from += size;
  }
  return out - at;
}

/**
 * Tells a client with EDNS what is behind the answer: an Extended DNS Error without text (RFC 8914 §2), beside what the OPT has anyway. The
 * answer must have EXPLANATION_BYTES of room left; clients without EDNS are told nothing.
 */
export function explain(query: Query, answer: Answer, code: number): void {
  if (query.edns === 0 || query.echoLength > OPTIONS_BYTES - EXPLANATION_BYTES) return;
  if (answer.ownOpt === 0) answer.ownOptionsLength = writeEcho(query, answer.bytes, answer.optionsAt);
  const to = answer.option(OPTION.EDE, 2);
  if (to === 0) return;
  answer.bytes[to] = code >>> 8;
  answer.bytes[to + 1] = code;
  answer.limitEnd = answer.at + query.limit - answer.optSize(query);
}
