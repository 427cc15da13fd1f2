// What threads and the broker say to each other: plain data, inside the resolver's messages. Cold, but for batches.

import type { BreakerState } from './breaker.ts';
import type { StoreSettings } from './settings.ts';
import type { WriteTally } from './writes.ts';

/** thread → broker. */
export type LevelAsk =
  /** From now on the thread is told the state of the store, and may send batches. */
  | { readonly step: 'open'; readonly settings: StoreSettings }
  /** See batch.ts; every GET has its reply. */
  | { readonly step: 'batch'; readonly batch: Uint8Array }
  | { readonly step: 'close' };

/** broker → thread. */
export type LevelTold =
  | {
      readonly step: 'state';
      readonly state: BreakerState;
      /** True for one user of the store: the one that counts and logs what concerns all. */
      readonly reporter: boolean;
      /** Why it is so, for the log; '' when there is nothing to say. */
      readonly why: string;
    }
  /** For the reporter only: what became of writes. */
  | { readonly step: 'tally'; readonly tally: WriteTally }
  | { readonly step: 'replies'; readonly batch: Uint8Array };
