// A light, continuous load: questions one after the other from fresh ports, so that every thread gets some. For tests that change or break
// something meanwhile. Cold.

import type { DecodedPacket, RecordType } from 'dns-packet';
import { ask, until } from './harness.ts';

export interface LoadOptions {
  readonly port: number;
  readonly name: string;
  readonly type?: RecordType;
  readonly tcp?: boolean;
  /** Further attempts after one that got no answer: 0 finds every lost query, 2 is what a stub resolver does. */
  readonly retries: number;
  /** Milliseconds for one attempt. */
  readonly timeout: number;
  /** Whether an answer is what it should be; NOERROR without this. */
  readonly good?: (answer: DecodedPacket) => boolean;
}

export class SteadyLoad {
  readonly #options: LoadOptions;
  readonly #loops: Promise<void>[];
  #stopped = false;
  answered = 0;
  /** One line for every question that was not answered as it should be. */
  readonly failures: string[] = [];

  /** `clients` ask at the same time, each the next question when the last one is answered. */
  constructor(options: LoadOptions, clients = 2) {
    this.#options = options;
    this.#loops = Array.from({ length: clients }, () => this.#run());
  }

  get port(): number {
    return this.#options.port;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#one();
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }

  async #one(): Promise<void> {
    const { port, name, type = 'A', retries, timeout, tcp = false, good = isNoError } = this.#options;
    const since = new Date();
    try {
      const answer = await ask(port, name, type, { timeout, retries, tcp });
      if (good(answer)) this.answered++;
      else this.failures.push(`${since.toISOString()} ${JSON.stringify(answer)}`);
    } catch (error) {
      this.failures.push(`${since.toISOString()} ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Waits until this many more questions have been answered. */
  async goOn(answers: number, timeout = 10_000): Promise<void> {
    const goal = this.answered + answers;
    await until(
      () => this.answered >= goal,
      timeout,
      () => `${answers} more answers; failures: ${this.failures.slice(-3).join('; ')}`,
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }
}

function isNoError(answer: DecodedPacket): boolean {
  return rcodeOf(answer) === 0;
}

/** The rcode of the header, which dns-packet gives by name only. */
export function rcodeOf(answer: DecodedPacket): number {
  return (answer.flags ?? 0) & 0xf;
}
