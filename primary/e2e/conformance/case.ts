// A recorded case and how its question goes onto the wire. Cold.

import { encodeName } from '#wire/name.ts';

/** What a server answered; records in presentation form, `OWNER TTL CLASS TYPE RDATA`, a SOA's serial as `*`. */
export interface Expectation {
  readonly timeout?: boolean;
  readonly closed?: boolean;
  readonly rcode?: string;
  /** Of QR AA TC RD RA AD CD, those that are set, in this order. */
  readonly flags?: string;
  /** `NAME CLASS TYPE`. */
  readonly question?: readonly string[];
  readonly answer?: readonly string[];
  readonly authority?: readonly string[];
  readonly additional?: readonly string[];
  readonly edns?: {
    readonly version: number;
    readonly udp: number;
    readonly do: boolean;
    readonly options: readonly (readonly [number, string])[];
  };
}

/** One question, as a line of the recordings has it. */
export interface Case {
  readonly name: string;
  readonly type: string;
  readonly class?: string;
  readonly flags?: readonly string[];
  readonly opcode?: number;
  /** UDP size of the OPT; none without. */
  readonly edns?: number | null;
  readonly version?: number;
  readonly do?: boolean;
  readonly option?: readonly [number, string];
  readonly proto?: 'udp' | 'tcp';
  /** Source address; 127.0.0.1 when left out. */
  readonly client?: string;
  readonly expect: Expectation;
}

export const FLAG_BITS: Readonly<Record<string, number>> = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
};
export const CLASSES: Readonly<Record<string, number>> = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 };
export const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  OPT: 41,
  DS: 43,
  DNSKEY: 48,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
};

/** Number of a type: its mnemonic or `TYPE65534`. Throws for others. */
export function typeCode(type: string): number {
  const code = TYPES[type] ?? Number(/^TYPE(\d+)$/.exec(type)?.[1] ?? Number.NaN);
  if (Number.isNaN(code)) throw new Error(`unknown type ${type}`);
  return code;
}

/** The question of a case as a message. */
export function encodeCase(asked: Case, id: number): Buffer {
  const name = encodeName(asked.name);
  const flags = (asked.flags ?? ['RD']).reduce((bits, flag) => bits | FLAG_BITS[flag], (asked.opcode ?? 0) << 11);
  const opt = encodeOpt(asked);
  const fixed = Buffer.alloc(12 + name.length + 4);
  fixed.writeUInt16BE(id, 0);
  fixed.writeUInt16BE(flags, 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt16BE(opt.length === 0 ? 0 : 1, 10);
  fixed.set(name, 12);
  fixed.writeUInt16BE(typeCode(asked.type), 12 + name.length);
  fixed.writeUInt16BE(CLASSES[asked.class ?? 'IN'], 14 + name.length);
  return Buffer.concat([fixed, opt]);
}

function encodeOpt(asked: Case): Buffer {
  if (asked.edns === undefined || asked.edns === null) return Buffer.alloc(0);
  const data = asked.option === undefined ? Buffer.alloc(0) : encodeOption(asked.option);
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(TYPES.OPT, 1);
  opt.writeUInt16BE(asked.edns, 3);
  opt.writeUInt8(asked.version ?? 0, 6);
  opt.writeUInt16BE(asked.do === true ? 0x8000 : 0, 7);
  opt.writeUInt16BE(data.length, 9);
  return Buffer.concat([opt, data]);
}

function encodeOption([code, hex]: readonly [number, string]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code, 0);
  head.writeUInt16BE(hex.length / 2, 2);
  return Buffer.concat([head, Buffer.from(hex, 'hex')]);
}
