// The options of loop: plain data from setup.ts to handler.ts and, in the primary, to primary/loops. Cold.

export interface LoopOptions {
  /** QNAME of the probe that is sent at the start, in presentation form: a number, the mark and the zone. */
  readonly name: string;
  /** First zone of the server block. */
  readonly zone: string;
  /** Second label of every probe; nobody outside can guess it. */
  readonly mark: string;
  /** False: a loop that is there at the start ends the server. */
  readonly quarantine: boolean;
  /** Milliseconds between two probes of an upstream, on average; 0: there are none after the start. */
  readonly interval: number;
  /** Milliseconds until an upstream in quarantine is probed again: first and longest. */
  readonly retryMin: number;
  readonly retryMax: number;
}
