// The shared memory of a replica: made once by the primary, inherited by every resolver, kept over reloads. Cold.

import { COUNTER_BYTES } from '#memory/counters.ts';
import { readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import type { SegmentPlan } from '#workers/plugins/plan.ts';
import type { Tuning } from './config/tuning.ts';

/** Octets for hosts tables and the like: room for some 100,000 names, of which only the pages in use take memory. */
const FILES_BYTES = 64 << 20;

export interface Segments {
  /** Images of the Kubernetes source; written by the watcher thread. */
  readonly cluster: Segment;
  /** Images of hosts and other files; written by the primary. */
  readonly files: Segment;
  readonly readers: Segment;
  readonly answers: Segment;
  readonly counters: Segment;
}

/** `threads`: of all resolvers together; one cell more is the primary's. */
export function createSegments(tuning: Tuning, threads: number): Segments {
  return {
    cluster: Segment.create('shoal-cluster', tuning.memory.zones),
    files: Segment.create('shoal-files', FILES_BYTES),
    readers: Segment.create('shoal-readers', readersBytes(threads + 1)),
    answers: Segment.create('shoal-answers', tuning.memory.answers),
    counters: Segment.create('shoal-counters', COUNTER_BYTES),
  };
}

/** How others find the segments. */
export function handlesOf(segments: Segments): SegmentPlan {
  return {
    cluster: segments.cluster.handle,
    files: segments.files.handle,
    readers: segments.readers.handle,
    answers: segments.answers.handle,
    counters: segments.counters.handle,
  };
}
