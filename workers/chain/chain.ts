// A chain of handlers: down until somebody decides, up again for those that were passed. Called by the server core for every query. Hot.

import { RCODE } from '#wire/constants.ts';
import type { Answer } from '../query/answer.ts';
import type { Query, Resumer } from '../query/query.ts';
import type { Handler } from './handler.ts';
import { LATER, NEXT, type Outcome } from './outcome.ts';

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
  readonly #completion: Completion;
  /** What the errors plugin says when the last handler passes a query on. */
  readonly #noNext: string;

  constructor(handlers: readonly Handler[], names: readonly string[], completion: Completion) {
    this.handlers = handlers;
    this.#completion = completion;
    this.#noNext = `plugin/${names.at(-1) ?? 'chain'}: no next plugin found`;
  }

  /** Runs the query; `answer.outcome` holds the result, unless LATER comes back: then the completion is told. */
  run(query: Query, answer: Answer): Outcome {
    query.resumer = this;
    return this.#descend(query, answer, 0);
  }

  resume(query: Query, outcome: Outcome): void {
    const answer = query.answer;
    let result: Outcome;
    try {
      result =
        outcome === NEXT
          ? this.#descend(query, answer, query.position + 1)
          : this.#ascend(query, answer, query.position, outcome);
    } catch (error) {
      if (this.#completion.panicked === undefined) throw error;
      this.#completion.panicked(query, answer, error);
      return;
    }
    if (result !== LATER) this.#completion.complete(query, answer);
  }

  #descend(query: Query, answer: Answer, from: number): Outcome {
    const handlers = this.handlers;
    for (let i = from; i < handlers.length; i++) {
      query.position = i;
      const outcome = handlers[i].serve(query, answer);
      if (outcome === NEXT) continue;
      if (outcome !== LATER) return this.#ascend(query, answer, i, outcome);
      query.retain();
      return LATER;
    }
    if (handlers.length === 0) return this.#ascend(query, answer, 0, RCODE.REFUSED);
    answer.failure = this.#noNext;
    return this.#ascend(query, answer, handlers.length, RCODE.SERVFAIL);
  }

  /** `finish` for the handlers before `end`, last one first. */
  #ascend(query: Query, answer: Answer, end: number, outcome: Outcome): Outcome {
    const handlers = this.handlers;
    answer.outcome = outcome;
    for (let i = end - 1; i >= 0; i--) {
      const handler = handlers[i];
      if (handler.finish !== undefined) handler.finish(query, answer);
    }
    return answer.outcome;
  }

  close(): void {
    for (const handler of this.handlers) handler.close?.();
  }
}
