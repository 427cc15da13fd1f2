// One host name that a forward names: its addresses, and the timer that looks them up again. Made by upstream-names.ts. Cold.

import type { UpstreamAddress } from '#workers/lib/upstream/address.ts';
import type { Found, ResolveName } from './resolve.ts';

/** Milliseconds. */
export interface NameTimes {
  /** Between two look-ups, whatever the TTL: less would be a load for the resolver, more would follow a move too late. */
  readonly least: number;
  readonly most: number;
  /** The same when nobody says how long an address is good: the system's resolver does not. */
  readonly unknown: number;
  /** Before the next try for a name that has no address yet; doubles up to `least`. */
  readonly retry: number;
}

/** A tenth is added or taken at random, so that replicas do not ask in step. */
const JITTER = 0.2;

export interface NameContext {
  readonly resolve: ResolveName;
  readonly times: NameTimes;
  /** The addresses are not what they were; false when that could not be brought into force. */
  readonly moved: () => Promise<boolean>;
  readonly warn: (line: string) => void;
  readonly info: (line: string) => void;
  readonly now: () => number;
}

export class NameEntry {
  readonly name: string;
  readonly resolvers: readonly UpstreamAddress[];
  /** Undefined until it was found for the first time. */
  addresses: readonly string[] | undefined;
  /** When they were found last, in the context's milliseconds. */
  foundAt = 0;
  readonly #context: NameContext;
  #ttl: number | undefined;
  /** True while threads have other addresses than these. */
  #unannounced = false;
  #failing = false;
  #delay: number;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(name: string, resolvers: readonly UpstreamAddress[], context: NameContext) {
    this.name = name;
    this.resolvers = resolvers;
    this.#context = context;
    this.#delay = context.times.retry;
  }

  /** The first look-up; rejects when there is no address. */
  async find(): Promise<void> {
    this.#take(await this.#context.resolve(this.name, this.resolvers));
  }

  #take({ addresses, ttl }: Found): void {
    this.addresses = addresses;
    this.#ttl = ttl;
    this.foundAt = this.#context.now();
  }

  /** Looks it up again from now on. Does nothing when that is being done. */
  start(): void {
    if (this.#timer === null && !this.#stopped) this.#wait();
  }

  #wait(): void {
    const jitter = 1 + (Math.random() - 0.5) * JITTER;
    this.#timer = setTimeout(() => void this.#refresh(), this.#pause() * jitter).unref();
  }

  #pause(): number {
    const { least, most, unknown } = this.#context.times;
    if (this.addresses === undefined) {
      const delay = this.#delay;
      this.#delay = Math.min(least, delay * 2);
      return delay;
    }
    if (this.#failing || this.#unannounced) return least;
    return Math.min(most, Math.max(least, this.#ttl ?? unknown));
  }

  async #refresh(): Promise<void> {
    await this.#context.resolve(this.name, this.resolvers).then(
      (found) => this.#found(found),
      (error: unknown) => this.#failed(error),
    );
    if (this.#unannounced && !this.#stopped) this.#unannounced = !(await this.#context.moved());
    if (!this.#stopped) this.#wait();
  }

  #found(found: Found): void {
    if (this.#failing) this.#context.info(`${this.name} is found again`);
    this.#failing = false;
    if (!sameAddresses(found.addresses, this.addresses)) this.#unannounced = true;
    this.#take(found);
  }

  /** What was known stays; it is said once, however long it lasts. */
  #failed(error: unknown): void {
    if (this.#failing || this.#stopped) return;
    this.#failing = true;
    const kept = this.addresses === undefined ? 'it stays down' : `it stays at ${this.addresses.join(', ')}`;
    this.#context.warn(`${failure(this.name, error)}; ${kept}, and is looked up again`);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** The reference's words for a name that is not found. */
export function failure(name: string, error: unknown): string {
  return `failed to resolve ${JSON.stringify(name)}: ${error instanceof Error ? error.message : String(error)}`;
}

/** In whatever order: name servers rotate them. */
function sameAddresses(a: readonly string[], b: readonly string[] | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((address) => b.includes(address));
}
