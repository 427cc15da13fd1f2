// A thread that serves a cluster of 10,000 services through the chain of an ordinary Corefile, without sockets: for what is said of the hot
// path under load. Tests and benchmarks only.

import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { type Arena, openArena } from '#native/arena.ts';
import { openDatagramIo, writePeer } from '#native/datagram.ts';
import { LineBuffer } from '#ops/log/line-buffer.ts';
import { TYPE } from '#wire/constants.ts';
import { addresses, type Key, targets } from '#zone/entry.ts';
import { ZoneImages } from '#zone/reader.ts';
import { ZoneWriter } from '#zone/writer.ts';
import { Chain } from '../chain/chain.ts';
import { type Endpoint, ServerCore } from '../chain/core.ts';
import { coreSlots } from '../chain/core-metrics.ts';
import { Dispatch } from '../chain/dispatch.ts';
import type { Handler } from '../chain/handler.ts';
import { EndpointReport } from '../chain/report.ts';
import { DeadlineWheel } from '../lib/deadlines.ts';
import { ThreadTurn } from '../net/turn.ts';
import { HANDLERS } from '../plugins/handlers.ts';
import type { SlotAllocator } from '../plugins/metrics.ts';
import { METRICS, type PluginName, SETUPS } from '../plugins/setups.ts';
import type { Query } from '../query/query.ts';
import { encodeQuestion, type Question } from './case.ts';
import { TextDirective, testScope } from './directive.ts';
import { NamedSlots } from './slots.ts';
import { TEST_SEED, TestClock, TestThread } from './thread.ts';

export const SERVICES = 10_000;
const NAMESPACES = 100;
const TTL = 30;
const ARENA_BYTES = 64 << 20;
/** Octets of a request's place in the arena: any of the questions below. */
const STRIDE = 256;
const SERVER = 'dns://:53';

/** The directives of the block, in the order of execution. */
const BLOCK: Readonly<Partial<Record<PluginName, string>>> = {
  prometheus: 'prometheus :9153',
  errors: 'errors',
  loadbalance: 'loadbalance',
  kubernetes: `kubernetes cluster.local in-addr.arpa {
    pods insecure
    fallthrough in-addr.arpa
    ttl ${TTL}
  }`,
  forward: 'forward . 127.0.0.1:53',
};

const service = (i: number): string => `svc-${i}.ns-${i % NAMESPACES}.svc.cluster.local.`;

/** What is asked, by name. */
export const QUESTIONS: Readonly<Record<string, (i: number) => Question>> = {
  A: (i) => ({ name: service(i), type: 'A' }),
  'A with EDNS': (i) => ({ name: service(i), type: 'A', edns: { size: 1232 } }),
  NXDOMAIN: (i) => ({ name: `no-${i}.ns-${i % NAMESPACES}.svc.cluster.local.`, type: 'A' }),
  SRV: (i) => ({ name: `_http._tcp.${service(i)}`, type: 'SRV' }),
  'AAAA-NODATA': (i) => ({ name: service(i), type: 'AAAA' }),
};

/** Requests of one kind, one behind the other in the arena. */
interface Requests {
  readonly at: number;
  readonly lengths: Int32Array;
}

export class ClusterRig {
  readonly thread: TestThread;
  readonly query: Query;
  readonly #core = new ServerCore(TEST_SEED);
  readonly #endpoint: Endpoint;
  readonly #chain: Chain;
  readonly #requests = new Map<string, Requests>();
  readonly #deadlines: DeadlineWheel;

  private constructor(thread: TestThread, deadlines: DeadlineWheel, handlers: readonly Handler[], slots: NamedSlots) {
    const { host, pool } = thread;
    this.thread = thread;
    this.#deadlines = deadlines;
    this.#chain = new Chain(handlers, Object.keys(BLOCK), this.#core);
    this.#endpoint = {
      dispatch: new Dispatch([{ zone: '.', chain: this.#chain, zoneIndex: 0 }], true, TEST_SEED),
      report: new EndpointReport(coreSlots(slots, SERVER), SERVER, host),
    };
    const query = pool.acquire();
    if (query === undefined) throw new Error('the pool is empty');
    this.query = query;
    query.peerAt = host.arena.allocate(128, 64);
    writePeer(query.bytes, query.peerAt, '127.0.0.1', 40_000);
    for (const [kind, question] of Object.entries(QUESTIONS))
      this.#requests.set(kind, putRequests(host.arena, question));
  }

  static async open(): Promise<ClusterRig> {
    const arena = openArena(ARENA_BYTES);
    const clock = new TestClock();
    const readers = new Readers(Segment.create('readers', readersBytes(1)));
    const turn = new ThreadTurn(clock, readers, 0, new LineBuffer(4096));
    const deadlines = new DeadlineWheel(turn, 64, clock);
    const options = optionsOf('kubernetes') as { readonly image: { readonly key: string } };
    const thread = new TestThread({
      arena,
      clock,
      turn,
      deadlines,
      io: openDatagramIo(arena, 'dgram'),
      zones: compile(options.image.key),
      tuning: { forwardSockets: 1, forwardSocketQueries: 1000, udpIo: 'dgram' },
    });
    const slots = new NamedSlots();
    const handlers: Handler[] = [];
    for (const name of Object.keys(BLOCK) as PluginName[]) handlers.push(await buildHandler(name, slots, thread));
    return new ClusterRig(thread, deadlines, handlers, slots);
  }

  /** Asks for name number `i` of that kind and returns the length of the answer, which stands at `thread.answerAt`. */
  ask(kind: string, i: number): number {
    const requests = this.#requests.get(kind);
    if (requests === undefined) throw new Error(`no questions of kind ${kind}`);
    return this.#serve(requests, i % SERVICES);
  }

  /** Asks `count` questions of one kind over all names; returns the octets of all answers. */
  askMany(kind: string, count: number): number {
    const requests = this.#requests.get(kind);
    if (requests === undefined) throw new Error(`no questions of kind ${kind}`);
    let octets = 0;
    for (let n = 0, i = 0; n < count; n++, i = i + 1 === SERVICES ? 0 : i + 1) octets += this.#serve(requests, i);
    return octets;
  }

  #serve(requests: Requests, i: number): number {
    const { query, thread } = this;
    // As between batches.
    if (i === 0) thread.clock.now += 0.125;
    query.family = 4;
    query.receivedAt = thread.clock.now;
    return this.#core.handle(query, requests.at + i * STRIDE, requests.lengths[i], this.#endpoint, thread.answerAt);
  }

  close(): void {
    this.#chain.close();
    this.#deadlines.close();
  }
}

function putRequests(arena: Arena, question: (i: number) => Question): Requests {
  const at = arena.allocate(SERVICES * STRIDE, 64);
  const lengths = new Int32Array(SERVICES);
  for (let i = 0; i < SERVICES; i++) {
    const message = encodeQuestion(question(i));
    arena.bytes.set(message, at + i * STRIDE);
    lengths[i] = message.length;
  }
  return { at, lengths };
}

function optionsOf(name: PluginName): unknown {
  return SETUPS[name].setup(new TextDirective(name, BLOCK[name] ?? name), testScope(['.'], Object.keys(BLOCK)));
}

/** A plugin's table of metrics with its type forgotten. */
interface AnyMetrics {
  slots(allocator: SlotAllocator, scope: object, options: unknown): unknown;
}

async function buildHandler(name: PluginName, slots: NamedSlots, thread: TestThread): Promise<Handler> {
  const options = optionsOf(name);
  const tables: Readonly<Record<string, AnyMetrics | undefined>> = METRICS;
  const scope = { server: SERVER, zones: ['.'], view: '', next: ['kubernetes'] };
  const plan = { name, options, slots: tables[name]?.slots(slots, scope, options) ?? null };
  const { build } = await HANDLERS[name]();
  return build(plan, thread.host, { server: SERVER, zones: ['.'], blockZones: ['.'] });
}

/** Services of one address and one port each, as the watcher compiles them. */
function compile(key: string): ZoneImages {
  const segment = Segment.create('zones', 64 << 20);
  const writer = ZoneWriter.open(segment, new Readers(Segment.create('readers', readersBytes(1))), TEST_SEED);
  const image = writer.image(key);
  for (let i = 0; i < SERVICES; i++) {
    const name = wire(`svc-${i}.ns-${i % NAMESPACES}.svc`);
    const a = [0x0a600000 | i];
    const srv = (skip: number) => targets(TTL, 100, skip, [{ label: '', ports: [80], a, aaaa: [] }]);
    image.set(name, { flags: 0, rrsets: [addresses(TYPE.A, TTL, a), srv(0)] });
    image.set(wire('_http._tcp') + name, { flags: 0, rrsets: [addresses(TYPE.A, TTL, a), srv(2)] });
  }
  image.setSynced(true);
  return new ZoneImages(segment);
}

/** Wire labels without the root octet. */
function wire(name: string): Key {
  return name
    .split('.')
    .map((label) => String.fromCharCode(label.length) + label)
    .join('');
}
