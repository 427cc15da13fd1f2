// What the server core reports of one listener: queries that no block takes, panics, limits. Hot: dropped.

import { SeriesCounter } from '#plugins/prometheus/series.ts';
import type { CoreSlots } from '../plugins/plan.ts';
import type { Answer } from '../query/answer.ts';
import type { Query } from '../query/query.ts';
import type { CoreReport } from './core.ts';
import type { Host } from './handler.ts';

type ReportHost = Pick<Host, 'counters' | 'clock' | 'log'>;

export class EndpointReport implements CoreReport {
  readonly #slots: CoreSlots;
  readonly #server: string;
  readonly #host: ReportHost;
  readonly #dropped: SeriesCounter;

  constructor(slots: CoreSlots, server: string, host: ReportHost) {
    this.#slots = slots;
    this.#server = server;
    this.#host = host;
    this.#dropped = new SeriesCounter(host.counters, [slots.dropped]);
  }

  dropped(query: Query, answer: Answer, rcode: number): void {
    this.#dropped.count(query, 0, rcode, true, answer.plainSize, this.#host.clock);
  }

  panicked(_query: Query, error: unknown): void {
    this.#host.counters.add(this.#slots.panics);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#host.log.error(`Recovered from panic in server: ${JSON.stringify(this.#server)} ${text}`);
  }

  rejected(): void {
    this.#host.counters.add(this.#slots.tcpRejected);
  }

  unsent(answers: number): void {
    this.#host.counters.addMany(this.#slots.udpUnsent, answers);
  }
}
