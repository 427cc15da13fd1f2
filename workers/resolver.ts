// The threads of one resolver process: a Piscina pool whose tasks never end, restarted when they die. Runs in a resolver process, or in the
// primary when `resolver.processes` is 0. Cold.

import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { Readers } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import type { Broker } from '#redis/broker.ts';
import type { LevelTold } from '#redis/messages.ts';
import type {
  Command,
  LevelCommand,
  ProbeCommand,
  ResolverStart,
  ThreadCommand,
  ThreadEvent,
  TransferCommand,
} from './messages.ts';
import type { Plan } from './plugins/plan.ts';

/** A thread that lived this long (ms) before it died is started again at once; the delay doubles for one that dies earlier. */
const HEALTHY_LIFE = 10_000;

type LevelEvent = Extract<ThreadEvent, { kind: 'level' }>;

interface Slot {
  readonly index: number;
  port: MessagePort | null;
  startedAt: number;
  delay: number;
  /** True while it catches up with the others after its predecessor died. */
  restarting: boolean;
  /** Why it could not take up the plan in force. */
  failure: string | null;
  retry: NodeJS.Timeout | null;
}

export class Resolver {
  readonly #start: ResolverStart;
  readonly #report: (event: ThreadEvent) => void;
  readonly #pool: Piscina;
  readonly #slots: Slot[];
  readonly #readers: Readers;
  /** Loaded when a thread first asks for it: few configurations have stores in Redis. */
  #broker: Promise<Broker> | null = null;
  readonly #running = new Set<Promise<void>>();
  #plan: Plan;
  #next: Plan | null = null;
  #stopping = false;

  constructor(start: ResolverStart, report: (event: ThreadEvent) => void) {
    this.#start = start;
    this.#report = report;
    this.#plan = start.plan;
    this.#readers = new Readers(Segment.map(start.segments.readers, true));
    const threads = start.indexes.length;
    this.#pool = new Piscina({
      filename: new URL('./thread.ts', import.meta.url).href,
      name: 'serve',
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      // A task runs for ever: nothing may block the thread between tasks.
      atomics: 'disabled',
    });
    this.#slots = start.indexes.map((index) => ({
      index,
      port: null,
      startedAt: 0,
      delay: 0,
      restarting: start.restart,
      failure: null,
      retry: null,
    }));
    for (const slot of this.#slots) this.#launch(slot);
  }

  #launch(slot: Slot): void {
    const { port1, port2 } = new MessageChannel();
    slot.port = port1;
    slot.startedAt = performance.now();
    slot.failure = null;
    port1.on('message', (event: ThreadEvent) => this.#receive(slot, event));
    const start = { index: slot.index, segments: this.#start.segments, plan: this.#plan };
    // Piscina derives the type of its transfer list from an overload that newer typings of Node.js order differently.
    const transfer = { transferList: [port2] as never };
    const task = this.#pool.run({ start, port: port2 }, transfer).then(
      () => this.#ended(slot, null),
      (error: unknown) => this.#ended(slot, error instanceof Error ? error.message : String(error)),
    );
    this.#running.add(task);
    void task.finally(() => this.#running.delete(task));
  }

  #receive(slot: Slot, event: ThreadEvent): void {
    if (event.kind === 'behind') {
      slot.restarting = true;
      slot.port?.postMessage({ kind: 'prepare', plan: this.#plan } satisfies Command);
      return;
    }
    if (event.kind === 'level') {
      this.#ask(slot, event);
      return;
    }
    if (event.kind !== 'prepared' || !slot.restarting || event.version !== this.#plan.version) {
      this.#report(event);
      return;
    }
    // A restarted thread takes up the plan in force by itself; the primary only hears that it serves.
    slot.restarting = false;
    if (event.error === undefined) slot.port?.postMessage({ kind: 'commit', version: event.version } satisfies Command);
    else {
      // It serves nothing: it ends, and another one tries again later.
      slot.failure = event.error;
      slot.port?.postMessage({ kind: 'stop', drain: 0 } satisfies Command);
    }
  }

  #ask(slot: Slot, { level, ask }: LevelEvent): void {
    const { port } = slot;
    const tell = (told: LevelTold) => port?.postMessage({ kind: 'level', level, told } satisfies LevelCommand);
    this.#broker ??= import('#redis/broker.ts').then((module) => new module.Broker());
    void this.#broker.then((broker) => broker.receive(userId(slot, level), ask, tell));
  }

  #ended(slot: Slot, error: string | null): void {
    // One that ended by itself has closed its side: what it said last is still on the way.
    if (error !== null) slot.port?.close();
    slot.port = null;
    void this.#broker?.then((broker) => broker.forget(userId(slot, '')));
    if (this.#stopping || slot.retry !== null) return;
    this.#readers.clear(slot.index);
    const { backoffMin, backoffMax } = this.#start;
    const healthy = performance.now() - slot.startedAt > HEALTHY_LIFE;
    slot.delay = healthy ? 0 : Math.min(backoffMax, Math.max(backoffMin, slot.delay * 2));
    this.#report({ kind: 'died', thread: slot.index, error: error ?? slot.failure ?? 'ended', retryIn: slot.delay });
    slot.restarting = true;
    slot.retry = setTimeout(() => {
      slot.retry = null;
      this.#launch(slot);
    }, slot.delay);
  }

  /** Passes a command on to every thread. */
  command(command: Command): void {
    if (command.kind === 'prepare') this.#next = command.plan;
    if (command.kind === 'commit' && this.#next?.version === command.version) this.#plan = this.#next;
    if (command.kind === 'stop') this.#stopping = true;
    for (const slot of this.#slots) slot.port?.postMessage(command);
  }

  /** Passes something on to the one thread that it is for. */
  toThread(command: TransferCommand | ProbeCommand): void {
    const slot = this.#slots.find((candidate) => candidate.index === command.thread);
    slot?.port?.postMessage(command);
  }

  /** Ends one thread as a crash would; for drills and tests. */
  kill(index: number): void {
    const slot = this.#slots.find((candidate) => candidate.index === index);
    slot?.port?.postMessage({ kind: 'kill', thread: index } satisfies ThreadCommand);
  }

  /** Drains all threads and ends the pool; resolves when nothing runs any more. */
  async stop(drain: number): Promise<void> {
    this.command({ kind: 'stop', drain });
    for (const slot of this.#slots) if (slot.retry !== null) clearTimeout(slot.retry);
    await Promise.allSettled(this.#running);
    (await this.#broker)?.close();
    await this.#pool.destroy();
  }
}

/** A user of the broker: a number that a thread gave, or all of the thread's. */
function userId(slot: Slot, level: number | ''): string {
  return `${slot.index}/${level}`;
}
