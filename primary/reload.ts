// Watches the Corefile: polls the parsed token structure with jitter, and says when it has changed (spec D reload). Cold.

import { createHash } from 'node:crypto';
import type { Logger } from '#ops/log/logger.ts';

export interface ReloadOptions {
  /** Milliseconds. */
  readonly interval: number;
  /** Width in milliseconds of the uniform jitter around the interval. */
  readonly jitter: number;
}

/** SHA-512 over the token structure, as the reference shows it. */
export function configurationHash(hashInput: string): string {
  return createHash('sha512').update(hashInput).digest('hex');
}

/**
 * Compares the file with the configuration that was tried last, so that a bad one is not tried again until it changes.
 */
export class CorefileWatch {
  readonly #read: () => string;
  readonly #changed: (hash: string) => Promise<void>;
  readonly #log: Logger;
  readonly #options: ReloadOptions;
  #known: string;
  #timer: NodeJS.Timeout | null = null;

  /** `read` gives the token structure of the file as it is now and throws for one that cannot be parsed. */
  constructor(
    options: ReloadOptions,
    known: string,
    log: Logger,
    read: () => string,
    changed: (hash: string) => Promise<void>,
  ) {
    this.#options = options;
    this.#known = known;
    this.#log = log;
    this.#read = read;
    this.#changed = changed;
  }

  start(): void {
    const { interval, jitter } = this.#options;
    this.#timer = setTimeout(() => void this.#look(), interval + (Math.random() - 0.5) * jitter);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const hash = this.#hash();
    if (hash !== undefined && hash !== this.#known) {
      this.#known = hash;
      await this.#changed(hash);
    }
    if (this.#timer !== null) this.start();
  }

  #hash(): string | undefined {
    try {
      return configurationHash(this.#read());
    } catch (error) {
      this.#log
        .plugin('reload')
        .warning(`Corefile parse failed: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
