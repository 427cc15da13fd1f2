// Shoal or CoreDNS as a child that serves a cluster; ended with everything it left. Unlike a peer of comparisons it has all processors. Cold.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PeerError } from '#loadtest/errors.ts';
import { processTree } from '#loadtest/generator/processes.ts';
import { freePort } from '#loadtest/peers/port.ts';
import { clusterCorefile } from './corefile.ts';
import type { Program } from './programs.ts';

/** Longest time (ms) until it knows a large cluster on a busy machine. */
const START_TIMEOUT = 120_000;
/** Longest time (ms) to end when asked to; then it is killed. */
const STOP_TIMEOUT = 5000;
/** How often (ms) /ready is asked. Less often would hide differences, more often would cost what is measured. */
const ASK_EVERY = 25;
/** Longest time (ms) for an answer of /ready. */
const ASK_TIMEOUT = 500;
/** Most characters of its output that are kept for a message. */
const OUTPUT_LIMIT = 4000;
const OK = 200;

export interface ServerOptions {
  readonly kubeconfig: string;
  readonly podsVerified: boolean;
}

export class ClusterServer {
  readonly name: string;
  /** Of 127.0.0.1, for UDP. */
  readonly port: number;
  readonly #readyPort: number;
  readonly #started = performance.now();
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  /** How it ended, once it has. */
  #end = '';
  #output = '';
  readonly #killAtExit = (): void => this.#kill();

  private constructor(program: Program, folder: string, port: number, readyPort: number) {
    this.name = program.name;
    this.port = port;
    this.#readyPort = readyPort;
    this.#folder = folder;
    const words = [...program.args, '-conf', join(folder, 'Corefile')];
    this.#process = spawn(program.path, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (chunk) => {
        this.#output = `${this.#output}${chunk}`.slice(-OUTPUT_LIMIT);
      });
    this.#ended = new Promise((done) => {
      this.#process.once('error', (error) => done(this.#noteEnd(error.message)));
      this.#process.once('exit', (code, signal) => done(this.#noteEnd(`ended (${signal ?? `status ${code}`})`)));
    });
    process.once('exit', this.#killAtExit);
  }

  /** Starts it and does not wait. */
  static async start(program: Program, { kubeconfig, podsVerified }: ServerOptions): Promise<ClusterServer> {
    const ports = { dns: await freePort(), ready: await freePort(), metrics: await freePort() };
    const folder = mkdtempSync(join(tmpdir(), `shoal-${program.name}-`));
    const serving = { ports, kubeconfig: resolve(kubeconfig), podsVerified };
    writeFileSync(join(folder, 'Corefile'), clusterCorefile(serving));
    return new ClusterServer(program, folder, ports.dns, ports.ready);
  }

  /** Its first process. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Resolves when it is ready, with the seconds that this took from the start on. @throws PeerError when it ends or takes too long */
  async ready(): Promise<number> {
    while ((await this.#status()) !== OK) {
      if (this.#end !== '') throw new PeerError(`${this.name}: ${this.#end}\n${this.#output}`);
      if (performance.now() - this.#started > START_TIMEOUT)
        throw new PeerError(`${this.name}: not ready within ${START_TIMEOUT} ms\n${this.#output}`);
      await sleep(ASK_EVERY);
    }
    return (performance.now() - this.#started) / 1000;
  }

  /** Status of /ready, 0 while nobody answers. */
  #status(): Promise<number> {
    return new Promise((done) => {
      const request = get({ host: '127.0.0.1', port: this.#readyPort, path: '/ready', timeout: ASK_TIMEOUT });
      request.once('response', (response) => {
        response.resume();
        done(response.statusCode ?? 0);
      });
      request.once('timeout', () => request.destroy());
      request.once('error', () => done(0));
      request.once('close', () => done(0));
    });
  }

  /** Ends it and removes its files. Calling again does nothing. */
  async stop(): Promise<void> {
    const tree = this.#tree();
    if (this.#end === '') {
      this.#process.kill('SIGTERM');
      const late = setTimeout(() => killAll(tree), STOP_TIMEOUT);
      await this.#ended;
      clearTimeout(late);
      killAll(tree); // children that stayed behind
    }
    process.removeListener('exit', this.#killAtExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #noteEnd(how: string): void {
    this.#end = how;
  }

  #tree(): number[] {
    return this.#process.pid === undefined ? [] : processTree(this.#process.pid);
  }

  #kill(): void {
    killAll(this.#tree());
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
