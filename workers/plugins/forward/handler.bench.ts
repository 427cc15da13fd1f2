// What a forwarded query costs in JavaScript, both ways, without system calls: `node handler.bench.ts`. Prints ns and heap octets per query.
// The upstream is a socket in memory that turns every request into its reply.

import { openArena } from '#native/arena.ts';
import { collector } from '#native/collect.ts';
import type { DatagramIo, DatagramSink, DatagramSocket } from '#native/datagram.ts';
import { OPT_BYTES } from '#wire/constants.ts';
import { Chain } from '../../chain/chain.ts';
import { WORKSPACE } from '../../query/query.ts';
import { readQuery } from '../../query/read.ts';
import { encodeQuestion } from '../../testing/case.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { TestThread } from '../../testing/thread.ts';
import { build } from './handler.ts';
import { metrics } from './metrics.ts';
import { plugin } from './setup.ts';

const BATCH = 32;
const SLOT = 4096;
const ROUNDS = 200_000;
/** A compressed answer: `www.example.test. 60 IN A 192.0.2.1`. */
const RECORD = Buffer.from('c00c000100010000003c0004c0000201', 'hex');

/** Requests stand in slots of the arena; `reply` hands them back as replies. */
class MirrorSocket implements DatagramSocket {
  readonly port = 1;
  readonly address = '127.0.0.1';
  readonly family = 4;
  readonly dropped = 0;
  readonly refused = 0;
  readonly #bytes: Uint8Array;
  readonly #slots: number;
  readonly #lengths = new Int32Array(BATCH);
  #count = 0;
  #sink: DatagramSink | null = null;

  constructor(bytes: Uint8Array, slots: number) {
    this.#bytes = bytes;
    this.#slots = slots;
  }

  listen(sink: DatagramSink): void {
    this.#sink = sink;
  }

  at(i: number): number {
    return this.#slots + i * SLOT;
  }

  length(i: number): number {
    return this.#lengths[i];
  }

  peerAt(): number {
    return 0;
  }

  cut(): boolean {
    return false;
  }

  slot(): number {
    return this.at(this.#count);
  }

  commit(length: number): void {
    const at = this.slot();
    this.#bytes[at + 2] |= 0x80;
    this.#bytes[at + 7] = 1;
    const opt = at + length - OPT_BYTES;
    this.#bytes.copyWithin(opt + RECORD.length, opt, opt + OPT_BYTES);
    for (let i = 0; i < RECORD.length; i++) this.#bytes[opt + i] = RECORD[i];
    this.#lengths[this.#count++] = length + RECORD.length;
  }

  /** All that was sent comes back. */
  reply(): void {
    const count = this.#count;
    this.#count = 0;
    if (count > 0) this.#sink?.batch(this, count);
  }

  flush(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {}
}

const arena = openArena(16 * 1024 * 1024);
const sockets: MirrorSocket[] = [];
const deadlines = { next: 0, start: () => deadlines.next++ & 0xffff, cancel: () => {} };
const turn = { begin: () => {}, end: () => {}, flushLater: () => {} };
const io: DatagramIo = {
  name: 'batched',
  async open() {
    const socket = new MirrorSocket(arena.bytes, arena.allocate(BATCH * SLOT, 64));
    sockets.push(socket);
    return socket;
  },
};
const tuning = { forwardSockets: 4, forwardSocketQueries: 1e9, udpIo: 'auto' as const };
const thread = new TestThread({ arena, deadlines, turn, io, tuning });

const text = process.argv[2] ?? 'forward . 127.0.0.1 { max_concurrent 1000 }';
const options = plugin.setup(new TextDirective('forward', text), testScope());
const allocator = { slot: () => 0, histogram: () => 0 };
const slots = metrics.slots(allocator, { server: '', zones: [], view: '', next: [] }, options);
const handler = build({ name: 'forward', options, slots }, thread.host, { server: '', zones: [], blockZones: [] });

let answered = 0;
const chain = new Chain([handler], ['forward'], {
  complete(query, answer) {
    answered += answer.answers;
    query.release();
  },
});
const request = encodeQuestion({ name: 'www.example.test', type: 'A', edns: { size: 1232 } });
arena.bytes.set(request, thread.requestAt);

/** One query: read, sent; as many as the pool has make a batch. */
function ask(count: number): void {
  thread.clock.now += 0.1;
  for (let i = 0; i < count; i++) {
    const query = thread.pool.acquire();
    if (query === undefined) return;
    query.peerAt = query.workspace + WORKSPACE.PEER;
    query.answer.open(thread.answerAt);
    readQuery(query, thread.requestAt, request.length, thread.host.seed);
    chain.run(query, query.answer);
  }
  for (let i = 0; i < sockets.length; i++) sockets[i].reply();
}

/** Sockets open when they are drawn first. */
async function warmUp(): Promise<void> {
  for (let i = 0; i < 5000; i++) {
    ask(7);
    await null;
    await null;
    for (const socket of sockets) socket.reply();
  }
}

await warmUp();
collector()();
answered = 0;
const heap = process.memoryUsage().heapUsed;
const begin = performance.now();
for (let i = 0; i < ROUNDS; i++) ask(7);
const took = performance.now() - begin;
const grown = process.memoryUsage().heapUsed - heap;
const ns = Math.round((took * 1e6) / answered);
process.stdout.write(`${answered} queries, ${ns} ns each, ${(grown / answered).toFixed(2)} octets of heap each\n`);
