// The options of loop: plain data from setup.ts to handler.ts and, in the primary, to probe.ts. Cold.

export interface LoopOptions {
  /** QNAME of the probe, in presentation form: two random 64-bit numbers and the zone. */
  readonly name: string;
  /** First zone of the server block. */
  readonly zone: string;
}
