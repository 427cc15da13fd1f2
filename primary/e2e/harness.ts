// Starts a whole server from a Corefile on free ports and asks it: the kit of every end-to-end test and of the conformance runner. Cold.

import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DecodedPacket, decode, encode, type Packet, type RecordType } from 'dns-packet';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
/** Longest time (ms) that a server may take to start on a machine busy with other tests. */
const START_TIMEOUT = 20_000;

export interface ServerOptions {
  /** `{PORT}` stands for the server's port, `{PORT2}`, `{PORT3}` for further free ones. */
  readonly corefile: string;
  readonly manifests?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Free on 127.0.0.1 for UDP and TCP at the moment it was looked for. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

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
  readonly exit: Promise<number | NodeJS.Signals>;

  constructor(process: ChildProcess, folder: string, corefile: string, ports: readonly number[]) {
    this.process = process;
    this.folder = folder;
    this.corefile = corefile;
    this.ports = ports;
    this.port = ports[0];
    process.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    process.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.exit = new Promise((resolve) => process.once('exit', (code, signal) => resolve(signal ?? code ?? -1)));
  }

  /** Starts and does not wait: for servers that are expected to fail. */
  static async spawn(options: ServerOptions): Promise<TestServer> {
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const folder = mkdtempSync(join(tmpdir(), 'shoal-e2e-'));
    const corefile = join(folder, 'Corefile');
    writeFileSync(corefile, expand(options.corefile, ports));
    const flags = [
      '-conf',
      corefile,
      ...(options.manifests === undefined ? [] : ['-manifests', options.manifests]),
      ...(options.flags ?? []),
    ];
    const child = spawn(process.execPath, [MAIN, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, SHOAL_RESOLVER_THREADS: '1', ...options.env },
    });
    return new TestServer(child, folder, corefile, ports);
  }

  /** Starts and waits until the server says that it serves. */
  static async start(options: ServerOptions): Promise<TestServer> {
    const server = await TestServer.spawn(options);
    const ended = server.exit.then((how) => {
      throw new Error(`the server ended (${how}): ${server.stderr}${server.stdout}`);
    });
    await Promise.race([ended, server.printed(/^CoreDNS-/m, START_TIMEOUT)]);
    ended.catch(() => undefined);
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

  /** Writes the Corefile anew, with the same ports. */
  rewriteCorefile(corefile: string): void {
    writeFileSync(this.corefile, expand(corefile, this.ports));
  }

  ask(name: string, type: RecordType = 'A', options: AskOptions = {}): Promise<DecodedPacket> {
    return ask(this.port, name, type, options);
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

function expand(corefile: string, ports: readonly number[]): string {
  return corefile.replace(/\{PORT(\d?)\}/g, (_, n: string) => String(ports[n === '' ? 0 : Number(n) - 1]));
}

export interface AskOptions {
  readonly tcp?: boolean;
  readonly address?: string;
  readonly flags?: number;
  readonly additionals?: Packet['additionals'];
  /** Milliseconds for one try; UDP is tried three times. */
  readonly timeout?: number;
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
  const { tcp = false, address = '127.0.0.1', timeout = 2000 } = options;
  if (tcp) return decode(await exchangeTcp(port, address, message, timeout));
  for (let tries = 2; ; tries--) {
    try {
      return decode(await exchangeUdp(port, address, message, timeout));
    } catch (error) {
      if (tries === 0) throw error;
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
