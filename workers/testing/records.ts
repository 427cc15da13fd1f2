// Records from text to octets, so that test rows can be read: `a.test. 30 IN A 192.0.2.1`. Tests only.

import { readAddress } from '#native/address.ts';
import { encodeName } from '#wire/name.ts';
import { classNumber, typeNumber } from '../lib/access/mnemonics.ts';

/** One record with its RDATA ready for the wire, names in it uncompressed. */
export interface WireRecord {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly klass: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** Reads `OWNER TTL CLASS TYPE RDATA…`; RDATA of unknown types as `\# hex`. */
export function parseRecord(text: string): WireRecord {
  const [owner, ttl, klass, type, ...rdata] = text.split(/\s+/);
  const number = typeNumber(type);
  const classCode = classNumber(klass);
  if (number === undefined || classCode === undefined || rdata.length === 0) throw new Error(`not a record: ${text}`);
  return {
    owner: encodeName(owner),
    type: number,
    klass: classCode,
    ttl: Number(ttl),
    rdata: encodeRdata(type, rdata),
  };
}

function encodeRdata(type: string, words: readonly string[]): Uint8Array {
  if (words[0] === '\\#') return Uint8Array.from(Buffer.from(words.slice(1).join(''), 'hex'));
  switch (type) {
    case 'A':
    case 'AAAA':
      return readAddress(words[0]).octets;
    case 'CNAME':
    case 'DNAME':
    case 'NS':
    case 'PTR':
      return encodeName(words[0]);
    case 'MX':
      return join(u16(words[0]), encodeName(words[1]));
    case 'SRV':
      return join(u16(words[0]), u16(words[1]), u16(words[2]), encodeName(words[3]));
    case 'SOA':
      return join(encodeName(words[0]), encodeName(words[1]), ...words.slice(2, 7).map(u32));
    case 'TXT':
      return join(...words.map((word) => characterString(word.replaceAll('"', ''))));
    case 'NAPTR':
      return join(
        u16(words[0]),
        u16(words[1]),
        ...words.slice(2, 5).map((word) => characterString(word.replaceAll('"', ''))),
        encodeName(words[5]),
      );
    default:
      throw new Error(`no text form for RDATA of ${type} here; use \\# hex`);
  }
}

function u16(text: string): Uint8Array {
  return Uint8Array.of(Number(text) >> 8, Number(text) & 255);
}

function u32(text: string): Uint8Array {
  const value = Number(text);
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function characterString(text: string): Uint8Array {
  return join(Uint8Array.of(text.length), new TextEncoder().encode(text));
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
