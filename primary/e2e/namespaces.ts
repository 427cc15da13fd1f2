// Networks of their own for servers under test: namespaces, the wires between them, and a client inside. Needs root and `ip`. Cold.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { DecodedPacket, RecordType } from 'dns-packet';

const CLIENT = join(import.meta.dirname, 'namespace-client.ts');
/** Where `ip netns exec` looks for files that take the place of those in /etc. */
const ETC = '/etc/netns';

/** Runs `ip` with words that are separated by blanks. @throws Error with what it printed */
export function ip(words: string): void {
  execFileSync('ip', words.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Why there can be no namespaces here; false when there can. */
export function namespacesMissing(): string | false {
  const probe = `shoal-probe-${process.pid}`;
  try {
    ip(`netns add ${probe}`);
    ip(`-n ${probe} link add probe type veth`);
    return false;
  } catch (error) {
    return `network namespaces are not permitted here: ${(error as Error).message.trim()}`;
  } finally {
    removeNamespace(probe);
  }
}

function removeNamespace(name: string): void {
  try {
    ip(`netns del ${name}`);
  } catch {
    // It was not there.
  }
}

/** A network with a loopback interface and nothing else. Goes with the test's process, if not before. */
export class Namespace {
  readonly name: string;
  /** What starts a program in it. */
  readonly within: readonly string[];
  readonly #remove = (): void => this.remove();
  #client: Client | null = null;

  constructor(role: string) {
    this.name = `shoal-${role}-${process.pid}`;
    this.within = ['ip', 'netns', 'exec', this.name];
    ip(`netns add ${this.name}`);
    process.once('exit', this.#remove);
    this.ip('link set lo up');
  }

  ip(words: string): void {
    ip(`-n ${this.name} ${words}`);
  }

  /** An interface that only holds addresses. Kernels without the driver get a bridge, to which nothing is attached. */
  addDummy(name: string): void {
    try {
      this.ip(`link add ${name} type dummy`);
    } catch {
      this.ip(`link add ${name} type bridge`);
    }
  }

  /** For programs that are started afterwards. */
  writeResolvConf(text: string): void {
    mkdirSync(join(ETC, this.name), { recursive: true });
    writeFileSync(join(ETC, this.name, 'resolv.conf'), text);
  }

  /** One question to port 53 of an address, from inside; `null` when no answer comes. */
  ask(address: string, name: string, type: RecordType = 'A', tcp = false): Promise<DecodedPacket | null> {
    this.#client ??= new Client(this.within);
    return this.#client.ask({ address, name, type, tcp });
  }

  remove(): void {
    process.removeListener('exit', this.#remove);
    this.#client?.close();
    removeNamespace(this.name);
    rmSync(join(ETC, this.name), { recursive: true, force: true });
  }
}

/** What the client in a namespace is told, one line of JSON each. */
export interface Question {
  readonly address: string;
  readonly name: string;
  readonly type: RecordType;
  readonly tcp: boolean;
}

/** A process in the namespace that asks for us, one question after the other. */
class Client {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  #last: Promise<unknown> = Promise.resolve();

  constructor([program, ...words]: readonly string[]) {
    this.#process = spawn(program, [...words, process.execPath, CLIENT], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('the client has no stdout');
    this.#lines = createInterface({ input: stdout });
  }

  ask(question: Question): Promise<DecodedPacket | null> {
    const answer = this.#last.then(async () => {
      this.#process.stdin?.write(`${JSON.stringify(question)}\n`);
      const [line] = await once(this.#lines, 'line');
      return JSON.parse(line) as DecodedPacket | null;
    });
    this.#last = answer;
    return answer;
  }

  close(): void {
    this.#lines.close();
    this.#process.kill();
  }
}
