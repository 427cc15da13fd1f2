// What a socket or a connection to an upstream looks like to the exchanges that go over it. Hot.

import type { Exchanges } from './exchanges.ts';

/** What became of a request: there was no room for it, or it is on its way. */
export type Sent = number;
export const NOT_SENT = 0;
export const SENT = 1;
/** Over a connection that had been used before: its end may be the reason that no reply comes, and not the upstream. */
export const SENT_AGAIN = 2;

/** Names a channel among all that a thread opens; it wraps around after 2^30, when none of the first ones is left. */
let nextUid = 0;

/**
 * One way to an upstream: message ids are unique within it. Its exchanges form a list through the arrays of `Exchanges`, oldest first, so
 * that a channel that fails finds those that it takes along.
 */
export abstract class Channel {
  readonly uid: number;
  /** Ends of the list of pending exchanges, and how many there are. Written by Exchanges only. */
  first = -1;
  last = -1;
  pending = 0;
  protected readonly exchanges: Exchanges;

  constructor(exchanges: Exchanges) {
    this.uid = nextUid;
    nextUid = (nextUid + 1) & 0x3fffffff;
    this.exchanges = exchanges;
  }

  /** What to say of an exchange that got no reply in time. Built at most once for a channel, however many time out. */
  abstract get timeoutText(): string;
  /** A reply did not come in time. */
  abstract timedOut(): void;
  /** The last pending exchange has ended. */
  abstract emptied(): void;
}
