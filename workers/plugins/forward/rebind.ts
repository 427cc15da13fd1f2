// rebind_protect: answers from elsewhere must not lead into the own network (DNS rebinding). Hot where it is switched on.

import { TYPE } from '#wire/constants.ts';
import { RecordCursor, skipName } from '#wire/message.ts';
import { isPrivate4, isPrivate6 } from '../../lib/private-address.ts';
import { ZoneSet } from '../../lib/zones.ts';
import type { Answer } from '../../query/answer.ts';
import { explain } from '../../query/edns.ts';
import type { Query } from '../../query/query.ts';

/** INFO-CODE of RFC 8914 §4.16. */
const BLOCKED = 15;
/** SvcParamKeys (RFC 9460 §14.3.2). */
const IPV4_HINT = 4;
const IPV6_HINT = 6;
const PARAMETER_HEAD = 4;

/**
 * An answer in which any address is private is emptied: NOERROR without records, and code 15 (Blocked) for clients with EDNS. Not REFUSED,
 * because stub resolvers take that as a reason to ask the next server of their list, which may give the address away; not NXDOMAIN,
 * because that would be a statement about all types. No SOA goes along, so caches keep it for seconds only.
 *
 * What counts is the name that the client asked for, not the one that an alias leads to: whoever may name an excepted zone as a target
 * could otherwise choose among its addresses.
 */
export class RebindProtection {
  readonly #except: ZoneSet | null;
  readonly #cursor = new RecordCursor();

  /** `except`: zones whose names may have private addresses. */
  constructor(except: readonly string[], seed: number) {
    this.#except = except.length === 0 ? null : new ZoneSet(except, seed);
  }

  /** True when the answer had a private address, and has none any more. */
  block(query: Query, answer: Answer): boolean {
    if (this.#except !== null && this.#except.match(query) >= 0) return false;
    if (!this.#leadsInside(answer)) return false;
    answer.start(query, 0, answer.flags);
    answer.relayed = true;
    explain(query, answer, BLOCKED);
    return true;
  }

  #leadsInside(answer: Answer): boolean {
    const { bytes, at, questionEnd, end, answers, authorities, additionals } = answer;
    const cursor = this.#cursor;
    cursor.open(bytes, at, questionEnd, end, answers, authorities, additionals);
    while (cursor.next()) if (isPrivateRecord(cursor)) return true;
    return false;
  }
}

function isPrivateRecord({ bytes, type, rdataAt, rdataLength }: RecordCursor): boolean {
  if (type === TYPE.A) return rdataLength === 4 && isPrivate4(bytes, rdataAt);
  if (type === TYPE.AAAA) return rdataLength === 16 && isPrivate6(bytes, rdataAt);
  return (type === TYPE.SVCB || type === TYPE.HTTPS) && hasPrivateHint(bytes, rdataAt, rdataLength);
}

/** Priority, target, then parameters: key, length, value (RFC 9460 §2.2). What is malformed ends the walk; nobody can use it. */
function hasPrivateHint(bytes: Uint8Array, at: number, length: number): boolean {
  const end = at + length;
  let from = skipName(bytes, at + 2, end);
  if (from === 0) return false;
  while (from + PARAMETER_HEAD <= end) {
    const key = (bytes[from] << 8) | bytes[from + 1];
    const value = from + PARAMETER_HEAD;
    from = value + ((bytes[from + 2] << 8) | bytes[from + 3]);
    if (from > end) return false;
    if (key === IPV4_HINT) for (let i = value; i + 4 <= from; i += 4) if (isPrivate4(bytes, i)) return true;
    if (key === IPV6_HINT) for (let i = value; i + 16 <= from; i += 16) if (isPrivate6(bytes, i)) return true;
  }
  return false;
}
