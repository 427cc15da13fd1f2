// A resolver thread: opens the sockets of a plan, answers, and changes plans when told. The task of a Piscina worker. Cold, apart from what it starts.

import { flushCompileCache } from 'node:module';
import type { MessagePort } from 'node:worker_threads';
import { AnswerTables } from '#answers/table.ts';
import { Counters } from '#memory/counters.ts';
import { Readers } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { openArena } from '#native/arena.ts';
import { collectLater } from '#native/collect.ts';
import { openDatagramIo } from '#native/datagram.ts';
import { LineBuffer } from '#ops/log/line-buffer.ts';
import { ZoneImages } from '#zone/reader.ts';
import { type Endpoint, ServerCore } from './chain/core.ts';
import { Dispatch } from './chain/dispatch.ts';
import type { Host } from './chain/handler.ts';
import { SubQueries } from './chain/lookup.ts';
import { EndpointReport } from './chain/report.ts';
import { MonotonicClock } from './lib/clock.ts';
import { DeadlineWheel } from './lib/deadlines.ts';
import { ThreadLevels } from './lib/levels.ts';
import { ThreadProbes } from './lib/probes.ts';
import { ThreadTransfers } from './lib/transfers.ts';
import type {
  Command,
  LevelCommand,
  ProbeCommand,
  ThreadCommand,
  ThreadEvent,
  ThreadStart,
  TransferCommand,
} from './messages.ts';
import { buildEndpoint, type EndpointParts } from './net/generation.ts';
import { Listener } from './net/listener.ts';
import { ThreadTurn } from './net/turn.ts';
import type { ListenerPlan, Plan } from './plugins/plan.ts';
import { QueryPool } from './query/pool.ts';
import { WORKSPACE } from './query/query.ts';

/** Milliseconds that handlers of a former plan live on: longer than the 5 s after which every forwarded query has ended. */
const LINGER = 6000;
/** Milliseconds after which what was compiled is put into the cache: a thread that is killed later leaves a fast start to the next. */
const FLUSH_AFTER = 2000;
/** Milliseconds between two looks whether the last queries have been answered. */
const DRAIN_STEP = 20;
/** Octets of the arena beside the workspaces: receive slots and outboxes of some dozens of sockets, all of it lazily touched. */
const SOCKET_ARENA = 512 * 1024 * 1024;

/** A listener that a plan being prepared wants: an open one with new contents, or a new one. */
interface Prepared {
  readonly listener: Listener;
  readonly parts: EndpointParts;
  readonly fresh: boolean;
}

export class ResolverThread {
  readonly #start: ThreadStart;
  readonly #report: (event: ThreadEvent) => void;
  readonly #base: Omit<Host, 'lookup' | 'tuning'>;
  readonly #core: ServerCore;
  readonly #pool: QueryPool;
  readonly #turn: ThreadTurn;
  readonly #clock = new MonotonicClock();
  readonly #deadlines: DeadlineWheel;
  readonly #transfers: ThreadTransfers;
  readonly #levels: ThreadLevels;
  readonly #probes: ThreadProbes;
  readonly #listeners = new Map<string, Listener>();
  #prepared: { plan: Plan; listeners: Map<string, Prepared> } | null = null;

  constructor(start: ThreadStart, report: (event: ThreadEvent) => void) {
    const { segments, plan, index } = start;
    this.#start = start;
    this.#report = report;
    const arena = openArena(SOCKET_ARENA + plan.maxInFlight * WORKSPACE.BYTES);
    const log = new LineBuffer(plan.logBufferBytes);
    this.#core = new ServerCore(plan.seed);
    this.#pool = new QueryPool(arena, plan.maxInFlight);
    this.#turn = new ThreadTurn(this.#clock, new Readers(Segment.map(segments.readers, true)), index, log);
    this.#deadlines = new DeadlineWheel(this.#turn, Math.min(65_536, 2 * plan.maxInFlight + 1024), this.#clock);
    this.#transfers = new ThreadTransfers(this.#turn, (transfer, ask) =>
      report({ kind: 'transfer', thread: index, transfer, ask }),
    );
    this.#levels = new ThreadLevels(this.#turn, (level, ask) => report({ kind: 'level', thread: index, level, ask }));
    this.#probes = new ThreadProbes(this.#turn, (name, answered) =>
      report({ kind: 'probed', thread: index, name, answered }),
    );
    this.#base = {
      arena,
      log,
      io: openDatagramIo(arena, plan.tuning.udpIo),
      zones: new ZoneImages(Segment.map(segments.cluster, false)),
      files: new ZoneImages(Segment.map(segments.files, false)),
      answers: new AnswerTables(Segment.map(segments.answers, true)),
      counters: new Counters(Segment.map(segments.counters, true), index),
      clock: this.#clock,
      deadlines: this.#deadlines,
      transfers: this.#transfers,
      levels: this.#levels,
      probes: this.#probes,
      turn: this.#turn,
      seed: plan.seed,
      // Handlers do not know which thread they are in.
      report: (event) => report({ ...event, thread: index }),
    };
  }

  /** Builds everything of `plan` beside what is being served; throws when that is not possible, and nothing has changed then. */
  async prepare(plan: Plan): Promise<void> {
    this.abort();
    const listeners = new Map<string, Prepared>();
    this.#prepared = { plan, listeners };
    try {
      for (const listener of plan.listeners)
        listeners.set(Listener.key(listener), await this.#prepareListener(listener, plan));
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  async #prepareListener(plan: ListenerPlan, whole: Plan): Promise<Prepared> {
    const open = this.#listeners.get(Listener.key(plan));
    const endpoint = open?.endpoint ?? emptyEndpoint(whole.seed, plan, this.#base);
    const host: Host = {
      ...this.#base,
      tuning: whole.tuning,
      lookup: new SubQueries(this.#core, this.#pool, endpoint),
    };
    const report = new EndpointReport(plan.slots, plan.server, this.#base);
    const parts = await buildEndpoint(plan, whole.seed, host, this.#core, report);
    if (open !== undefined) return { listener: open, parts, fresh: false };
    Object.assign(endpoint, { dispatch: parts.dispatch, report: parts.report });
    const context = { core: this.#core, pool: this.#pool, turn: this.#turn, clock: this.#clock, io: this.#base.io };
    const listener = new Listener(context, endpoint);
    try {
      await listener.open(plan);
    } catch (error) {
      closeChains(parts);
      throw error;
    }
    return { listener, parts, fresh: true };
  }

  /** Switches to what was prepared as `version`, false when that is something else; queries under way end in the chains that they began in. */
  commit(version: number): boolean {
    const prepared = this.#prepared;
    if (prepared === null || prepared.plan.version !== version) return false;
    this.#prepared = null;
    const former = new Set([...this.#listeners.values()].map((listener) => listener.endpoint.dispatch));
    for (const [key, { listener, parts }] of prepared.listeners) {
      listener.endpoint.dispatch = parts.dispatch;
      listener.endpoint.report = parts.report;
      listener.update(parts.plan);
      this.#listeners.set(key, listener);
    }
    for (const [key, listener] of this.#listeners) if (!prepared.listeners.has(key)) this.#drop(key, listener);
    if (former.size > 0) setTimeout(() => former.forEach(closeDispatch), LINGER).unref();
    return true;
  }

  /** Its queries under way are still answered. */
  #drop(key: string, listener: Listener): void {
    this.#listeners.delete(key);
    listener.drain();
    setTimeout(() => listener.close(), LINGER).unref();
  }

  /** Gives up what was prepared. */
  abort(): void {
    const prepared = this.#prepared;
    this.#prepared = null;
    for (const { listener, parts, fresh } of prepared?.listeners.values() ?? []) {
      if (fresh) listener.close();
      closeChains(parts);
    }
  }

  /** Takes no more queries, waits until those under way have been answered, `drain` milliseconds at most, and closes everything. */
  async stop(drain: number): Promise<void> {
    this.abort();
    const listeners = [...this.#listeners.values()];
    const chains = new Set(listeners.map((listener) => listener.endpoint.dispatch));
    for (const listener of listeners) listener.drain();
    const end = performance.now() + drain;
    while (this.#pool.inFlight > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP));
    for (const listener of listeners) listener.close();
    chains.forEach(closeDispatch);
    this.#deadlines.close();
    this.#base.log.flush();
  }

  /** Something came for one of the zone transfers. */
  receive({ transfer, told }: TransferCommand): void {
    this.#transfers.deliver(transfer, told);
  }

  /** The primary looks for loops. */
  probe({ path, name }: ProbeCommand): void {
    this.#probes.send(path, name);
  }

  /** The broker has something for one of the handlers. */
  tell({ level, told }: LevelCommand): void {
    this.#levels.deliver(level, told);
  }

  /** Does what the primary says; answers every `prepare`. */
  async obey(command: Command): Promise<boolean> {
    const thread = this.#start.index;
    switch (command.kind) {
      case 'prepare': {
        const error = await this.prepare(command.plan).then(() => undefined, errorText);
        this.#report({
          kind: 'prepared',
          thread,
          version: command.plan.version,
          ...(error === undefined ? {} : { error }),
        });
        return true;
      }
      case 'commit':
        this.#report({ kind: this.commit(command.version) ? 'serving' : 'behind', thread, version: command.version });
        return true;
      case 'abort':
        this.abort();
        return true;
      case 'stop':
        await this.stop(command.drain);
        this.#report({ kind: 'stopped', thread });
        return false;
    }
  }
}

function emptyEndpoint(seed: number, plan: ListenerPlan, host: Omit<Host, 'lookup' | 'tuning'>): Endpoint {
  return { dispatch: new Dispatch([], false, seed), report: new EndpointReport(plan.slots, plan.server, host) };
}

function closeDispatch(dispatch: Dispatch): void {
  for (const chain of dispatch.chains()) chain.close();
}

function closeChains(parts: EndpointParts): void {
  closeDispatch(parts.dispatch);
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What Piscina runs: serves until told to stop. `port` carries commands in and events out. */
export async function serve(task: { readonly start: ThreadStart; readonly port: MessagePort }): Promise<void> {
  const { start, port } = task;
  const thread = new ResolverThread(start, (event) => port.postMessage(event));
  setTimeout(flushCompileCache, FLUSH_AFTER).unref();
  collectLater(2 * FLUSH_AFTER);
  // Commands are taken one after the other, in their order.
  let last: Promise<boolean> = thread.obey({ kind: 'prepare', plan: start.plan });
  await new Promise<void>((resolve, reject) => {
    port.on('message', (command: ThreadCommand) => {
      // Within a worker this ends the thread only.
      if (command.kind === 'kill') process.exit(1);
      // Those who wait for records do not wait for plans.
      if (command.kind === 'transfer') {
        thread.receive(command);
        return;
      }
      if (command.kind === 'probe') {
        thread.probe(command);
        return;
      }
      if (command.kind === 'level') {
        thread.tell(command);
        return;
      }
      last = last.then(() => thread.obey(command));
      last.then((more) => more || resolve(), reject);
    });
  });
  port.close();
}
