// Starts a server as a child, pinned to a processor, waits until it answers, and ends it with everything it left. Cold.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PeerError } from '#loadtest/errors.ts';
import { processTree } from '#loadtest/generator/processes.ts';
import { RCODE } from '#wire/constants.ts';
import { ask } from './ask.ts';
import { findExecutable } from './executable.ts';
import type { PeerOptions, RunningPeer } from './peer.ts';

/** Longest time (ms) to come up: a big zone on a machine that is busy. */
const START_TIMEOUT = 30_000;
/** Longest time (ms) to end when asked to; then it is killed. */
const STOP_TIMEOUT = 5000;
const ASK_TIMEOUT = 250;
const ASK_EVERY = 20;
/** Most characters of its output that are kept for a message. */
const OUTPUT_LIMIT = 4000;

export interface Daemon {
  readonly name: string;
  /** Path or name of the program. */
  readonly program: string;
  /** By `{folder}` they can name the server's own folder. */
  readonly args: readonly string[];
  /** Written into the server's own folder: name → text, where `{folder}` is its path. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** @throws PeerError when it ends or does not answer for the zone's SOA in time */
export async function startDaemon(daemon: Daemon, { port, zone, cpu }: PeerOptions): Promise<RunningPeer> {
  const folder = mkdtempSync(join(tmpdir(), `shoal-${daemon.name}-`));
  const expand = (text: string): string => text.replaceAll('{folder}', folder);
  for (const [name, text] of Object.entries(daemon.files)) writeFileSync(join(folder, name), expand(text));
  const child = new Child(daemon, expand, folder, cpu);
  try {
    await child.answers(port, zone.origin);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { name: daemon.name, port, pids: child.pids(), stop: () => child.stop() };
}

class Child {
  readonly #name: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  /** How it ended, once it has. */
  #end = '';
  #output = '';
  readonly #killAtExit = (): void => this.#killAll();

  constructor({ name, program, args, env }: Daemon, expand: (text: string) => string, folder: string, cpu: number) {
    this.#name = name;
    this.#folder = folder;
    const words = ['-c', String(cpu), findExecutable(program) ?? program, ...args.map(expand)];
    this.#process = spawn('taskset', words, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout?.on('data', (chunk) => this.#keep(chunk));
    this.#process.stderr?.on('data', (chunk) => this.#keep(chunk));
    this.#ended = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(this.#noteEnd(error.message)));
      this.#process.once('exit', (code, signal) => resolve(this.#noteEnd(`ended (${signal ?? `status ${code}`})`)));
    });
    // Servers must not outlive a comparison that fails.
    process.once('exit', this.#killAtExit);
  }

  #keep(chunk: unknown): void {
    this.#output = `${this.#output}${chunk}`.slice(-OUTPUT_LIMIT);
  }

  #noteEnd(how: string): void {
    this.#end = how;
  }

  /** taskset turns into the program; what that forks belongs to it. */
  pids(): number[] {
    return this.#process.pid === undefined ? [] : processTree(this.#process.pid);
  }

  async answers(port: number, origin: string): Promise<void> {
    const limit = performance.now() + START_TIMEOUT;
    while ((await ask(port, origin, 'SOA', ASK_TIMEOUT))?.rcode !== RCODE.NOERROR) {
      if (this.#end !== '') throw new PeerError(`${this.#name}: ${this.#end}\n${this.#output}`);
      if (performance.now() > limit)
        throw new PeerError(`${this.#name}: no answer on port ${port} within ${START_TIMEOUT} ms\n${this.#output}`);
      await sleep(ASK_EVERY);
    }
  }

  async stop(): Promise<void> {
    const tree = this.pids();
    if (this.#end === '') {
      this.#process.kill('SIGTERM');
      const late = setTimeout(() => kill(tree), STOP_TIMEOUT);
      await this.#ended;
      clearTimeout(late);
      kill(tree); // children that stayed behind
    }
    process.removeListener('exit', this.#killAtExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #killAll(): void {
    kill(this.pids());
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
