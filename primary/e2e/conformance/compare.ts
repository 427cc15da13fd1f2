// Whether an answer is what was recorded: the judge's rules. Cold.

import type { Expectation } from './case.ts';

const SECTIONS = ['answer', 'authority', 'additional'] as const;
/** Seconds that a cache may have counted a TTL down since, and up when the recording itself came from a cache. */
const COUNTED_DOWN = 6;
const COUNTED_UP = 3;

/**
 * Records compare as sets. Free are: SOA serials, the server's own addresses (`ns.dns.ZONE`), seconds of TTL as above, and which records
 * survive where the reference truncated; a fuller answer that fits is right too.
 */
export function same(want: Expectation, got: Expectation): boolean {
  if (hasFlag(want, 'TC') && sameTruncated(want, got)) return true;
  return shape(want) === shape(got) && sameTtls(want, got);
}

function sameTruncated(want: Expectation, got: Expectation): boolean {
  const wanted = records(want, 'answer');
  const given = new Set(records(got, 'answer'));
  if (!hasFlag(got, 'TC') && !wanted.every((record) => given.has(record))) return false;
  const frame = ({ rcode, flags = '', question, edns }: Expectation): string =>
    JSON.stringify([rcode, flags.replace(' TC', ''), question, edns ?? null]);
  return frame(want) === frame(got);
}

function hasFlag(answer: Expectation, flag: string): boolean {
  return (answer.flags ?? '').split(' ').includes(flag);
}

/** Everything but TTLs, in an order of its own. */
function shape(answer: Expectation): string {
  const { timeout = false, closed = false, rcode = '', flags = '', question = [], edns = null } = answer;
  return JSON.stringify([
    timeout,
    closed,
    rcode,
    flags,
    question,
    edns,
    ...SECTIONS.map((section) => records(answer, section)),
  ]);
}

/** Records without TTL, sorted; the server's own addresses count once. */
function records(answer: Expectation, section: (typeof SECTIONS)[number]): string[] {
  const texts = (answer[section] ?? []).map((record) =>
    withoutTtl(record).replace(/^(ns\.dns\.\S+ IN A{1,4}) \S+$/i, '$1 *'),
  );
  return (texts.some((text) => text.endsWith(' *')) ? [...new Set(texts)] : texts).sort();
}

function withoutTtl(record: string): string {
  const [owner, , ...rest] = record.split(' ');
  return `${owner} ${rest.join(' ')}`;
}

function ttlOf(record: string): number {
  return Number(record.split(' ', 2)[1]);
}

function sameTtls(want: Expectation, got: Expectation): boolean {
  return SECTIONS.every((section) => {
    const given = new Map((got[section] ?? []).map((record) => [withoutTtl(record), ttlOf(record)]));
    return (want[section] ?? []).every((record) => {
      const wanted = ttlOf(record);
      const ttl = given.get(withoutTtl(record)) ?? wanted;
      return ttl >= wanted - COUNTED_DOWN && ttl <= wanted + COUNTED_UP;
    });
  });
}
