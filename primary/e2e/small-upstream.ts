// A name server in a process of its own that can be frozen and killed: answers every A question by UDP with one address. Run by upstreams.test.ts. Cold.

import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE } from 'dns-packet';
import { freePort } from './harness.ts';

const HOST = '127.0.0.1';

/** What the process does: `node small-upstream.ts PORT ADDRESS`. */
function serve(port: number, address: string): void {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const { id = 0, questions = [] } = decode(message);
    const answers = questions.flatMap(({ name, type }) =>
      type === 'A' ? [{ type: 'A' as const, name, ttl: 0, data: address }] : [],
    );
    const flags = AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE;
    socket.send(encode({ type: 'response', id, flags, questions, answers }), from.port, from.address);
  });
  socket.bind(port, HOST, () => process.stdout.write('up\n'));
}

export class SmallUpstream {
  readonly port: number;
  readonly address: string;
  #process: ChildProcess;

  private constructor(port: number, address: string, child: ChildProcess) {
    this.port = port;
    this.address = address;
    this.#process = child;
  }

  /** Starts one that answers with `address`. */
  static async start(address: string): Promise<SmallUpstream> {
    const port = await freePort();
    return new SmallUpstream(port, address, await launch(port, address));
  }

  get text(): string {
    return `${HOST}:${this.port}`;
  }

  /** Frozen: nothing comes back any more, and nothing is refused. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  /** Dead: whatever is sent is refused. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  /** Alive again, at the same place. */
  async revive(): Promise<void> {
    this.#process = await launch(this.port, this.address);
  }
}

async function launch(port: number, address: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [import.meta.filename, String(port), address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

if (import.meta.main) serve(Number(process.argv[2]), process.argv[3]);
