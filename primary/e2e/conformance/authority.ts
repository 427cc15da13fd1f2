// A small authoritative responder that answers the recordings' zones as the name server did that was asked for them: RFC 1034 §4.3.2
// without delegations, wildcards (RFC 4592), negative answers (RFC 2308). Stands in for it where it is not installed. Cold.

import { CLASSES, FLAG_BITS, TYPES } from './case.ts';
import { MessageWriter } from './message-writer.ts';
import type { Rdata, Zone, ZoneRecord } from './zone-file.ts';

const RCODE = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, NOTAUTH: 9 } as const;
const CLASSIC_UDP = 512;
const MAX_CNAMES = 8;
/** What a name server says about itself in class CH. */
const CHAOS: Readonly<Record<string, string>> = {
  'version.bind.': 'NSD 4.6.1',
  'version.server.': 'NSD 4.6.1',
  'hostname.bind.': 'vm',
  'id.server.': 'vm',
};

interface Question {
  /** As it was spelled. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Offset behind it. */
  readonly end: number;
}

/** What goes into an answer; `authoritative` sets AA. */
interface Reply {
  readonly rcode: number;
  readonly authoritative?: boolean;
  readonly answer?: readonly ZoneRecord[];
  readonly authority?: readonly ZoneRecord[];
  readonly additional?: readonly ZoneRecord[];
}

export class Authority {
  readonly #zones: readonly Zone[];

  constructor(zones: readonly Zone[]) {
    this.#zones = zones;
  }

  /** The answer to a message; undefined for what deserves none. `tcp` lifts the size limit. */
  answer(message: Buffer, tcp: boolean): Buffer | undefined {
    if (message.length < 12 || (message.readUInt16BE(2) & FLAG_BITS.QR) !== 0) return undefined;
    if (((message.readUInt16BE(2) >> 11) & 15) !== 0) return headerOnly(message, RCODE.NOTIMP);
    const question = readQuestion(message);
    if (question === undefined) return headerOnly(message, RCODE.FORMERR);
    const opt = readOpt(message, question.end);
    const limit = tcp ? 65_535 : Math.max(CLASSIC_UDP, opt?.size ?? CLASSIC_UDP);
    return write(message, question, this.#reply(question, tcp), limit, opt);
  }

  #reply(question: Question, tcp: boolean): Reply {
    const name = question.name.toLowerCase();
    if (question.class === CLASSES.CH) return chaos(name, question.type);
    const zone = this.#zoneOf(name);
    if (zone === undefined || (question.class !== CLASSES.IN && question.class !== CLASSES.ANY))
      return { rcode: RCODE.REFUSED };
    if (question.type === TYPES.AXFR) return { rcode: tcp ? RCODE.REFUSED : RCODE.NOTIMP };
    if (question.type === TYPES.IXFR) return { rcode: RCODE.NOTAUTH };
    const reply = new Lookup(zone).run(name, question.type);
    if (question.class === CLASSES.IN) return { ...reply, authoritative: true };
    return { rcode: reply.rcode, answer: reply.answer ?? [] };
  }

  #zoneOf(name: string): Zone | undefined {
    return this.#zones.find(({ apex }) => name === apex || name.endsWith(`.${apex}`));
  }
}

/** One question in one zone. */
class Lookup {
  readonly #zone: Zone;
  readonly #answer: ZoneRecord[] = [];

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  run(qname: string, type: number): Reply {
    let name = qname;
    for (let i = 0; i < MAX_CNAMES && this.#inZone(name); i++) {
      const node = this.#node(name);
      if (node === undefined) return this.#negative(RCODE.NXDOMAIN);
      const found = rrset(node, type);
      if (found.length > 0) return this.#positive(found, type);
      const [alias] = rrset(node, TYPES.CNAME);
      if (alias === undefined) return this.#negative(RCODE.NOERROR);
      this.#answer.push(alias);
      name = String(alias.rdata[0]).toLowerCase();
    }
    return this.#positive([], type);
  }

  #inZone(name: string): boolean {
    return name === this.#zone.apex || name.endsWith(`.${this.#zone.apex}`);
  }

  /** Records of a name, those of a wildcard with the name as their owner, none for an empty non-terminal; undefined when it does not exist. */
  #node(name: string): readonly ZoneRecord[] | undefined {
    const own = this.#zone.records.get(name);
    if (own !== undefined) return own;
    if ([...this.#zone.records.keys()].some((owner) => owner.endsWith(`.${name}`))) return [];
    for (let above = parent(name); this.#inZone(above); above = parent(above)) {
      const wildcard = this.#zone.records.get(`*.${above}`);
      if (wildcard !== undefined) return wildcard.map((record) => ({ ...record, owner: name }));
      if (this.#zone.records.has(above)) return undefined;
    }
    return undefined;
  }

  #positive(found: readonly ZoneRecord[], type: number): Reply {
    this.#answer.push(...found);
    const atApex = rrset(this.#zone.records.get(this.#zone.apex) ?? [], TYPES.NS);
    const authority = type === TYPES.ANY || (type === TYPES.NS && found.length > 0) ? [] : atApex;
    const additional = this.#addressesOf([...this.#answer, ...authority]);
    return { rcode: RCODE.NOERROR, answer: this.#answer, authority, additional };
  }

  /** Addresses of the hosts that NS, MX and SRV records name, which are not in the answer already. */
  #addressesOf(records: readonly ZoneRecord[]): ZoneRecord[] {
    const hosts = new Set(records.flatMap(({ type, rdata }) => hostOf(type, rdata) ?? []));
    return [...hosts].flatMap((host) => {
      const node = this.#zone.records.get(host) ?? [];
      return [...rrset(node, TYPES.A), ...rrset(node, TYPES.AAAA)].filter((record) => !this.#answer.includes(record));
    });
  }

  /** The SOA lives as long as a negative answer may be kept: the smaller of its TTL and its minimum (RFC 2308 §5). */
  #negative(rcode: number): Reply {
    const authority = rrset(this.#zone.records.get(this.#zone.apex) ?? [], TYPES.SOA).map((soa) => {
      const numbers = soa.rdata[2] as Buffer;
      return { ...soa, ttl: Math.min(soa.ttl, numbers.readUInt32BE(16)) };
    });
    return { rcode, answer: this.#answer, authority };
  }
}

function parent(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

/** All records of a type; for ANY those of the first type only (RFC 8482 §4.1). */
function rrset(node: readonly ZoneRecord[], type: number): ZoneRecord[] {
  const wanted = type === TYPES.ANY ? node[0]?.type : type;
  return node.filter((record) => record.type === wanted);
}

function hostOf(type: number, rdata: Rdata): string | undefined {
  if (type === TYPES.NS) return String(rdata[0]).toLowerCase();
  if (type === TYPES.MX) return String(rdata[1]).toLowerCase();
  return type === TYPES.SRV ? labelsOf(rdata[1] as Buffer, 0).name.toLowerCase() : undefined;
}

function chaos(name: string, type: number): Reply {
  const text = type === TYPES.TXT ? CHAOS[name] : undefined;
  if (text === undefined) return { rcode: RCODE.REFUSED };
  const rdata = [Buffer.from([text.length, ...Buffer.from(text)])];
  return { rcode: RCODE.NOERROR, answer: [{ owner: name, ttl: 0, class: CLASSES.CH, type: TYPES.TXT, rdata }] };
}

/** The name at `from`, uncompressed, and the offset behind it. */
export function labelsOf(octets: Buffer, from: number): { name: string; end: number } {
  let name = '';
  let at = from;
  for (; octets[at] > 0 && octets[at] < 64; at += 1 + octets[at])
    name += `${octets.toString('latin1', at + 1, at + 1 + octets[at])}.`;
  return { name: name === '' ? '.' : name, end: at + 1 };
}

function readQuestion(message: Buffer): Question | undefined {
  if (message.readUInt16BE(4) !== 1) return undefined;
  const { name, end } = labelsOf(message, 12);
  if (end + 4 > message.length) return undefined;
  return { name, type: message.readUInt16BE(end), class: message.readUInt16BE(end + 2), end: end + 4 };
}

/** An OPT that is the only record behind the question. */
function readOpt(message: Buffer, at: number): { size: number; do: boolean } | undefined {
  if (message.readUInt16BE(10) === 0 || message.length < at + 11 || message.readUInt16BE(at + 1) !== TYPES.OPT)
    return undefined;
  return { size: message.readUInt16BE(at + 3), do: (message[at + 7] & 0x80) !== 0 };
}

function headerOnly(message: Buffer, rcode: number): Buffer {
  const header = Buffer.alloc(12);
  message.copy(header, 0, 0, 4);
  header.writeUInt16BE(FLAG_BITS.QR | (message.readUInt16BE(2) & (0x7800 | FLAG_BITS.RD)) | rcode, 2);
  return header;
}

/** An answer section that does not fit is left out as a whole, with TC; the others are left out without it. */
function write(
  message: Buffer,
  question: Question,
  reply: Reply,
  limit: number,
  opt: ReturnType<typeof readOpt>,
): Buffer {
  const head = Buffer.concat([headerOnly(message, reply.rcode), message.subarray(12, question.end)]);
  const room = limit - (opt === undefined ? 0 : 11);
  const whole = compose(head, question, [reply.answer ?? [], reply.authority ?? [], reply.additional ?? []], room);
  const { writer, counts, fits } = whole.fits ? whole : compose(head, question, [[], [], []], room);
  if (opt !== undefined) writer.append(optRecord(opt.do));
  const answer = writer.finish();
  const flags =
    answer.readUInt16BE(2) |
    (reply.authoritative === true ? FLAG_BITS.AA : 0) |
    (whole.fits && fits ? 0 : FLAG_BITS.TC);
  answer.writeUInt16BE(flags, 2);
  [1, ...counts].forEach((count, i) => {
    answer.writeUInt16BE(count + (i === 3 && opt !== undefined ? 1 : 0), 4 + 2 * i);
  });
  return answer;
}

function compose(
  head: Buffer,
  question: Question,
  sections: readonly (readonly ZoneRecord[])[],
  limit: number,
): { writer: MessageWriter; counts: number[]; fits: boolean } {
  const writer = new MessageWriter(head, question.name);
  const counts = sections.map((records) => records.filter((record) => writer.record(record, limit)).length);
  return { writer, counts, fits: counts[0] === sections[0].length };
}

function optRecord(dnssecOk: boolean): Buffer {
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(TYPES.OPT, 1);
  opt.writeUInt16BE(1232, 3);
  opt.writeUInt16BE(dnssecOk ? 0x8000 : 0, 7);
  return opt;
}
