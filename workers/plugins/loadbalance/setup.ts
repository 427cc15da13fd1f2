// The loadbalance directive: policy, weights, preferred networks. Called by the primary. Cold.

import { createHash } from 'node:crypto';
import { DurationError, parseDuration } from '#workers/lib/access/duration.ts';
import { ConfigError, type Directive, type PluginSetup, type SetupScope } from '../contract.ts';
import { parseNetwork } from './network.ts';

export interface LoadbalanceOptions {
  readonly policy: 'round_robin' | 'weighted';
  /** Weighted: the file of weights. */
  readonly file: string;
  /** Weighted: milliseconds between two looks at the file; 0: none. */
  readonly reload: number;
  /** Networks whose addresses come first, in CIDR notation. */
  readonly prefer: readonly string[];
  /** Weighted: key of the image that the weights are published as. */
  readonly image: string;
}

type Draft = { -readonly [Key in keyof LoadbalanceOptions]: LoadbalanceOptions[Key] };

const DEFAULT_RELOAD = 30_000;

export const plugin: PluginSetup<LoadbalanceOptions> = {
  name: 'loadbalance',
  setup(directive: Directive, scope: SetupScope): LoadbalanceOptions {
    const draft: Draft = { policy: 'round_robin', file: '', reload: DEFAULT_RELOAD, prefer: [], image: '' };
    while (directive.nextOccurrence()) {
      readPolicy(directive, scope, draft);
      for (const property of directive.properties()) readProperty(directive, draft, property);
    }
    return draft;
  },
};

function readPolicy(directive: Directive, scope: SetupScope, draft: Draft): void {
  const [policy, ...rest] = directive.args();
  if (policy === undefined || policy === 'round_robin') {
    if (rest.length > 0) throw directive.error('unknown property for round_robin');
    draft.policy = 'round_robin';
    return;
  }
  if (policy !== 'weighted') throw new ConfigError(`unknown policy: ${policy}`);
  if (rest.length === 0) throw directive.error('missing weight file argument');
  if (rest.length > 1) throw directive.error('unexpected argument(s)');
  draft.policy = 'weighted';
  draft.file = scope.path(rest[0]);
  draft.image = `weights:${createHash('sha256').update(draft.file).digest('hex').slice(0, 32)}`;
}

function readProperty(directive: Directive, draft: Draft, property: string): void {
  if (property === 'prefer')
    draft.prefer = [...draft.prefer, ...directive.args().map((text) => checkNetwork(directive, text))];
  else if (property === 'reload' && draft.policy === 'weighted') draft.reload = readReload(directive);
  else throw directive.unknownProperty();
}

function checkNetwork(directive: Directive, text: string): string {
  if (parseNetwork(text) === undefined)
    throw directive.error(`invalid CIDR ${JSON.stringify(text)}: invalid CIDR address: ${text}`);
  return text;
}

function readReload(directive: Directive): number {
  const args = directive.args();
  if (args.length < 1) throw directive.error('reload duration value is missing');
  if (args.length > 1) throw directive.error('unexpected argument');
  try {
    return Math.max(0, parseDuration(args[0]));
  } catch (error) {
    if (error instanceof DurationError) throw directive.error(`invalid reload duration '${args[0]}'`);
    throw error;
  }
}
