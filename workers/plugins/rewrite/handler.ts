// Changes the question on the way down and the response on the way up. Hot.

import { HEADER_BYTES, RCODE } from '#wire/constants.ts';
import type { BlockScope, Handler, Host } from '#workers/chain/handler.ts';
import { NEXT, type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { PluginPlan } from '../plan.ts';
import { CompiledRule, FIELD } from './compiled.ts';
import { Course } from './course.ts';
import { ResponseWriter } from './response.ts';
import type { RewriteOptions } from './setup.ts';

class Rewrite implements Handler {
  readonly #rules: readonly CompiledRule[];
  readonly #course: Course;
  readonly #response: ResponseWriter;
  /** Some rule is about the response alone: it must be looked at although the question may be as it was. */
  readonly #watching: boolean;

  constructor(options: RewriteOptions) {
    this.#rules = options.rules.map((rule) => new CompiledRule(rule));
    this.#course = new Course(this.#rules);
    this.#response = new ResponseWriter(this.#rules, this.#course);
    this.#watching = this.#rules.some(({ field }) => field === FIELD.TTL || field === FIELD.RCODE);
  }

  serve(query: Query, answer: Answer): Outcome {
    const course = this.#course;
    course.run(query);
    if (!course.valid) {
      answer.failure = 'invalid name after rewrite';
      return RCODE.SERVFAIL;
    }
    const { count } = course;
    if (count > 0) query.rename(course.names, course.nameAt(count), course.lengths[count]);
    query.type = course.type;
    query.klass = course.klass;
    return NEXT;
  }

  finish(query: Query, answer: Answer): void {
    const { at, bytes, questionLength } = query;
    const fixed = at + questionLength - 4;
    const type = (bytes[fixed] << 8) | bytes[fixed + 1];
    const klass = (bytes[fixed + 2] << 8) | bytes[fixed + 3];
    const renamed = query.nameAt !== at + HEADER_BYTES;
    if (!renamed && query.type === type && query.klass === klass && !this.#watching) return;
    if (renamed) query.restoreName();
    // Nothing else has come this way when the answer was there at once; otherwise the rules are run again.
    if (this.#course.query !== query) this.#course.run(query);
    this.#course.query = null;
    if (answer.outcome === WRITTEN) this.#response.write(query, answer, renamed, type, klass);
    else if (answer.outcome >= 0) {
      // The core is going to write the question as the query has it.
      query.type = type;
      query.klass = klass;
      answer.outcome = this.#response.rcode(answer.outcome);
    }
  }
}

export function build(plan: PluginPlan<RewriteOptions, null>, _host: Host, _scope: BlockScope): Handler {
  return new Rewrite(plan.options);
}
