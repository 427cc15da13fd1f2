// Starts a whole server from a Corefile on free ports and asks it: the kit of every end-to-end test and of the conformance runner. Cold.

import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type DecodedPacket, decode, encode, type Packet, type RecordType } from 'dns-packet';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
/** Longest time (ms) that a server may take to start on a machine busy with other tests. */
const START_TIMEOUT = 20_000;
const PORTS = 6;
/** What a server must not inherit from whoever runs the tests. */
const FOREIGN = /^(SHOAL|KUBERNETES)_/;

export interface ServerOptions {
  /** Without one, no -conf is given. `{PORT}` stands for the server's port, `{PORT2}` … `{PORT6}` for further free ones, `{FOLDER}` for its folder. */
  readonly corefile?: string;
  /** Further files of the folder, by name; same placeholders. */
  readonly files?: Readonly<Record<string, string>>;
  /** A path; same placeholders. */
  readonly manifests?: string;
  /** Same placeholders. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What stands in the pipe of its stdin; same placeholders. */
  readonly stdin?: string;
  /** What starts it: a program and its words, to which those of the server are added. */
  readonly within?: readonly string[];
}

/** Free on this machine for UDP and TCP at the moment it was looked for. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const address = server.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    const free = await isFreeForUdp(port);
    server.close();
    await once(server, 'close');
    if (free) return port;
  }
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind(port, () => socket.close(() => resolve(true)));
  });
}

/** Servers that no test has stopped: a test that throws must not leave them behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Milliseconds after the last test. A test that throws also leaves sockets behind, which would keep the process, and whoever waits for it, for ever. */
const AFTERLIFE = 10_000;
if (process.env['NODE_TEST_CONTEXT'] !== undefined) after(() => setTimeout(() => process.exit(), AFTERLIFE).unref());

/** A Shoal of its own process, with everything it printed. */
export class TestServer {
  readonly port: number;
  /** The ports that `{PORT}`, `{PORT2}`, … stand for. */
  readonly ports: readonly number[];
  readonly folder: string;
  readonly corefile: string;
  stdout = '';
  stderr = '';
  readonly process: ChildProcess;
  readonly #exit: Promise<number | NodeJS.Signals>;

  constructor(process: ChildProcess, folder: string, ports: readonly number[]) {
    this.process = process;
    this.folder = folder;
    this.corefile = join(folder, 'Corefile');
    this.ports = ports;
    this.port = ports[0];
    process.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    process.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    running.add(process);
    // A test that fails and leaves its server behind must not keep the test's process: only who waits for the end does.
    this.#hold(false);
    this.#exit = new Promise((resolve) => {
      // `close`, not `exit`: only then everything it printed has been read.
      process.once('close', (code, signal) => {
        running.delete(process);
        resolve(signal ?? code ?? -1);
      });
    });
  }

  #hold(on: boolean): void {
    const { process } = this;
    for (const handle of [process, process.stdout, process.stderr])
      if (handle instanceof Socket || handle === process) on ? handle.ref() : handle.unref();
  }

  /** How it ended, when everything that it printed has been read. */
  get exit(): Promise<number | NodeJS.Signals> {
    this.#hold(true);
    return this.#exit;
  }

  /** Starts and does not wait: for servers that are expected to fail. */
  static async spawn(options: ServerOptions): Promise<TestServer> {
    const ports = await Promise.all(Array.from({ length: PORTS }, freePort));
    const folder = mkdtempSync(join(tmpdir(), 'shoal-e2e-'));
    const { corefile, files = {}, manifests, flags = [], env = {}, stdin, within = [] } = options;
    const written = corefile === undefined ? files : { Corefile: corefile, ...files };
    for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), expand(text, ports, folder));
    const words = [
      ...(corefile === undefined ? [] : ['-conf', '{FOLDER}/Corefile']),
      ...(manifests === undefined ? [] : ['-manifests', manifests]),
      ...flags,
    ].map((word) => expand(word, ports, folder));
    const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
    const [program, ...further] = [...within, process.execPath, MAIN, ...words];
    const child = spawn(program, further, {
      cwd: folder,
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...Object.fromEntries(inherited), SHOAL_RESOLVER_THREADS: '1', ...env },
    });
    child.stdin?.end(expand(stdin ?? '', ports, folder));
    return new TestServer(child, folder, ports);
  }

  /** Starts and waits until the server says that it serves. */
  static async start(options: ServerOptions): Promise<TestServer> {
    const server = await TestServer.spawn(options);
    const ended = server.#exit.then((how) => {
      throw new Error(`the server ended (${how}): ${server.stderr}${server.stdout}`);
    });
    ended.catch(() => undefined);
    try {
      await Promise.race([ended, server.printed(/^CoreDNS-/m, START_TIMEOUT)]);
    } catch (error) {
      await server.stop('SIGKILL');
      throw error;
    }
    return server;
  }

  /** Waits until stdout matches. */
  async printed(pattern: RegExp, timeout = 5000): Promise<RegExpExecArray> {
    return until(
      () => pattern.exec(this.stdout),
      timeout,
      () => `${pattern} in:\n${this.stdout}${this.stderr}`,
    );
  }

  /** Lines of stdout from an offset into it. */
  linesSince(offset: number): string[] {
    return this.stdout.slice(offset).split('\n').filter(Boolean);
  }

  /** Writes the Corefile anew, with the same ports. */
  rewriteCorefile(corefile: string): void {
    writeFileSync(this.corefile, expand(corefile, this.ports, this.folder));
  }

  ask(name: string, type: RecordType = 'A', options: AskOptions = {}): Promise<DecodedPacket> {
    return ask(this.port, name, type, options);
  }

  /** Process id of the primary. */
  get pid(): number {
    const { pid } = this.process;
    if (pid === undefined) throw new Error('the server was not started');
    return pid;
  }

  /** Process ids of the resolvers. */
  get resolvers(): number[] {
    return childrenOf(this.pid);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Ends the server as an orchestrator would, and takes its folder away. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    this.process.kill(signal);
    const late = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
    const how = await this.exit;
    clearTimeout(late);
    rmSync(this.folder, { recursive: true, force: true });
    return how;
  }
}

/** How a server that does not stay ended. */
export interface Ending {
  readonly status: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
  readonly server: TestServer;
}

/** Starts and waits for the end, which is expected to come by itself. */
export async function runToEnd(options: ServerOptions): Promise<Ending> {
  const server = await TestServer.spawn(options);
  const late = setTimeout(() => server.signal('SIGKILL'), START_TIMEOUT);
  const status = await server.exit;
  clearTimeout(late);
  rmSync(server.folder, { recursive: true, force: true });
  return { status, stdout: server.stdout, stderr: server.stderr, server };
}

function expand(text: string, ports: readonly number[], folder: string): string {
  return text
    .replace(/\{PORT(\d?)\}/g, (_, n: string) => String(ports[n === '' ? 0 : Number(n) - 1]))
    .replaceAll('{FOLDER}', folder);
}

/** Process ids of the children of all threads of a process; empty when it is gone. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resident memory of a process in MiB. */
export function residentOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

export interface AskOptions {
  readonly tcp?: boolean;
  readonly address?: string;
  readonly flags?: number;
  readonly additionals?: Packet['additionals'];
  /** Milliseconds for one try. */
  readonly timeout?: number;
  /** Further tries over UDP after one without an answer; 2 when left out. */
  readonly retries?: number;
}

/** One question to a server on this machine; rejects when no answer comes. */
export async function ask(
  port: number,
  name: string,
  type: RecordType,
  options: AskOptions = {},
): Promise<DecodedPacket> {
  const id = Math.floor(Math.random() * 65_536);
  const { flags = 0x0100, additionals = [] } = options;
  const message = encode({ type: 'query', id, flags, questions: [{ name, type }], additionals });
  const { tcp = false, address = '127.0.0.1', timeout = 2000, retries = 2 } = options;
  if (tcp) return decode(await exchangeTcp(port, address, message, timeout));
  for (let left = retries; ; left--) {
    try {
      return decode(await exchangeUdp(port, address, message, timeout));
    } catch (error) {
      if (left <= 0) throw error;
    }
  }
}

/** Sends one datagram and waits for one. */
export function exchangeUdp(
  port: number,
  address: string,
  message: Uint8Array,
  timeout: number,
  from?: string,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const timer = setTimeout(() => finish(new Error(`no answer from ${address}:${port} within ${timeout}ms`)), timeout);
    const finish = (result: Error | Buffer): void => {
      clearTimeout(timer);
      socket.close();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    socket.once('message', finish);
    socket.once('error', finish);
    socket.bind(0, from, () => socket.send(message, port, address));
  });
}

/** Sends one framed message over a connection of its own and waits for one. */
export function exchangeTcp(
  port: number,
  address: string,
  message: Uint8Array,
  timeout: number,
  from?: string,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: address, ...(from === undefined ? {} : { localAddress: from }) });
    const chunks: Buffer[] = [];
    socket.setTimeout(timeout, () =>
      socket.destroy(new Error(`no answer from ${address}:${port} (tcp) within ${timeout}ms`)),
    );
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length < 2 || all.length < 2 + all.readUInt16BE(0)) return;
      resolve(all.subarray(2, 2 + all.readUInt16BE(0)));
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed without an answer')));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
  });
}

/** Looks every 20 ms until `check` gives something; rejects with what `what` says. */
export async function until<T>(
  check: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeout: number,
  what: () => string,
): Promise<T> {
  const end = performance.now() + timeout;
  for (;;) {
    const result = await check();
    if (result) return result;
    if (performance.now() > end) throw new Error(`waited ${timeout}ms for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
