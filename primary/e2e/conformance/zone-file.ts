// Reads zone files as far as the recordings' own ones go: one record a line, absolute names, `[TTL] CLASS TYPE RDATA` (RFC 1035 §5). Cold.

import { readFileSync } from 'node:fs';
import { encodeName } from '#wire/name.ts';
import { typeCode } from './case.ts';

/** RDATA in pieces: names that may be compressed as text, everything else as octets. */
export type Rdata = readonly (string | Buffer)[];

export interface ZoneRecord {
  /** Absolute, in lower case. */
  readonly owner: string;
  readonly ttl: number;
  /** IN when left out. */
  readonly class?: number;
  readonly type: number;
  readonly rdata: Rdata;
}

/** A zone: its apex and every record by owner, in the order of the file. */
export interface Zone {
  readonly apex: string;
  readonly records: ReadonlyMap<string, readonly ZoneRecord[]>;
}

const SOA = 6;

/** Throws an error that names file and line for what it does not understand. */
export function readZone(path: string): Zone {
  return parseZone(readFileSync(path, 'utf8'), path);
}

/** The text of a zone file; `file` is for messages. */
export function parseZone(text: string, file: string): Zone {
  const records = new Map<string, ZoneRecord[]>();
  let ttl = 0;
  let apex = '';
  text.split('\n').forEach((line, index) => {
    const words = wordsOf(line);
    if (words.length === 0 || words[0] === '$ORIGIN') return;
    if (words[0] === '$TTL') {
      ttl = Number(words[1]);
      return;
    }
    const record = readRecord(words, ttl, `${file}:${index + 1}`);
    records.set(record.owner, [...(records.get(record.owner) ?? []), record]);
    if (record.type === SOA) apex = record.owner;
  });
  return { apex, records };
}

/** Words and quoted strings; the quotes of a string stay, so that it can be told from a word. */
function wordsOf(line: string): string[] {
  return line.match(/"[^"]*"|[^\s";]+/g) ?? [];
}

function readRecord(words: readonly string[], defaultTtl: number, where: string): ZoneRecord {
  const at = words.indexOf('IN');
  if (at < 1 || at > 2) throw new Error(`${where}: "OWNER [TTL] IN TYPE RDATA" expected`);
  const [mnemonic, ...data] = words.slice(at + 1);
  const read = RDATA[mnemonic];
  if (read === undefined) throw new Error(`${where}: type ${mnemonic} is not known`);
  const ttl = at === 2 ? Number(words[1]) : defaultTtl;
  return { owner: words[0].toLowerCase(), ttl, type: typeCode(mnemonic), rdata: read(data) };
}

/** By type: the words behind it → RDATA. */
const RDATA: Readonly<Record<string, (words: readonly string[]) => Rdata>> = {
  A: ([address]) => [ipv4(address)],
  AAAA: ([address]) => [ipv6(address)],
  NS: ([name]) => [name],
  CNAME: ([name]) => [name],
  PTR: ([name]) => [name],
  MX: ([preference, name]) => [u16(preference), name],
  SOA: ([primary, mail, ...numbers]) => [primary, mail, Buffer.concat(numbers.map(u32))],
  TXT: (strings) => [Buffer.concat(strings.map((text) => string(unquote(text))))],
  SRV: ([priority, weight, port, target]) => [Buffer.concat([u16(priority), u16(weight), u16(port)]), name(target)],
  CAA: ([flags, tag, value]) => [
    Buffer.concat([Buffer.from([Number(flags)]), string(tag)]),
    Buffer.from(unquote(value)),
  ],
  HTTPS: ([priority, target, ...parameters]) => [u16(priority), name(target), Buffer.concat(parameters.map(parameter))],
};

function u16(text: string): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeUInt16BE(Number(text));
  return octets;
}

function u32(text: string): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(Number(text));
  return octets;
}

function string(text: string): Buffer {
  return Buffer.from([text.length, ...Buffer.from(text)]);
}

function unquote(text: string): string {
  return text.replaceAll('"', '');
}

/** A name that must not be compressed. */
function name(text: string): Buffer {
  return Buffer.from(encodeName(text));
}

function ipv4(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

function ipv6(text: string): Buffer {
  const [head, tail = ''] = text.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return Buffer.concat([...head, ...zeros, ...tail].map((group) => u16(`0x${group}`)));
}

/** RFC 9460 §2.2 with the keys alpn (1) and ipv4hint (4). */
function parameter(text: string): Buffer {
  const [key, value] = text.split('=');
  const data = key === 'alpn' ? Buffer.concat(value.split(',').map(string)) : Buffer.concat(value.split(',').map(ipv4));
  return Buffer.concat([u16(key === 'alpn' ? '1' : '4'), u16(String(data.length)), data]);
}
