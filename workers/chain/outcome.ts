// What a handler says of a query. Hot: small integers, so that nothing is allocated and nothing is thrown.

/**
 * The result of `Handler.serve`. A value from 0 to 23 is an rcode that the *chain* is to write: nothing has been written
 * (spec B3: SERVFAIL, REFUSED, FORMERR, NOTIMP, and any other that a plugin returns instead of an answer).
 */
export type Outcome = number;

/** The answer stands in `Answer`, whatever its rcode. */
export const WRITTEN = -1;
/** Not mine and nothing written: ask the next handler. */
export const NEXT = -2;
/** Somebody was asked; the handler calls `query.resume(outcome)` later. The query has been retained. */
export const LATER = -3;
/** No answer at all is to be sent. */
export const DROP = -4;
/** Of `Asker.answered` only: the lookup has not told enough, `Asker.again` asks another one. */
export const AGAIN = -5;
