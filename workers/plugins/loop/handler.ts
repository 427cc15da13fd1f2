// loop: recognises probes that come back through an upstream (behaviour D loop). Hot, but does next to nothing.

import { peerPort, peerText } from '#native/datagram.ts';
import { TYPE } from '#wire/constants.ts';
import { decodeName } from '#wire/name.ts';
import type { BlockScope, Handler, Host } from '../../chain/handler.ts';
import { NEXT, type Outcome } from '../../chain/outcome.ts';
import { hostPort } from '../../lib/upstream/address.ts';
import type { Query } from '../../query/query.ts';
import type { PluginPlan } from '../plan.ts';
import type { LoopOptions } from './options.ts';

/** Sightings of one name that are reported: the primary decides at the third one at the latest, and a loop makes thousands. */
const MAX_REPORTS = 16;
/**
 * Sightings that are reported in a second, whatever their names: who has learnt the mark (any upstream has) cannot flood the primary. Fifteen
 * upstreams that all lead back need about 45. Revise when `shoal_loop_sightings_total{of="unknown"}` grows by so many a second.
 */
const MAX_PER_SECOND = 128;
/** A power of two: names that are told apart. Those that share a place only make each other be reported more often. */
const PLACES = 64;

export class LoopHandler implements Handler {
  readonly #options: LoopOptions;
  readonly #host: Host;
  readonly #listener: string;
  readonly #mark: Uint8Array;
  /** By hash: which name was seen here last, and how often. */
  readonly #names = new Int32Array(PLACES);
  readonly #counts = new Uint8Array(PLACES);
  #second = -1;
  #reports = 0;

  constructor(options: LoopOptions, host: Host, listener: string) {
    this.#options = options;
    this.#host = host;
    this.#listener = listener;
    this.#mark = Buffer.from(options.mark);
  }

  /** A probe goes on like every other query: that is how it comes round. */
  serve(query: Query): Outcome {
    if (query.type === TYPE.HINFO && this.#hasMark(query) && this.#isNews(query.nameHash)) this.#report(query);
    return NEXT;
  }

  /** The second label is the mark. */
  #hasMark({ bytes, labels, labelAt, lowerAt }: Query): boolean {
    const mark = this.#mark;
    if (labels < 2) return false;
    const at = lowerAt + labelAt[1];
    if (bytes[at] !== mark.length) return false;
    for (let i = 0; i < mark.length; i++) if (bytes[at + 1 + i] !== mark[i]) return false;
    return true;
  }

  /** Neither this name nor all names together have been reported too often. */
  #isNews(hash: number): boolean {
    const { seconds } = this.#host.clock;
    if (seconds !== this.#second) {
      this.#second = seconds;
      this.#reports = 0;
    }
    const place = hash & (PLACES - 1);
    if (this.#names[place] !== hash) {
      this.#names[place] = hash;
      this.#counts[place] = 0;
    }
    if (this.#counts[place] >= MAX_REPORTS || this.#reports >= MAX_PER_SECOND) return false;
    this.#counts[place]++;
    this.#reports++;
    return true;
  }

  #report({ bytes, peerAt, lowerAt }: Query): void {
    this.#host.report({
      kind: 'loop',
      // Whoever carries the message knows the thread.
      thread: -1,
      source: hostPort(peerText(bytes, peerAt), peerPort(bytes, peerAt)),
      listener: this.#listener,
      zone: this.#options.zone,
      name: decodeName(bytes, lowerAt),
    });
  }
}

export function build(plan: PluginPlan<LoopOptions, unknown>, host: Host, scope: BlockScope): LoopHandler {
  return new LoopHandler(plan.options, host, scope.server);
}
