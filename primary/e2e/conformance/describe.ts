// An answer off the wire as the recordings write it. It shares no code with the server. Cold.

import { CLASSES, type Expectation, FLAG_BITS, TYPES } from './case.ts';

const RCODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];
const BADVERS = 16;

/** Reads a message; throws for one that is malformed or longer than its content. */
export function describeAnswer(message: Buffer): Expectation {
  const reader = new Reader(message);
  const word = message.readUInt16BE(2);
  const counts = [4, 6, 8, 10].map((at) => message.readUInt16BE(at));
  const question = Array.from({ length: counts[0] }, () => `${reader.name()} ${reader.klass()}`).map((text) => text);
  const [answer, authority, rest] = counts
    .slice(1)
    .map((count) => Array.from({ length: count }, () => reader.record()));
  if (reader.at !== message.length) throw new Error(`${message.length - reader.at} octets behind the message`);
  const additional = rest.filter((record) => record !== null);
  const rcode = (word & 15) | ((reader.edns?.extended ?? 0) << 4);
  return {
    rcode: rcode === BADVERS ? 'BADVERS' : (RCODES[rcode] ?? String(rcode)),
    flags: Object.keys(FLAG_BITS)
      .filter((flag) => (word & FLAG_BITS[flag]) !== 0)
      .join(' '),
    question,
    ...nonEmpty({ answer: answer as string[], authority: authority as string[], additional: additional as string[] }),
    ...(reader.edns === null ? {} : { edns: reader.edns.shown }),
  };
}

function nonEmpty(sections: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(sections).filter(([, records]) => records.length > 0));
}

const mnemonic = (table: Readonly<Record<string, number>>, code: number, prefix: string): string =>
  Object.keys(table).find((name) => table[name] === code) ?? `${prefix}${code}`;

type Edns = { extended: number; shown: NonNullable<Expectation['edns']> };

class Reader {
  at = 12;
  edns: Edns | null = null;
  readonly #message: Buffer;

  constructor(message: Buffer) {
    this.#message = message;
  }

  name(): string {
    const [text, end] = this.#nameAt(this.at);
    this.at = end;
    return text;
  }

  /** `CLASS TYPE` of a question. */
  klass(): string {
    const type = this.#u16();
    return `${mnemonic(CLASSES, this.#u16(), 'CLASS')} ${mnemonic(TYPES, type, 'TYPE')}`;
  }

  /** One record; null for the OPT, which is kept in `edns`. */
  record(): string | null {
    const owner = this.name();
    const type = this.#u16();
    const klass = this.#u16();
    const ttl = this.#u32();
    const length = this.#u16();
    const end = this.at + length;
    if (end > this.#message.length) throw new Error('RDATA is cut off');
    if (type === TYPES.OPT) {
      this.#opt(klass, ttl, end);
      return null;
    }
    const rdata = this.#rdata(type, end);
    if (this.at !== end) throw new Error(`RDLENGTH of a ${mnemonic(TYPES, type, 'TYPE')} is wrong`);
    return `${owner} ${ttl} ${mnemonic(CLASSES, klass, 'CLASS')} ${mnemonic(TYPES, type, 'TYPE')} ${rdata}`;
  }

  #opt(size: number, ttl: number, end: number): void {
    const options: [number, string][] = [];
    while (this.at < end) {
      const code = this.#u16();
      const length = this.#u16();
      options.push([code, this.#message.toString('hex', this.at, this.at + length)]);
      this.at += length;
    }
    this.edns = {
      extended: ttl >>> 24,
      shown: { version: (ttl >>> 16) & 255, udp: size, do: (ttl & 0x8000) !== 0, options },
    };
  }

  #rdata(type: number, end: number): string {
    switch (type) {
      case TYPES.A:
        return this.#take(4).join('.');
      case TYPES.AAAA:
        return ipv6(this.#take(16));
      case TYPES.NS:
      case TYPES.CNAME:
      case TYPES.PTR:
        return this.name();
      case TYPES.MX:
        return `${this.#u16()} ${this.name()}`;
      case TYPES.SRV:
        return `${this.#u16()} ${this.#u16()} ${this.#u16()} ${this.name()}`;
      case TYPES.SOA:
        return this.#soa();
      case TYPES.TXT:
      case TYPES.HINFO:
        return this.#strings(end);
      case TYPES.CAA:
        return this.#caa(end);
      case TYPES.HTTPS:
        return this.#https(end);
      default:
        return `\\# ${end - this.at} ${this.#take(end - this.at).toString('hex')}`;
    }
  }

  #soa(): string {
    const names = `${this.name()} ${this.name()}`;
    const [serial, ...timers] = [this.#u32(), this.#u32(), this.#u32(), this.#u32(), this.#u32()];
    return `${names} ${serial === 0 ? '0' : '*'} ${timers.join(' ')}`;
  }

  #strings(end: number): string {
    const texts: string[] = [];
    while (this.at < end) texts.push(`"${this.#take(this.#u8()).toString('latin1')}"`);
    return texts.join(' ');
  }

  #caa(end: number): string {
    const flags = this.#u8();
    const tag = this.#take(this.#u8()).toString('latin1');
    return `${flags} ${tag} "${this.#take(end - this.at).toString('latin1')}"`;
  }

  /** RFC 9460 with the keys that the zones of the recordings use: alpn (1) and ipv4hint (4). */
  #https(end: number): string {
    let text = `${this.#u16()} ${this.name()}`;
    while (this.at < end) {
      const key = this.#u16();
      const stop = this.#u16() + this.at;
      if (key === 4) text += ` ipv4hint="${this.#take(stop - this.at).join('.')}"`;
      else text += ` alpn="${this.#list(stop).join(',')}"`;
    }
    return text;
  }

  #list(end: number): string[] {
    const items: string[] = [];
    while (this.at < end) items.push(this.#take(this.#u8()).toString('latin1'));
    return items;
  }

  #nameAt(from: number): [string, number] {
    let text = '';
    let at = from;
    let end = 0;
    for (let hops = 0; ; ) {
      const length = this.#message[at];
      if (length === undefined || hops > 127) throw new Error('a name does not end');
      if (length >= 0xc0) {
        end = end === 0 ? at + 2 : end;
        at = ((length & 0x3f) << 8) | this.#message[at + 1];
        hops++;
      } else if (length === 0) return [text === '' ? '.' : text, end === 0 ? at + 1 : end];
      else {
        text += `${escapeLabel(this.#message.subarray(at + 1, at + 1 + length))}.`;
        at += length + 1;
      }
    }
  }

  #take(length: number): Buffer {
    this.at += length;
    return this.#message.subarray(this.at - length, this.at);
  }
  #u8(): number {
    return this.#take(1).readUInt8();
  }
  #u16(): number {
    return this.#take(2).readUInt16BE();
  }
  #u32(): number {
    return this.#take(4).readUInt32BE();
  }
}

function escapeLabel(label: Buffer): string {
  return [...label]
    .map((octet) =>
      octet <= 0x20 || octet > 0x7e
        ? `\\${String(octet).padStart(3, '0')}`
        : String.fromCharCode(octet).replace(/["().;\\@$]/, '\\$&'),
    )
    .join('');
}

/** RFC 5952. */
function ipv6(octets: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(2 * i).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
