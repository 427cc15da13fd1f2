// Every message between primary, resolver and thread, as plain data; one table, so that a test can send each through a real worker. Cold.

import type { LevelAsk, LevelTold } from '#redis/messages.ts';
import type { TransferAsk, TransferTold } from '#zone/transfer.ts';
import type { Plan, SegmentPlan } from './plugins/plan.ts';

/** primary → resolver → thread. */
export type Command =
  | { readonly kind: 'prepare'; readonly plan: Plan }
  | { readonly kind: 'commit'; readonly version: number }
  | { readonly kind: 'abort'; readonly version: number }
  | { readonly kind: 'stop'; readonly drain: number };

/** What a resolver is started with. */
export interface ResolverStart {
  /** One a thread: see ThreadStart.index. */
  readonly indexes: readonly number[];
  readonly segments: SegmentPlan;
  readonly plan: Plan;
  /** True when it takes the place of one that died: its threads take up the plan, which is in force, without being told to. */
  readonly restart: boolean;
  /** Milliseconds before a thread that died young is started again: first and longest. */
  readonly backoffMin: number;
  readonly backoffMax: number;
}

/** What a thread hears; `kill` ends it as a crash would. */
export type ThreadCommand =
  | Command
  | TransferCommand
  | ProbeCommand
  | LevelCommand
  | { readonly kind: 'kill'; readonly thread: number };

/** From the resolver's own broker to one of its threads. */
export interface LevelCommand {
  readonly kind: 'level';
  /** The thread's own number. */
  readonly level: number;
  readonly told: LevelTold;
}

/** For one thread: what became of the zone that it asked for. */
export interface TransferCommand {
  readonly kind: 'transfer';
  readonly thread: number;
  /** The thread's own number. */
  readonly transfer: number;
  readonly told: TransferTold;
}

/** For one thread: send a probe of loop through an upstream, and report `probed`. */
export interface ProbeCommand {
  readonly kind: 'probe';
  readonly thread: number;
  /** Which rules' upstream: see forward/paths.ts. */
  readonly path: string;
  /** QNAME, in presentation form. */
  readonly name: string;
}

/** primary → resolver process. */
export type ResolverCommand =
  | Exclude<ThreadCommand, LevelCommand>
  | { readonly kind: 'start'; readonly start: ResolverStart };

/** What a thread is started with. */
export interface ThreadStart {
  /** Row of the counters and cell of the readers segment; unique among all threads of the replica. */
  readonly index: number;
  readonly segments: SegmentPlan;
  readonly plan: Plan;
}

/** thread → resolver → primary. */
export type ThreadEvent =
  | { readonly kind: 'prepared'; readonly thread: number; readonly version: number; readonly error?: string }
  | { readonly kind: 'serving'; readonly thread: number; readonly version: number }
  /** Told to switch to a plan that it has not prepared: it missed the vote. */
  | { readonly kind: 'behind'; readonly thread: number; readonly version: number }
  | { readonly kind: 'stopped'; readonly thread: number }
  | { readonly kind: 'died'; readonly thread: number; readonly error: string; readonly retryIn: number }
  | {
      readonly kind: 'loop';
      readonly thread: number;
      readonly source: string;
      readonly listener: string;
      readonly zone: string;
      readonly name: string;
    }
  /** A probe has been answered, or will not be. */
  | { readonly kind: 'probed'; readonly thread: number; readonly name: string; readonly answered: boolean }
  /** A zone is wanted for a client; see TransferCommand. */
  | { readonly kind: 'transfer'; readonly thread: number; readonly transfer: number; readonly ask: TransferAsk }
  /** For the resolver's broker; the primary never sees it. */
  | { readonly kind: 'level'; readonly thread: number; readonly level: number; readonly ask: LevelAsk }
  | { readonly kind: 'fatal'; readonly thread: number; readonly line: string };
