// One resolver as the supervisor sees it: a child process, or threads within the primary. Cold.

import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import type {
  Command,
  ProbeCommand,
  ResolverCommand,
  ResolverStart,
  ThreadEvent,
  TransferCommand,
} from '#workers/messages.ts';
import type { SegmentHandle, SegmentPlan } from '#workers/plugins/plan.ts';
import type { Resolver } from '#workers/resolver.ts';

/** Where a child finds its first inherited segment: behind stdin, stdout, stderr and the IPC channel. */
const FIRST_SEGMENT_FD = 4;

export interface Member {
  /** Undefined for threads inside the primary. */
  readonly pid: number | undefined;
  command(command: Command): void;
  /** For one of its threads. */
  toThread(command: TransferCommand | ProbeCommand): void;
  kill(thread: number): void;
  /** Resolves when all threads have ended. */
  stop(drain: number): Promise<void>;
}

/** Threads inside the primary: no isolation, but no memory for another process either (`resolver.processes: 0`). */
export class LocalMember implements Member {
  readonly pid = undefined;
  readonly #resolver: Resolver;

  constructor(start: ResolverStart, report: (event: ThreadEvent) => void) {
    // Loaded where there is no process for it: its pool takes 20 ms of a start.
    const require = createRequire(import.meta.url);
    const resolver = require('#workers/resolver.ts') as typeof import('#workers/resolver.ts');
    this.#resolver = new resolver.Resolver(start, report);
  }

  command(command: Command): void {
    this.#resolver.command(command);
  }

  toThread(command: TransferCommand | ProbeCommand): void {
    this.#resolver.toThread(command);
  }

  kill(thread: number): void {
    this.#resolver.kill(thread);
  }

  stop(drain: number): Promise<void> {
    return this.#resolver.stop(drain);
  }
}

/** A resolver process; `exited` is called once, however it ends. */
export class ProcessMember implements Member {
  readonly #child: ChildProcess;
  readonly #exit: Promise<void>;

  constructor(start: ResolverStart, report: (event: ThreadEvent) => void, exited: (how: string) => void) {
    const { plan, fds } = inherit(start.segments);
    this.#child = fork(new URL('../../workers/resolver-process.ts', import.meta.url), {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...fds],
    });
    this.#child.on('message', (event: ThreadEvent) => report(event));
    this.#child.on('error', (error) => report({ kind: 'fatal', thread: -1, line: error.message }));
    this.#exit = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        resolve();
        exited(signal === null ? `exit code ${code}` : signal);
      });
    });
    this.#send({ kind: 'start', start: { ...start, segments: plan } });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  #send(message: ResolverCommand): void {
    // A child that has just died refuses: its exit is reported separately.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  command(command: Command): void {
    this.#send(command);
  }

  toThread(command: TransferCommand | ProbeCommand): void {
    this.#send(command);
  }

  kill(thread: number): void {
    this.#send({ kind: 'kill', thread });
  }

  async stop(drain: number): Promise<void> {
    this.#send({ kind: 'stop', drain });
    const late = setTimeout(() => this.#child.kill('SIGKILL'), drain + 1000);
    await this.#exit;
    clearTimeout(late);
  }
}

/** Segments as the child will find them: every memfd behind a stdio slot. */
function inherit(segments: SegmentPlan): { plan: SegmentPlan; fds: number[] } {
  const fds: number[] = [];
  const moved = (handle: SegmentHandle): SegmentHandle => {
    if (handle.kind !== 'fd')
      throw new Error('memory without a file descriptor cannot be shared with a process: set resolver.processes to 0');
    fds.push(handle.fd);
    return { ...handle, fd: FIRST_SEGMENT_FD + fds.length - 1 };
  };
  const plan: SegmentPlan = {
    cluster: moved(segments.cluster),
    files: moved(segments.files),
    readers: moved(segments.readers),
    answers: moved(segments.answers),
    counters: moved(segments.counters),
  };
  return { plan, fds };
}
