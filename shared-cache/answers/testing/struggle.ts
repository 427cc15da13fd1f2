// What the concurrency tests share with the processes and threads that they start: a small table, control words, and the loop. Tests only.

import { Segment } from '#memory/segment.ts';
import type { SegmentHandle } from '#native/memory.ts';
import { AnswerSegment } from '../directory.ts';
import { AnswerEntry } from '../entry.ts';
import { AnswerTables } from '../table.ts';
import { fill, keyOf, LONGEST, versionOf } from './answers.ts';

/** Questions that all ask and answer; the ring holds a part of their answers and is overrun all the time. */
const QUESTIONS = 400;
const ENTRIES = 96;
const RING_BYTES = 65_536;
const NOW = 10;
const PEERS = 8;

/** Words of the control segment, behind its header. */
const STOP = 16;
const STORES = 17;
const FIRST_PEER = 32;
const LOOKUPS = 0;
const FOUND = 1;
const WRONG = 2;
const PEER_WORDS = 4;

export interface StruggleHandles {
  readonly answers: SegmentHandle;
  readonly control: SegmentHandle;
}

/** What a peer has seen so far. */
export interface PeerReport {
  readonly lookups: number;
  readonly found: number;
  /** Answers that nobody had stored for the question. */
  readonly wrong: number;
}

export class Struggle {
  readonly handles: StruggleHandles;
  readonly #answers: Segment;
  readonly #control: Segment;
  readonly #id: number;

  /** Without handles: makes the segments. */
  constructor(handles?: StruggleHandles) {
    this.#answers = handles === undefined ? Segment.create('answers', 1 << 20) : Segment.map(handles.answers, true);
    this.#control = handles === undefined ? Segment.create('control', 4096) : Segment.map(handles.control, true);
    this.handles = { answers: this.#answers.handle, control: this.#control.handle };
    this.#id = AnswerSegment.open(this.#answers).allocate('struggle', ENTRIES, RING_BYTES);
  }

  get stopped(): boolean {
    return Atomics.load(this.#control.i32, STOP) !== 0;
  }

  stop(): void {
    Atomics.store(this.#control.i32, STOP, 1);
  }

  /** Answers that all peers have stored; the number of each is its version. */
  get stores(): number {
    return Atomics.load(this.#control.i32, STORES);
  }

  report(peer: number): PeerReport {
    const at = FIRST_PEER + peer * PEER_WORDS;
    const [lookups, found, wrong] = [LOOKUPS, FOUND, WRONG].map((word) => Atomics.load(this.#control.i32, at + word));
    return { lookups, found, wrong };
  }

  /** Asks for all questions over and over, some of them more often; stores what it does not find, as a cache does. Until stopped. */
  run(peer: number): void {
    if (peer >= PEERS) throw new RangeError(`no more than ${PEERS} peers`);
    const words = this.#control.i32;
    const at = FIRST_PEER + peer * PEER_WORDS;
    const table = new AnswerTables(this.#answers).table(this.#id);
    const keys = Array.from({ length: QUESTIONS }, (_, n) => keyOf(n));
    const entry = new AnswerEntry();
    const into = new Uint8Array(LONGEST);
    for (let step = peer * 1_000_003; !this.stopped; step++) {
      const question = step % 3 === 0 ? step % 16 : (Math.imul(step, 0x9e3779b1) >>> 7) % QUESTIONS;
      words[at + LOOKUPS]++;
      if (table.find(keys[question], entry, NOW, 0, into, 0, into.length)) {
        words[at + FOUND]++;
        const version = versionOf(question, entry, into);
        if (version < 1 || version > this.stores) words[at + WRONG]++;
        if (step % 64 !== 0) continue;
      }
      const body = fill(entry, question, Atomics.add(words, STORES, 1) + 1, 1000);
      table.store(keys[question], entry, NOW, 0, body, 0);
      if (step % 200 === 0) table.remove(keys[(question * 7) % QUESTIONS]);
    }
  }
}
