// Counters of zone transfers. Cold.

import type { Metric, MetricScope, PluginMetrics, SlotAllocator } from '../metrics.ts';
import type { TransferOptions } from './setup.ts';

export const TRANSFERS: Metric = {
  name: 'shoal_transfers_total',
  help: 'Counter of zone transfers by how they ended.',
  type: 'counter',
  labels: ['server', 'result'],
};

export interface TransferSlots {
  /** All records have been sent. */
  readonly complete: number;
  /** The client had the serial already. */
  readonly current: number;
  /** The client is not listed. */
  readonly refused: number;
  /** Too many at once. */
  readonly busy: number;
  /** The client, or whoever keeps the zone, went away or was too slow. */
  readonly broken: number;
}

export const metrics: PluginMetrics<TransferOptions, TransferSlots> = {
  table: [TRANSFERS],
  slots(allocator: SlotAllocator, { server }: MetricScope): TransferSlots {
    const slot = (result: keyof TransferSlots): number => allocator.slot(TRANSFERS, { server, result });
    return {
      complete: slot('complete'),
      current: slot('current'),
      refused: slot('refused'),
      busy: slot('busy'),
      broken: slot('broken'),
    };
  },
};
