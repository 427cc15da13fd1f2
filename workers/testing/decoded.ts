// What a client sees of an answer: decoded by dns-packet, which shares no code with the server, and written as text. Tests only.

import { type Answer, decode } from 'dns-packet';
import { CLASS_NAMES, RCODE_NAMES } from '../lib/access/mnemonics.ts';

/** One answer as text. */
export interface Decoded {
  readonly id: number;
  readonly rcode: string;
  /** Of qr aa tc rd ra ad cd, those that are set, in this order. */
  readonly flags: string;
  /** `NAME CLASS TYPE`. */
  readonly question: string;
  readonly answer: string[];
  readonly authority: string[];
  /** Without the OPT. */
  readonly additional: string[];
  readonly opt: { readonly size: number; readonly flags: number } | undefined;
  readonly length: number;
}

const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x8000, 'qr'],
  [0x0400, 'aa'],
  [0x0200, 'tc'],
  [0x0100, 'rd'],
  [0x0080, 'ra'],
  [0x0020, 'ad'],
  [0x0010, 'cd'],
];

/** Throws when dns-packet cannot read the message, or when octets are left behind it. */
export function decodeAnswer(message: Uint8Array): Decoded {
  const buffer = Buffer.from(message);
  const packet = decode(buffer);
  if (decode.bytes !== buffer.length) throw new Error(`${buffer.length - decode.bytes} octets behind the message`);
  const word = buffer.readUInt16BE(2);
  const question = packet.questions?.[0];
  const additionals = packet.additionals ?? [];
  const opt = additionals.find((record) => record.type === 'OPT');
  return {
    id: packet.id ?? 0,
    rcode: RCODE_NAMES[word & 15],
    flags: FLAGS.filter(([bit]) => (word & bit) !== 0)
      .map(([, name]) => name)
      .join(','),
    question: question === undefined ? '' : `${dotted(question.name)} ${question.class} ${question.type}`,
    answer: (packet.answers ?? []).map(formatRecord),
    authority: (packet.authorities ?? []).map(formatRecord),
    additional: additionals.filter((record) => record.type !== 'OPT').map(formatRecord),
    opt: opt?.type === 'OPT' ? { size: opt.udpPayloadSize, flags: opt.flags } : undefined,
    length: buffer.length,
  };
}

function dotted(name: string): string {
  return name === '' || name === '.' ? '.' : `${name}.`;
}

/** `OWNER TTL CLASS TYPE RDATA`. */
export function formatRecord(record: Answer): string {
  if (record.type === 'OPT') return 'OPT';
  const klass = typeof record.class === 'string' ? record.class : CLASS_NAMES[Number(record.class ?? 1)];
  return `${dotted(record.name)} ${record.ttl ?? 0} ${klass} ${record.type} ${formatData(record)}`;
}

function formatData(record: Exclude<Answer, { type: 'OPT' }>): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.data;
    case 'CNAME':
    case 'DNAME':
    case 'NS':
    case 'PTR':
      return dotted(record.data);
    case 'MX':
      return `${record.data.preference ?? 0} ${dotted(record.data.exchange)}`;
    case 'SRV':
      return `${record.data.priority ?? 0} ${record.data.weight ?? 0} ${record.data.port} ${dotted(record.data.target)}`;
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return `${dotted(mname)} ${dotted(rname)} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
    }
    case 'TXT':
      return [record.data]
        .flat()
        .map((text) => `"${String(text)}"`)
        .join(' ');
    case 'NAPTR': {
      const { order, preference, flags, services, regexp, replacement } = record.data;
      return `${order} ${preference} "${flags}" "${services}" "${regexp}" ${dotted(replacement)}`;
    }
    default:
      return JSON.stringify(record.data);
  }
}
