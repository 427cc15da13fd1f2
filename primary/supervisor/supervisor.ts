// Keeps resolvers running and on the same plan: start, two-phase reload, restart with backoff, drain. Part of the primary. Cold.

import { Readers } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import type { Logger } from '#ops/log/logger.ts';
import type { Command, ProbeCommand, ResolverStart, ThreadEvent, TransferCommand } from '#workers/messages.ts';
import type { Plan, SegmentPlan } from '#workers/plugins/plan.ts';
import { Ballot } from './ballot.ts';
import { LocalMember, type Member, ProcessMember } from './member.ts';

export interface SupervisorOptions {
  /** 0: the threads run inside the primary. */
  readonly processes: number;
  /** Threads of each resolver. */
  readonly threads: number;
  readonly segments: SegmentPlan;
  readonly backoffMin: number;
  readonly backoffMax: number;
  readonly log: Logger;
  /** Events that are not the supervisor's own business: loop sightings and the like. */
  readonly onEvent: (event: ThreadEvent) => void;
  /** These threads have died, and with them what they had begun. */
  readonly onDeath: (threads: readonly number[]) => void;
}

/** A process that lived this long (ms) before it died is started again at once. */
const HEALTHY_LIFE = 10_000;
/** Longest time (ms) that threads may take to build a plan and bind its sockets. */
const PREPARE_TIMEOUT = 30_000;

interface Seat {
  /** Thread indexes of this resolver: row of the counters, cell of the readers. Row 0 is the primary's. */
  readonly indexes: readonly number[];
  member: Member | null;
  startedAt: number;
  delay: number;
  retry: NodeJS.Timeout | null;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #seats: Seat[];
  readonly #readers: Readers;
  /** Threads of restarted processes that do not serve yet. */
  readonly #latecomers = new Set<number>();
  #prober = 0;
  #ballot: Ballot | null = null;
  #plan: Plan | null = null;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#readers = new Readers(Segment.map(options.segments.readers, true));
    const { threads } = options;
    this.#seats = Array.from({ length: Math.max(1, options.processes) }, (_, seat) => ({
      indexes: Array.from({ length: threads }, (_, i) => 1 + seat * threads + i),
      member: null,
      startedAt: 0,
      delay: 0,
      retry: null,
    }));
  }

  /** Process ids of the resolver processes that run now. */
  get pids(): number[] {
    return this.#seats.flatMap((seat) => seat.member?.pid ?? []);
  }

  /** Threads that are wanted. */
  get threads(): number[] {
    return this.#seats.flatMap((seat) => seat.indexes);
  }

  /** Starts all resolvers; rejects with the first error, everything ended again. */
  async start(plan: Plan): Promise<void> {
    const ballot = this.#vote(plan);
    for (const seat of this.#seats) this.#launch(seat, plan, false);
    try {
      await ballot.result;
    } catch (error) {
      await this.stop(0);
      throw error;
    }
    await this.#commit(plan);
  }

  /** Changes all threads to `plan`, or none: rejects with the first error, the former plan stays in force. */
  async apply(plan: Plan): Promise<void> {
    await this.#caughtUp();
    const ballot = this.#vote(plan);
    this.#broadcast({ kind: 'prepare', plan });
    try {
      await ballot.result;
    } catch (error) {
      this.#broadcast({ kind: 'abort', version: plan.version });
      throw error;
    }
    await this.#commit(plan);
  }

  /** Threads of a restarted process come into force with the old plan before there is a new one to vote on. */
  async #caughtUp(): Promise<void> {
    const end = performance.now() + PREPARE_TIMEOUT;
    while (this.#latecomers.size > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  #vote(plan: Plan): Ballot {
    this.#ballot = new Ballot('prepared', plan.version, this.#votersNow(), PREPARE_TIMEOUT);
    return this.#ballot;
  }

  /** Threads whose resolver lives or is being started for the first time. */
  #votersNow(): number[] {
    return this.#seats.filter((seat) => this.#plan === null || seat.member !== null).flatMap((seat) => seat.indexes);
  }

  async #commit(plan: Plan): Promise<void> {
    this.#plan = plan;
    this.#ballot = new Ballot('serving', plan.version, this.#votersNow(), PREPARE_TIMEOUT);
    const { result } = this.#ballot;
    this.#broadcast({ kind: 'commit', version: plan.version });
    await result;
    this.#ballot = null;
  }

  #broadcast(command: Command): void {
    for (const seat of this.#seats) seat.member?.command(command);
  }

  #launch(seat: Seat, plan: Plan, restart: boolean): void {
    const { segments, backoffMin, backoffMax, processes } = this.#options;
    const start: ResolverStart = { indexes: seat.indexes, segments, plan, restart, backoffMin, backoffMax };
    seat.startedAt = performance.now();
    const report = (event: ThreadEvent): void => this.#receive(event);
    seat.member =
      processes === 0
        ? new LocalMember(start, report)
        : new ProcessMember(start, report, (how) => this.#exited(seat, how));
  }

  #receive(event: ThreadEvent): void {
    switch (event.kind) {
      case 'prepared':
        this.#ballot?.cast(event.kind, event.thread, event.version, event.error);
        break;
      case 'serving':
        this.#latecomers.delete(event.thread);
        this.#ballot?.cast(event.kind, event.thread, event.version, undefined);
        break;
      case 'died':
        this.#options.log.error(`thread ${event.thread} died: ${event.error}; restarting in ${event.retryIn}ms`);
        this.#ballot?.withdraw(event.thread, `thread ${event.thread} died: ${event.error}`);
        this.#options.onDeath([event.thread]);
        break;
      default:
        this.#options.onEvent(event);
    }
  }

  #exited(seat: Seat, how: string): void {
    seat.member = null;
    for (const index of seat.indexes) {
      this.#readers.clear(index);
      this.#latecomers.delete(index);
      this.#ballot?.withdraw(index, `resolver process ended: ${how}`);
    }
    this.#options.onDeath(seat.indexes);
    if (this.#stopping || this.#plan === null) return;
    const { backoffMin, backoffMax } = this.#options;
    const healthy = performance.now() - seat.startedAt > HEALTHY_LIFE;
    seat.delay = healthy ? 0 : Math.min(backoffMax, Math.max(backoffMin, seat.delay * 2));
    this.#options.log.error(`resolver process ended: ${how}; restarting in ${seat.delay}ms`);
    seat.retry = setTimeout(() => this.#relaunch(seat), seat.delay);
  }

  #relaunch(seat: Seat): void {
    seat.retry = null;
    if (this.#stopping || this.#plan === null) return;
    for (const index of seat.indexes) this.#latecomers.add(index);
    this.#launch(seat, this.#plan, true);
  }

  /** Tells one thread what became of the zone that it asked for; nobody hears it when the thread is away. */
  transfer(command: TransferCommand): void {
    this.#seats.find((seat) => seat.indexes.includes(command.thread))?.member?.toThread(command);
  }

  /** Has one thread after the other send a probe of loop; false when there is none at the moment. What became of it comes as `probed`. */
  probe(order: Omit<ProbeCommand, 'kind' | 'thread'>): boolean {
    const living = this.#seats.filter((seat) => seat.member !== null);
    const threads = living.flatMap((seat) => seat.indexes);
    if (threads.length === 0) return false;
    const thread = threads[this.#prober++ % threads.length];
    const seat = living.find(({ indexes }) => indexes.includes(thread));
    seat?.member?.toThread({ kind: 'probe', thread, ...order });
    return true;
  }

  /** Ends one thread as a crash would; for drills. */
  killThread(index: number): void {
    this.#seats.find((seat) => seat.indexes.includes(index))?.member?.kill(index);
  }

  /** Lets every resolver answer what it has taken, `drain` milliseconds at most, and end. */
  async stop(drain: number): Promise<void> {
    this.#stopping = true;
    this.#ballot = null;
    await Promise.all(
      this.#seats.map(async (seat) => {
        if (seat.retry !== null) clearTimeout(seat.retry);
        await seat.member?.stop(drain);
      }),
    );
  }
}
