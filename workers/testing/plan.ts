// Plans and shared memory as a primary makes them, small: for the tests of threads, resolvers and the supervisor. Tests only.

import { COUNTER_BYTES } from '#memory/counters.ts';
import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { ZoneWriter } from '#zone/writer.ts';
import { coreSlots } from '../chain/core-metrics.ts';
import type { ListenerPlan, Plan, PluginPlan, SegmentPlan } from '../plugins/plan.ts';
import { NamedSlots } from './slots.ts';
import { TEST_SEED } from './thread.ts';

const slots = new NamedSlots();
export const WHOAMI: PluginPlan = { name: 'whoami', options: {}, slots: null };

/** `threads`: cells beside that of the primary. */
export function testSegments(threads: number): SegmentPlan {
  const readers = Segment.create('readers', readersBytes(threads + 1));
  const zones = (name: string): Segment => {
    const segment = Segment.create(name, 1 << 20);
    ZoneWriter.open(segment, new Readers(readers), TEST_SEED);
    return segment;
  };
  return {
    cluster: zones('cluster').handle,
    files: zones('files').handle,
    readers: readers.handle,
    answers: Segment.create('answers', 1 << 20).handle,
    counters: Segment.create('counters', COUNTER_BYTES).handle,
  };
}

/** A listener on 127.0.0.1 with that chain for the root zone; whoami, when left out. */
export function listenerPlan(port: number, chain: readonly PluginPlan[] = [WHOAMI]): ListenerPlan {
  const server = `dns://127.0.0.1:${port}`;
  return {
    transport: 'dns',
    address: '127.0.0.1',
    port,
    server,
    blocks: [{ zones: ['.'], blockZones: ['.'], chain, block: 0 }],
    anyClass: false,
    tcp: { firstTimeout: 3000, idleTimeout: 3000, maxConnections: 10, maxPipelined: 8, maxQueries: -1 },
    udp: { io: 'auto', receiveBuffer: 0, batch: 8 },
    slots: coreSlots(slots, server),
  };
}

export function testPlan(version: number, listeners: readonly ListenerPlan[]): Plan {
  return {
    version,
    seed: TEST_SEED,
    listeners,
    maxInFlight: 32,
    tuning: { forwardSockets: 1, forwardSocketQueries: 100, udpIo: 'auto' },
    logBufferBytes: 4096,
    debug: false,
  };
}
