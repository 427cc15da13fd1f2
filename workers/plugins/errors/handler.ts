// Prints why queries failed: one line an error, or a summary of many. Called on the way up for every query. Hot until something failed.

import { LEVEL } from '#ops/log/logger.ts';
import type { BlockScope, Handler, Host } from '#workers/chain/handler.ts';
import { appendName, appendType } from '#workers/lib/access/text.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { PluginPlan } from '../plan.ts';
import { Summary } from './consolidate.ts';
import type { ErrorsOptions } from './setup.ts';

class Errors implements Handler {
  readonly #host: Host;
  readonly #summaries: readonly Summary[];

  constructor(options: ErrorsOptions, host: Host) {
    this.#host = host;
    this.#summaries = options.consolidate.map((consolidation) => new Summary(consolidation, host.log));
  }

  finish(query: Query, answer: Answer): void {
    if (answer.outcome < 0 || answer.failure === '') return;
    this.#print(query, answer);
  }

  #print(query: Query, answer: Answer): void {
    for (const summary of this.#summaries) {
      if (!summary.takes(answer.failure)) continue;
      if (summary.count()) this.#line(summary.prefix, query, answer);
      return;
    }
    this.#line(LEVEL.error, query, answer);
  }

  /** `[ERROR] plugin/errors: 2 a.test. A: TEXT`. */
  #line(prefix: string, query: Query, answer: Answer): void {
    const { log } = this.#host;
    if (prefix === LEVEL.debug && !log.debugging) return;
    log.appendText(prefix);
    log.appendText('plugin/errors: ');
    log.appendNumber(answer.outcome);
    log.appendText(' ');
    appendName(log, query.bytes, query.lowerAt);
    log.appendText(' ');
    appendType(log, query.type);
    log.appendText(': ');
    log.appendText(answer.failure);
    log.endLine();
  }

  close(): void {
    for (const summary of this.#summaries) summary.close();
  }
}

export function build(plan: PluginPlan<ErrorsOptions, null>, host: Host, _scope: BlockScope): Handler {
  return new Errors(plan.options, host);
}
