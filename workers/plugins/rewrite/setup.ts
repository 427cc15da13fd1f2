// The rewrite directive: an ordered list of rules. Called by the primary. Cold.

import { ConfigError, type Directive, type PluginSetup } from '../contract.ts';
import { readNameRule } from './name-rule.ts';
import type { RewriteRule } from './rules.ts';
import { readNumberRule, readRcodeRule, readTtlRule } from './value-rules.ts';

export interface RewriteOptions {
  /** In file order; the first that applies and says stop ends the list. */
  readonly rules: readonly RewriteRule[];
}

/** Fields that the reference has and this version has not. */
const UNSUPPORTED: readonly string[] = ['edns0', 'cname'];

export const plugin: PluginSetup<RewriteOptions> = {
  name: 'rewrite',
  setup(directive: Directive): RewriteOptions {
    const rules: RewriteRule[] = [];
    while (directive.nextOccurrence()) {
      const words = directive.args();
      // The words of a block simply follow those of the line.
      if (words.length < 2) for (const word of directive.properties()) words.push(word);
      rules.push(readRule(directive, words));
    }
    return { rules };
  },
};

function readRule(directive: Directive, words: readonly string[]): RewriteRule {
  if (words.length === 0) throw new ConfigError('no rule type specified for rewrite');
  const mode = words[0].toLowerCase();
  const hasMode = mode === 'continue' || mode === 'stop';
  if (hasMode && words.length < 2) throw new ConfigError(`${mode} rule must begin with a rule type`);
  const [field, ...rest] = hasMode ? words.slice(1) : words;
  const stop = mode !== 'continue';
  if (UNSUPPORTED.includes(field.toLowerCase()))
    throw directive.error(`rule type '${field.toLowerCase()}' is known but not supported in this version`);
  switch (field.toLowerCase()) {
    case 'answer':
      throw new ConfigError('response rewrites must begin with a name rule');
    case 'name':
      return readNameRule(stop, rest);
    case 'type':
    case 'class':
      return readNumberRule(field.toLowerCase() === 'type' ? 'type' : 'class', stop, rest);
    case 'ttl':
      return readTtlRule(stop, rest);
    case 'rcode':
      return readRcodeRule(stop, rest);
    default:
      throw new ConfigError(`invalid rule type ${JSON.stringify(words[0])}`);
  }
}
