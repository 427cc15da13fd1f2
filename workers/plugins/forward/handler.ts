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
import { Rule } from './rule.ts';

/** `forward/upstream`: the address of who was asked last; nothing for queries that were answered without. */
const UPSTREAM: MetadataValue = {
  append(log: LineBuffer, query: Query): boolean {
    log.appendText(query.upstream);
    return query.upstream !== '';
  },
};

export class ForwardHandler implements Handler {
  readonly metadata: Metadata = { valueOf: (label) => (label === 'forward/upstream' ? UPSTREAM : undefined) };
  readonly #rules: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** The first rule that takes the name. */
  serve(query: Query, answer: Answer): Outcome {
    const rules = this.#rules;
    for (let i = 0; i < rules.length; i++) if (rules[i].matches(query)) return rules[i].serve(query, answer);
    return NEXT;
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
  return new ForwardHandler(
    options.rules.map((rule, i) => new Rule(rule, slots, slots.waiting[i], slots.upstreams[i], host, upstreams)),
  );
}
