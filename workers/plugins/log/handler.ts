// The access log: one line for every query that a rule wants. Called on the way up. Hot when configured.

import type { BlockScope, Handler, Host } from '#workers/chain/handler.ts';
import { ANSWER_CLASS, classify } from '#workers/lib/classify.ts';
import { ZoneSet } from '#workers/lib/zones.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { PluginPlan } from '../plan.ts';
import { compileFormat, type LineFormat } from './format.ts';
import { LineWriter } from './line.ts';
import type { LogClass, LogOptions, LogRule } from './setup.ts';

/** Bits of answer classes that each word of the Corefile stands for. */
const CLASS_BITS: Readonly<Record<LogClass, number>> = {
  all: -1,
  success: bits(ANSWER_CLASS.NO_ERROR, ANSWER_CLASS.DELEGATION),
  denial: bits(ANSWER_CLASS.NAME_ERROR, ANSWER_CLASS.NO_DATA),
  error: bits(ANSWER_CLASS.SERVER_ERROR, ANSWER_CLASS.META, ANSWER_CLASS.UPDATE, ANSWER_CLASS.OTHER_ERROR),
};

function bits(...classes: readonly number[]): number {
  return classes.reduce((sum, value) => sum | (1 << value), 0);
}

/** A rule ready for use. */
class Rule {
  readonly name: ZoneSet;
  readonly format: LineFormat;
  /** One bit for every answer class that is logged. */
  readonly classes: number;

  constructor(rule: LogRule, seed: number) {
    this.name = new ZoneSet([rule.name], seed);
    this.format = compileFormat(rule.format);
    this.classes = rule.classes.reduce((sum, name) => sum | CLASS_BITS[name], 0);
  }
}

class Log implements Handler {
  readonly #rules: readonly Rule[];
  readonly #writer: LineWriter;

  constructor(options: LogOptions, host: Host, scope: BlockScope) {
    this.#rules = options.rules.map((rule) => new Rule(rule, host.seed));
    this.#writer = new LineWriter(host.log, host.clock, localOf(scope.server));
  }

  finish(query: Query, answer: Answer): void {
    const rules = this.#rules;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i];
      if (rule.name.match(query) < 0) continue;
      if (rule.classes === -1 || ((1 << classify(query, answer)) & rule.classes) !== 0)
        this.#writer.write(rule.format, query, answer);
      return;
    }
  }
}

/** The listener's address out of its label, `[::]` for the wildcard. */
function localOf(server: string): string {
  const host = /^\w+:\/\/(.*):\d+$/.exec(server)?.[1] ?? '';
  return host === '' ? '[::]' : host;
}

export function build(plan: PluginPlan<LogOptions, null>, host: Host, scope: BlockScope): Handler {
  return new Log(plan.options, host, scope);
}
