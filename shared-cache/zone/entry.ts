// What a name of an image holds, as plain objects, and builders for its RRsets. Used by everything that compiles zones. Cold.

import { ADDRESS_MARK, CLIENT_MARK, Form } from './layout.ts';

const TYPE_A = 1;
const TYPE_SRV = 33;
const TYPE_AAAA = 28;
/** RFC 2181 section 8: a TTL has 31 bits. */
const MAX_TTL = 0x7fffffff;
const MAX_LABEL = 63;
/** Without the root (RFC 1035 section 3.1). */
const MAX_OWN = 254;

/** One RRset, ready to be published; the builders below make them. */
export interface RrsetData {
  readonly type: number;
  readonly form: Form;
  /** Form TARGETS: number of leading QNAME labels that are not part of the target. */
  readonly skip: number;
  /** Records. */
  readonly count: number;
  /** Form TARGETS: weight of every record. */
  readonly weight: number;
  /** Seconds. */
  readonly ttl: number;
  /** As `Form` draws it. */
  readonly data: Uint8Array;
}

/** All that is known of one name. */
export interface EntryData {
  /** Bits of `EntryFlag`. */
  readonly flags: number;
  /** At most one of a type. None: the name exists without data (NODATA). */
  readonly rrsets: readonly RrsetData[];
}

/** SRV targets that share their ports and addresses. */
export interface TargetGroup {
  /** The target's own label with its length octet, or several, without the root; left out when the target is what remains of the QNAME. */
  readonly label?: Uint8Array;
  readonly ports: readonly number[];
  /** Glue: addresses of 4 octets. */
  readonly a: readonly Uint8Array[];
  /** Glue: addresses of 16 octets. */
  readonly aaaa: readonly Uint8Array[];
}

/** A or AAAA records from addresses of 4 or 16 octets. */
export function addresses(type: number, ttl: number, list: readonly Uint8Array[]): RrsetData {
  const width = type === TYPE_A ? 4 : 16;
  if (type !== TYPE_A && type !== TYPE_AAAA)
    throw new RangeError(`type ${type} has no addresses; allowed: 1 (A), 28 (AAAA)`);
  return rrset(type, Form.PACKED, ttl, list.length, join(list, width));
}

/** Records of any type from their RDATA, names within uncompressed. */
export function plain(type: number, ttl: number, rdatas: readonly Uint8Array[]): RrsetData {
  const data = new Uint8Array(
    rdatas.reduce((bytes, rdata) => bytes + 2 + limited(rdata.length, 0xffff, 'RDATA length'), 0),
  );
  let at = 0;
  for (const rdata of rdatas) {
    at = put16(data, at, rdata.length);
    data.set(rdata, at);
    at += rdata.length;
  }
  return rrset(type, Form.PLAIN, ttl, rdatas.length, data);
}

/** Records whose RDATA is one name below the image's origin zone: wire labels without the root octet. */
export function relative(type: number, ttl: number, names: readonly Uint8Array[]): RrsetData {
  const data = new Uint8Array(names.reduce((bytes, name) => bytes + 1 + limited(name.length, 254, 'name length'), 0));
  let at = 0;
  for (const name of names) {
    data[at++] = name.length;
    data.set(name, at);
    at += name.length;
  }
  return rrset(type, Form.RELATIVE, ttl, names.length, data);
}

/** SRV records with their glue; see `Form.TARGETS`. `skip`: leading QNAME labels that are not part of the target. */
export function targets(ttl: number, weight: number, skip: number, groups: readonly TargetGroup[]): RrsetData {
  const data = new Uint8Array(groups.reduce((bytes, group) => bytes + groupBytes(group), 0));
  let at = 0;
  let count = 0;
  for (const group of groups) {
    at = putGroup(data, at, group);
    count += group.ports.length;
  }
  return {
    ...rrset(TYPE_SRV, Form.TARGETS, ttl, count, data),
    skip: limited(skip, 127, 'skip'),
    weight: limited(weight, 0xffff, 'weight'),
  };
}

/** The name under which an image keeps what an address of 4 or 16 octets is called. */
export function addressKey(address: Uint8Array): Uint8Array {
  return markedKey(ADDRESS_MARK, address);
}

/** The name under which an image keeps whose an address of 4 or 16 octets is: another one than `addressKey`, so that both can change by themselves. */
export function clientKey(address: Uint8Array): Uint8Array {
  return markedKey(CLIENT_MARK, address);
}

function markedKey(mark: number, address: Uint8Array): Uint8Array {
  if (address.length !== 4 && address.length !== 16)
    throw new RangeError(`an address of ${address.length} octets; allowed: 4, 16`);
  const key = new Uint8Array(address.length + 1);
  key[0] = mark;
  key.set(address, 1);
  return key;
}

function rrset(type: number, form: Form, ttl: number, count: number, data: Uint8Array): RrsetData {
  limited(type, 0xffff, 'type');
  limited(ttl, MAX_TTL, 'TTL');
  limited(count, 0xffff, 'record count');
  return { type, form, skip: 0, count, weight: 0, ttl, data };
}

function join(list: readonly Uint8Array[], width: number): Uint8Array {
  const data = new Uint8Array(list.length * width);
  let at = 0;
  for (const address of list) at = putAddress(data, at, address, width);
  return data;
}

function putAddress(data: Uint8Array, at: number, address: Uint8Array, width: number): number {
  if (address.length !== width)
    throw new RangeError(`an address of ${address.length} octets where ${width} are needed`);
  data.set(address, at);
  return at + width;
}

function groupBytes(group: TargetGroup): number {
  return 7 + (group.label?.length ?? 0) + 2 * group.ports.length + 4 * group.a.length + 16 * group.aaaa.length;
}

function putGroup(data: Uint8Array, start: number, group: TargetGroup): number {
  let at = start;
  const label = group.label;
  data[at++] = label === undefined ? 0 : label.length;
  if (label !== undefined) {
    if (!isRelativeName(label))
      throw new RangeError('what an SRV target has of its own is not labels of 1…63 octets with their length octets');
    data.set(label, at);
    at += label.length;
  }
  at = put16(data, at, limited(group.a.length, 0xffff, 'address count'));
  at = put16(data, at, limited(group.aaaa.length, 0xffff, 'address count'));
  at = put16(data, at, limited(group.ports.length, 0xffff, 'port count'));
  for (const port of group.ports) at = put16(data, at, limited(port, 0xffff, 'port'));
  for (const address of group.a) at = putAddress(data, at, address, 4);
  for (const address of group.aaaa) at = putAddress(data, at, address, 16);
  return at;
}

/** True for 1…254 octets of labels without the root. */
function isRelativeName(labels: Uint8Array): boolean {
  let at = 0;
  while (at < labels.length && labels[at] > 0 && labels[at] <= MAX_LABEL) at += 1 + labels[at];
  return at > 0 && at === labels.length && at <= MAX_OWN;
}

function put16(data: Uint8Array, at: number, value: number): number {
  data[at] = value >>> 8;
  data[at + 1] = value;
  return at + 2;
}

function limited(value: number, most: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(`${what} ${value} is not within 0…${most}`);
  return value;
}
