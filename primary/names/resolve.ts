// Host name → addresses, by the name servers of `resolver` or by the system (behaviour D forward). Loaded when a configuration has host names. Cold.

import { lookup } from 'node:dns/promises';
import type { Answer } from 'dns-packet';
import type { UpstreamAddress } from '#workers/lib/upstream/address.ts';
import { lookUp } from './lookup.ts';

/** Where a host is, and for how long that may be believed. */
export interface Found {
  /** IPv4 first; no two the same. */
  readonly addresses: readonly string[];
  /** Milliseconds; undefined when the system found them, which does not say. */
  readonly ttl: number | undefined;
}

/** Finds a host; rejects with what the operator is told. */
export type ResolveName = (name: string, resolvers: readonly UpstreamAddress[]) => Promise<Found>;

/** Addresses of a name that are kept: a forward has 15 upstreams at most, of which others may be the first ones. */
const MAX_ADDRESSES = 64;

export const resolveName: ResolveName = (name, resolvers) =>
  resolvers.length === 0 ? askSystem(name) : askResolvers(name, resolvers);

async function askSystem(name: string): Promise<Found> {
  try {
    const found = await lookup(name, { all: true, order: 'ipv4first' });
    return { addresses: unique(found.map(({ address }) => address)), ttl: undefined };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EAI_AGAIN' ? 'server misbehaving' : 'no such host';
    throw new Error(`lookup ${name}: ${why}`, { cause: error });
  }
}

/** The first resolver that knows an address. */
async function askResolvers(name: string, resolvers: readonly UpstreamAddress[]): Promise<Found> {
  const nothing = `no addresses found for ${JSON.stringify(name)}`;
  let failure = '';
  for (const resolver of resolvers) {
    const found = await askBoth(resolver, name).catch((error: unknown) => {
      failure = `: ${error instanceof Error ? error.message : String(error)}`;
    });
    if (found !== undefined && found.addresses.length > 0) return found;
  }
  throw new Error(`${nothing}${failure}`);
}

/** Rejects when neither question is answered; one answer is enough when it has an address. */
async function askBoth(resolver: UpstreamAddress, name: string): Promise<Found> {
  const host = name.replace(/\.$/, '').toLowerCase();
  const replies = await Promise.allSettled([
    lookUp(resolver, { name: host, type: 'A' }),
    lookUp(resolver, { name: host, type: 'AAAA' }),
  ]);
  const answers = replies.flatMap((reply) => (reply.status === 'fulfilled' ? (reply.value.answers ?? []) : []));
  const addresses = unique(answers.flatMap(addressOf));
  const failed = replies.find((reply) => reply.status === 'rejected');
  if (addresses.length === 0 && failed !== undefined) throw failed.reason;
  const ttls = answers.flatMap((answer) => ('ttl' in answer && answer.ttl !== undefined ? [answer.ttl] : []));
  return { addresses, ttl: Math.min(...ttls) * 1000 };
}

function addressOf(answer: Answer): string[] {
  return answer.type === 'A' || answer.type === 'AAAA' ? [answer.data] : [];
}

function unique(addresses: readonly string[]): string[] {
  return [...new Set(addresses)].slice(0, MAX_ADDRESSES);
}
