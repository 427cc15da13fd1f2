// The access log: one line for every query that a rule wants. Called on the way up. Hot when configured.

import type { BlockScope, Handler, Host, Metadata, MetadataValue } from '#workers/chain/handler.ts';
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

/** Names of answer classes as the reference spells them, by number. */
const TYPE_WORDS: Readonly<Record<number, string>> = {
  [ANSWER_CLASS.NO_ERROR]: 'NOERROR',
  [ANSWER_CLASS.NAME_ERROR]: 'NXDOMAIN',
  [ANSWER_CLASS.NO_DATA]: 'NODATA',
  [ANSWER_CLASS.SERVER_ERROR]: 'SERVERERROR',
  [ANSWER_CLASS.DELEGATION]: 'DELEGATION',
  [ANSWER_CLASS.META]: 'META',
  [ANSWER_CLASS.UPDATE]: 'UPDATE',
  [ANSWER_CLASS.OTHER_ERROR]: 'OTHERERROR',
};

/** What log itself tells: which of its classes the answer is in. */
const OWN_VALUES: Readonly<Record<string, MetadataValue | undefined>> = {
  'log/type': {
    append(log, query, answer): boolean {
      log.appendText(TYPE_WORDS[classify(query, answer)]);
      return true;
    },
  },
  'log/class': {
    append(log, query, answer): boolean {
      const bit = 1 << classify(query, answer);
      log.appendText(bit & CLASS_BITS.success ? 'success' : bit & CLASS_BITS.denial ? 'denial' : 'error');
      return true;
    },
  },
};

/** A rule ready for use. */
class Rule {
  readonly name: ZoneSet;
  readonly format: LineFormat;
  /** One bit for every answer class that is logged. */
  readonly classes: number;
  /** Values of the format's labels, and those of queries that metadata does not cover. */
  values: readonly (MetadataValue | null)[];
  readonly nothing: readonly null[];

  constructor(rule: LogRule, seed: number) {
    this.name = new ZoneSet([rule.name], seed);
    this.format = compileFormat(rule.format);
    this.classes = rule.classes.reduce((sum, name) => sum | CLASS_BITS[name], 0);
    this.nothing = this.format.labels.map(() => null);
    this.values = this.nothing;
  }
}

class Log implements Handler {
  readonly metadata: Metadata = { valueOf: (label) => OWN_VALUES[label] };
  #collector: Handler | null = null;
  readonly #rules: readonly Rule[];
  readonly #writer: LineWriter;

  constructor(options: LogOptions, host: Host, scope: BlockScope) {
    this.#rules = options.rules.map((rule) => new Rule(rule, host.seed));
    this.#writer = new LineWriter(host.log, host.clock, localOf(scope.server));
  }

  /** Without the metadata plugin nobody tells anything. */
  meet(chain: ReadonlyMap<string, Handler>): void {
    this.#collector = chain.get('metadata') ?? null;
    if (this.#collector === null) return;
    const plugins = [...chain.values()];
    for (const rule of this.#rules)
      rule.values = rule.format.labels.map(
        (label) => plugins.map(({ metadata }) => metadata?.valueOf(label)).find((value) => value !== undefined) ?? null,
      );
  }

  finish(query: Query, answer: Answer): void {
    const rules = this.#rules;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i];
      if (rule.name.match(query) < 0) continue;
      if (rule.classes === -1 || ((1 << classify(query, answer)) & rule.classes) !== 0)
        this.#writer.write(rule.format, this.#covers(query) ? rule.values : rule.nothing, query, answer);
      return;
    }
  }

  #covers(query: Query): boolean {
    return this.#collector?.covers?.(query) === true;
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
