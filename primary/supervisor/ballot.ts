// One vote of all threads on a plan: prepared, then serving. Cold.

/** Resolves when every voter has said yes; rejects with the first no, or when time is up. */
export class Ballot {
  readonly result: Promise<void>;
  readonly #kind: string;
  readonly #version: number;
  readonly #waiting: Set<number>;
  readonly #settle: { resolve: () => void; reject: (error: Error) => void };
  readonly #timer: NodeJS.Timeout;

  /** `kind` and `version` name the votes that count; all others are late and ignored. */
  constructor(kind: string, version: number, voters: readonly number[], timeout: number) {
    this.#kind = kind;
    this.#version = version;
    this.#waiting = new Set(voters);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.result = promise;
    this.#settle = { resolve, reject };
    this.#timer = setTimeout(
      () => this.#fail(`no answer from thread ${[...this.#waiting].join(', ')} within ${timeout}ms`),
      timeout,
    );
    if (this.#waiting.size === 0) this.#succeed();
  }

  cast(kind: string, thread: number, version: number, error: string | undefined): void {
    if (kind !== this.#kind || version !== this.#version) return;
    if (error !== undefined) this.#fail(error);
    else if (this.#waiting.delete(thread) && this.#waiting.size === 0) this.#succeed();
  }

  /** The thread is gone: it can no longer vote, which is a no while the plan is being prepared. */
  withdraw(thread: number, why: string): void {
    if (!this.#waiting.has(thread)) return;
    if (this.#kind === 'prepared') this.#fail(why);
    else this.cast(this.#kind, thread, this.#version, undefined);
  }

  #succeed(): void {
    clearTimeout(this.#timer);
    this.#settle.resolve();
  }

  #fail(why: string): void {
    clearTimeout(this.#timer);
    this.#settle.reject(new Error(why));
  }
}
