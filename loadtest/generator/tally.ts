// What all clients of a run count together. Hot: a few additions per answer.

import { Histogram } from './histogram.ts';

/** Units of the latency histogram in a millisecond: 0.1 µs each, which reaches up to 214 s. */
export const UNITS_PER_MS = 10_000;
const RCODES = 16;

/** Counts only what belongs to the time that is measured: from `open` to `close`. Times are milliseconds of `performance.now()`. */
export class Tally {
  #begin = Number.POSITIVE_INFINITY;
  #end = Number.POSITIVE_INFINITY;
  #sent = 0;
  #answered = 0;
  #arrived = 0;
  #unexpected = 0;
  #truncated = 0;
  /** Of the answers by the code in their header, without EDNS's extension. */
  readonly rcodes = new Float64Array(RCODES);
  readonly latencies = new Histogram();

  open(now: number): void {
    this.#begin = now;
  }

  close(now: number): void {
    this.#end = now;
  }

  #measures(time: number): boolean {
    return time >= this.#begin && time < this.#end;
  }

  /** A query went out that was due at `started`. */
  send(started: number): void {
    if (this.#measures(started)) this.#sent++;
  }

  /** The answer came to a query that was due at `started`. Queries count when they are due; the server's pace counts by arrivals. */
  answer(started: number, now: number, rcode: number, truncated: boolean): void {
    if (this.#measures(now)) this.#arrived++;
    if (!this.#measures(started)) return;
    this.#answered++;
    this.rcodes[rcode]++;
    if (truncated) this.#truncated++;
    this.latencies.record((now - started) * UNITS_PER_MS);
  }

  /** A datagram came that answers nothing that waits: late, twice, or none of ours. */
  stray(now: number): void {
    if (this.#measures(now)) this.#unexpected++;
  }

  /** Queries that were due in the measured time. */
  get sent(): number {
    return this.#sent;
  }

  /** Those of them that got an answer, be it after the measured time. */
  get answered(): number {
    return this.#answered;
  }

  /** Answers that came in the measured time. */
  get arrived(): number {
    return this.#arrived;
  }

  get unexpected(): number {
    return this.#unexpected;
  }

  get truncated(): number {
    return this.#truncated;
  }

  /** Length of the measured time in seconds. */
  get seconds(): number {
    return (this.#end - this.#begin) / 1000;
  }
}
