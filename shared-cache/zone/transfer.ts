// What is said of a zone transfer on its way between the plugin, the primary and the watcher: plain data. Cold.

/** The answer section of one message whose only question is the zone. */
export interface Envelope {
  /** The records; compression pointers count from the start of such a message. */
  readonly octets: Uint8Array;
  readonly records: number;
  /** Octets that the records would have without compression. */
  readonly plainSize: number;
}

/** What is asked of the keeper of a zone. */
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

/** What its keeper says. */
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
  /** There will be nothing (more): `busy` when too many transfers are under way, `gone` when nobody keeps such a zone, or no longer. */
  | { readonly step: 'refused'; readonly why: 'busy' | 'gone' };
