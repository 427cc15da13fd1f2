// The transfer directive: which zones may be handed over whole, and to whom (spec D transfer). Called by the primary. Cold.

import { isIP } from 'node:net';
import { HostPortError, splitHostPort } from '#workers/lib/access/hostport.ts';
import { ConfigError, type Directive, type PluginSetup, type SetupScope, type TransferOffer } from '../contract.ts';

/** One occurrence of the directive. */
export interface TransferRule {
  /** Lower case, with the final dot. */
  readonly zones: readonly string[];
  /** True for `*`. */
  readonly anybody: boolean;
  /** Addresses of clients, without ports. */
  readonly to: readonly string[];
}

export interface TransferOptions {
  readonly rules: readonly TransferRule[];
  /** Zones that plugins of the block offer, in the order of the chain; put in when all directives have been read. */
  readonly offers: readonly TransferOffer[];
}

type Draft = { zones: string[]; anybody: boolean; to: string[]; source: string | null };

export const plugin: PluginSetup<TransferOptions> = {
  name: 'transfer',
  setup(directive: Directive, scope: SetupScope): TransferOptions {
    const rules: TransferRule[] = [];
    while (directive.nextOccurrence()) rules.push(readRule(directive, scope));
    return { rules, offers: [] };
  },
};

function readRule(directive: Directive, scope: SetupScope): TransferRule {
  const draft: Draft = { zones: scope.zonesOr(directive.args()), anybody: false, to: [], source: null };
  for (const property of directive.properties()) {
    if (property === 'to') readTo(directive, draft);
    else if (property === 'source') readSource(directive, draft);
    else throw twice(directive, `unknown property ${JSON.stringify(property)}`);
  }
  const { zones, anybody, to } = draft;
  if (!anybody && to.length === 0) throw twice(directive, "'to' is required");
  return { zones, anybody, to };
}

function readTo(directive: Directive, draft: Draft): void {
  const args = directive.args();
  if (args.length === 0) throw directive.argumentError();
  for (const host of args) {
    if (host === '*') draft.anybody = true;
    else draft.to.push(addressOf(host));
  }
}

/** The port is that of NOTIFY messages, which zones of Kubernetes do not have. The error is without position, as the reference's. */
function addressOf(host: string): string {
  const address = hostOf(host);
  if (isIP(address.replace(/%.*/, '')) === 0) throw new ConfigError(`must specify an IP address: \`${address}'`);
  return address.replace(/%.*/, '');
}

function hostOf(text: string): string {
  try {
    return splitHostPort(text).host;
  } catch (error) {
    if (error instanceof HostPortError) return text;
    throw error;
  }
}

/** Where NOTIFY messages leave from: read and checked. */
function readSource(directive: Directive, draft: Draft): void {
  const args = directive.args();
  if (args.length !== 1) throw directive.argumentError();
  if (draft.source !== null) throw twice(directive, 'source already specified');
  if (isIP(args[0]) === 0) throw twice(directive, `invalid source address ${JSON.stringify(args[0])}`);
  draft.source = args[0];
}

/** The reference names the plugin a second time (spec A6). */
function twice(directive: Directive, message: string): ConfigError {
  return new ConfigError(`plugin/transfer: ${directive.error(message).message}`);
}
