// forward: asks other servers and passes on what they say (behaviour D forward). One for each chain; its rules share the thread's sockets. Hot.

import type { LineBuffer } from '#ops/log/line-buffer.ts';
import type { BlockScope, Handler, Host, Metadata, MetadataValue } from '../../chain/handler.ts';
import { NEXT, type Outcome } from '../../chain/outcome.ts';
import { Upstreams } from '../../lib/upstream/upstreams.ts';
import type { Answer } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';
import type { PluginPlan } from '../plan.ts';
import type { ForwardSlots } from './metrics.ts';
import type { ForwardOptions } from './options.ts';
import { Rule, type Successor } from './rule.ts';

/** `forward/upstream`: the address of who was asked last; nothing for queries that were answered without. */
const UPSTREAM: MetadataValue = {
  append(log: LineBuffer, query: Query): boolean {
    log.appendText(query.upstream);
    return query.upstream !== '';
  },
};

/** The rules of a block from one of them on. */
class RulesBehind implements Successor {
  readonly #rules: readonly Rule[];
  readonly #first: number;

  /** `rules` may be filled later. */
  constructor(rules: readonly Rule[], first: number) {
    this.#rules = rules;
    this.#first = first;
  }

  /** The first rule that takes the name. */
  serve(query: Query, answer: Answer): Outcome {
    const rules = this.#rules;
    for (let i = this.#first; i < rules.length; i++) if (rules[i].matches(query)) return rules[i].serve(query, answer);
    return NEXT;
  }
}

export class ForwardHandler implements Handler {
  readonly metadata: Metadata = { valueOf: (label) => (label === 'forward/upstream' ? UPSTREAM : undefined) };
  readonly #rules: readonly Rule[];
  readonly #all: Successor;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    this.#all = new RulesBehind(rules, 0);
  }

  serve(query: Query, answer: Answer): Outcome {
    return this.#all.serve(query, answer);
  }

  close(): void {
    for (const rule of this.#rules) rule.close();
  }
}

export function build(
  { options, slots }: PluginPlan<ForwardOptions, ForwardSlots>,
  host: Host,
  _scope: BlockScope,
): ForwardHandler {
  const upstreams = Upstreams.of(host);
  const rules: Rule[] = [];
  for (const [i, rule] of options.rules.entries()) {
    const successor = i + 1 < options.rules.length ? new RulesBehind(rules, i + 1) : null;
    rules.push(new Rule(rule, slots, slots.waiting[i], slots.upstreams[i], host, upstreams, successor));
  }
  return new ForwardHandler(rules);
}
