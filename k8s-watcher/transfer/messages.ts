// What is said of a transfer on its way between the plugin, the primary and the watcher: plain data. Cold.

import type { Envelope } from './envelope.ts';

/** What is asked of the watcher. */
export type TransferAsk =
  /** Answered by an envelope or by `refused`. */
  | {
      readonly step: 'open';
      /** Key of the image. */
      readonly image: string;
      /** Where its names are to be rooted: wire form, lower case. */
      readonly zone: Uint8Array;
      /** Serial that the client has (RFC 1995); 0 for everything. */
      readonly since: number;
    }
  /** The client has taken the last envelope; answered by another one. */
  | { readonly step: 'next' }
  /** Nobody waits any more. */
  | { readonly step: 'close' };

/** What the watcher says. */
export type TransferTold =
  | {
      readonly step: 'envelope';
      readonly envelope: Envelope;
      /** The transfer is over with this one. */
      readonly last: boolean;
      /** The client's serial is the current one: the envelope holds the SOA alone. */
      readonly current: boolean;
      readonly serial: number;
    }
  /** There will be nothing. */
  | { readonly step: 'refused' };
