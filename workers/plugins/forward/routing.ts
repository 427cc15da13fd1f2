// The properties of forward that say who is asked next: resolver, failover, next, next_on_nodata, hedge (behaviour D forward). Cold: set-up only.

import { isIP } from 'node:net';
import { ConfigError, type Directive } from '#plugins/contract.ts';
import { RCODE } from '#wire/constants.ts';
import { rcodeNumber } from '../../lib/access/mnemonics.ts';
import { type UpstreamAddress, upstreamAddress } from '../../lib/upstream/address.ts';
import type { HedgeSettings } from './options.ts';
import { noValue, values } from './values.ts';

/** What becomes of a query whose upstream has answered, or has not yet. */
export interface Routing {
  /** Who is asked for the addresses of host names; nobody: the system. */
  resolvers: UpstreamAddress[];
  /** Reply codes for which the next upstream is asked. */
  failover: number[];
  /** Reply codes for which the next directive is asked. */
  next: number[];
  /** The same for NOERROR without an answer. */
  nextOnNodata: boolean;
  hedge: HedgeSettings | null;
}

/** Names of reply codes that the reference understands beside the registered ones. */
const ALIASES: ReadonlyMap<string, number> = new Map([
  ['NOTIMPL', RCODE.NOTIMP],
  ['BADSIG', 16],
]);
const DNS_PORT = 53;
/** Percent; the reference has no hedging. */
const HEDGE: HedgeSettings = { percentile: 95, budget: 5 };

export function emptyRouting(): Routing {
  return { resolvers: [], failover: [], next: [], nextOnNodata: false, hedge: null };
}

/** Reads the property; false when it is none of these. Throws ConfigError. */
export function readRouting(directive: Directive, routing: Routing, property: string): boolean {
  switch (property) {
    case 'resolver':
      routing.resolvers = values(directive).map(readResolver);
      return true;
    case 'failover':
      routing.failover.push(...values(directive).map(readFailover));
      return true;
    case 'next':
      routing.next.push(...values(directive).map(readRcode));
      return true;
    case 'next_on_nodata':
      noValue(directive);
      routing.nextOnNodata = true;
      return true;
    case 'hedge':
      routing.hedge = readHedge(directive);
      return true;
    default:
      return false;
  }
}

/** `10.0.0.10`, `10.0.0.10:5353`, `::1`, `[::1]:53` */
function readResolver(text: string): UpstreamAddress {
  if (isIP(text) !== 0) return upstreamAddress(text, DNS_PORT);
  const split = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const address = split?.['v6'] ?? split?.['v4'] ?? '';
  const port = Number(split?.['port']);
  if (isIP(address) === 0 || !(port >= 1 && port <= 65_535))
    throw new ConfigError(`resolver must be an IP address or IP:port: ${JSON.stringify(text)}`);
  return upstreamAddress(address, port);
}

function readRcode(text: string): number {
  const name = text.toUpperCase();
  const rcode = name === 'BADVERS' ? undefined : (rcodeNumber(name) ?? ALIASES.get(name));
  if (rcode === undefined) throw new ConfigError(`${text} is not a valid rcode`);
  return rcode;
}

function readFailover(text: string): number {
  const rcode = readRcode(text);
  if (rcode === RCODE.NOERROR) throw new ConfigError('NoError cannot be used in failover');
  return rcode;
}

/** `hedge [PERCENTILE% [BUDGET%]]` */
function readHedge(directive: Directive): HedgeSettings {
  const percentile = readPercent(directive, 50, 99.9) ?? HEDGE.percentile;
  const budget = readPercent(directive, 0.1, 100) ?? HEDGE.budget;
  noValue(directive);
  return { percentile, budget };
}

function readPercent(directive: Directive, least: number, most: number): number | undefined {
  const text = directive.arg();
  if (text === undefined) return undefined;
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]);
  if (!(percent >= least && percent <= most))
    throw directive.error(`hedge: not a percentage from ${least}% to ${most}%: '${text}'`);
  return percent;
}
