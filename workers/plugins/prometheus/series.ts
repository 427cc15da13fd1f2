// Counts one query in the coredns_dns_* series. Called by the prometheus handler, and by the core for queries that no chain takes. Hot.

import type { Counters } from '#memory/counters.ts';
import { TYPE } from '#wire/constants.ts';
import type { Clock } from '#workers/chain/handler.ts';
import type { Query } from '#workers/query/query.ts';
import { SIZE_BUCKETS, TIME_BUCKETS } from '../metrics.ts';
import { RCODE_LABELS, TYPE_LABELS, type ZoneSeries } from './metrics.ts';

const TIME_BOUNDS = Float64Array.from(TIME_BUCKETS);
const SIZE_BOUNDS = Float64Array.from(SIZE_BUCKETS);
const TYPES = TYPE_LABELS.length;
const OTHER_TYPE = TYPES - 1;
const OTHER_RCODE = RCODE_LABELS.length - 1;

/** Index into TYPE_LABELS by type number, for types up to 255; the labelled ones are all below. */
const TYPE_INDEX: Uint8Array = new Uint8Array(256).fill(OTHER_TYPE);
for (const [name, number] of Object.entries({ ...TYPE, DNSKEY: 48, NSEC3: 50 })) {
  const index = TYPE_LABELS.indexOf(name);
  if (index >= 0) TYPE_INDEX[number] = index;
}

/*
 * Slots of one zone in the flat table:
 *   0         requests          2 protos × 2 families × TYPES
 *   SINGLE    duration, DO requests, request size udp, tcp, response size udp, tcp
 *   RESPONSES by rcode, then the bare ones by rcode
 */
const SINGLE = 4 * TYPES;
const DURATION_AT = SINGLE;
const DO_AT = SINGLE + 1;
const REQUEST_SIZE_AT = SINGLE + 2;
const RESPONSE_SIZE_AT = SINGLE + 4;
const RESPONSES_AT = SINGLE + 6;
const BARE_AT = RESPONSES_AT + RCODE_LABELS.length;
const STRIDE = BARE_AT + RCODE_LABELS.length;

export class SeriesCounter {
  readonly #counters: Counters;
  readonly #slots: Int32Array;
  readonly #zones: number;

  /** `series`: by zone. */
  constructor(counters: Counters, series: readonly ZoneSeries[]) {
    this.#counters = counters;
    this.#zones = series.length;
    this.#slots = Int32Array.from(series.flatMap(flatten));
  }

  /**
   * Counts the query for zone number `zone`. `bare`: no plugin wrote the answer (label plugin="");
   * `size`: octets of the answer. The clock says how long it took: a fraction handed over as such would be put into a box, for every query,
   * whenever the call is not inlined.
   */
  count(query: Query, zone: number, rcode: number, bare: boolean, size: number, clock: Pick<Clock, 'now'>): void {
    const counters = this.#counters;
    const slots = this.#slots;
    const base = zone >= 0 && zone < this.#zones ? zone * STRIDE : 0;
    const { proto, type } = query;
    const kind = type < 256 ? TYPE_INDEX[type] : OTHER_TYPE;
    counters.add(slots[base + (proto * 2 + (query.family === 6 ? 1 : 0)) * TYPES + kind]);
    if (clock.now === query.receivedAt) counters.observe(slots[base + DURATION_AT], 0, TIME_BOUNDS);
    else counters.observe(slots[base + DURATION_AT], (clock.now - query.receivedAt) / 1000, TIME_BOUNDS);
    if (query.dnssecOk === 1) counters.add(slots[base + DO_AT]);
    counters.observe(slots[base + REQUEST_SIZE_AT + proto], query.length, SIZE_BOUNDS);
    counters.observe(slots[base + RESPONSE_SIZE_AT + proto], size, SIZE_BOUNDS);
    const code = Math.min(rcode, OTHER_RCODE);
    counters.add(slots[base + (bare ? BARE_AT : RESPONSES_AT) + code]);
  }
}

function flatten(series: ZoneSeries): number[] {
  const { requests, duration, doRequests, requestSize, responseSize, responses, bareResponses } = series;
  return [...requests, duration, doRequests, ...requestSize, ...responseSize, ...responses, ...bareResponses];
}
