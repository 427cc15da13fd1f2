// A chain of handlers: down until somebody decides, up again for those that were passed. Called by the server core for every query. Hot.

import { RCODE } from '#wire/constants.ts';
import type { Answer } from '../query/answer.ts';
import type { Query, Resumer } from '../query/query.ts';
import type { Handler } from './handler.ts';
import { LATER, NEXT, type Outcome } from './outcome.ts';

type Serving = Handler & Required<Pick<Handler, 'serve'>>;
type Finishing = Handler & Required<Pick<Handler, 'finish'>>;

function serves(handler: Handler): handler is Serving {
  return handler.serve !== undefined;
}

function finishes(handler: Handler): handler is Finishing {
  return handler.finish !== undefined;
}

/** Who takes the outcome of a query that had to wait. */
export interface Completion {
  complete(query: Query, answer: Answer): void;
  /** A handler threw; without this the error goes on to whoever resumed the query. */
  panicked?(query: Query, answer: Answer, error: unknown): void;
}

/**
 * The handlers of one server block on one listener, in execution order. An empty chain refuses everything (spec B3.4).
 */
export class Chain implements Resumer {
  readonly handlers: readonly Handler[];
  /** Handlers with a `serve`, and which of `handlers` they are. */
  readonly #down: readonly Serving[];
  readonly #downAt: Int32Array;
  /** Handlers with a `finish`, and how many of them stand before each of `handlers`. */
  readonly #up: readonly Finishing[];
  readonly #upCount: Int32Array;
  readonly #completion: Completion;
  /** What the errors plugin says when the last handler passes a query on. */
  readonly #noNext: string;

  constructor(handlers: readonly Handler[], names: readonly string[], completion: Completion) {
    this.handlers = handlers;
    this.#down = handlers.filter(serves);
    this.#downAt = Int32Array.from(this.#down, (handler) => handlers.indexOf(handler));
    this.#up = handlers.filter(finishes);
    this.#upCount = Int32Array.from(
      { length: handlers.length + 1 },
      (_, end) => handlers.slice(0, end).filter(finishes).length,
    );
    this.#completion = completion;
    this.#noNext = `plugin/${names.at(-1) ?? 'chain'}: no next plugin found`;
    for (const handler of handlers) handler.meet?.(new Map(handlers.map((other, i) => [names[i], other])));
  }

  /** Runs the query; `answer.outcome` holds the result, unless LATER comes back: then the completion is told. */
  run(query: Query, answer: Answer): Outcome {
    query.resumer = this;
    query.floor = 0;
    return this.#descend(query, answer, 0);
  }

  runBehind(sub: Query, answer: Answer, parent: Query): Outcome {
    const { position } = parent;
    sub.resumer = this;
    sub.floor = this.#upCount[this.#downAt[position] + 1];
    return this.#descend(sub, answer, position + 1);
  }

  resume(query: Query, outcome: Outcome): void {
    const answer = query.answer;
    let result: Outcome;
    try {
      result =
        outcome === NEXT
          ? this.#descend(query, answer, query.position + 1)
          : this.#ascend(query, answer, this.#downAt[query.position], outcome);
    } catch (error) {
      if (this.#completion.panicked === undefined) throw error;
      this.#completion.panicked(query, answer, error);
      return;
    }
    if (result !== LATER) this.#completion.complete(query, answer);
  }

  #descend(query: Query, answer: Answer, from: number): Outcome {
    const down = this.#down;
    for (let i = from; i < down.length; i++) {
      query.position = i;
      const outcome = down[i].serve(query, answer);
      if (outcome === NEXT) continue;
      if (outcome !== LATER) return this.#ascend(query, answer, this.#downAt[i], outcome);
      query.retain();
      return LATER;
    }
    const { length } = this.handlers;
    if (length === 0) return this.#ascend(query, answer, 0, RCODE.REFUSED);
    answer.failure = this.#noNext;
    return this.#ascend(query, answer, length, RCODE.SERVFAIL);
  }

  /** `finish` for the handlers before number `end`, last one first, down to where the query entered. */
  #ascend(query: Query, answer: Answer, end: number, outcome: Outcome): Outcome {
    const up = this.#up;
    const { floor } = query;
    answer.outcome = outcome;
    for (let i = this.#upCount[end] - 1; i >= floor; i--) up[i].finish(query, answer);
    return answer.outcome;
  }

  close(): void {
    for (const handler of this.handlers) handler.close?.();
  }
}
