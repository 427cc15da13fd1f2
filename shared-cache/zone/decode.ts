// The bytes of an entry back to its key and plain values, as copies that outlive it. Used by the writer. Cold.

import { type Address, IPV4_BYTES, IPV6_BYTES, readAddress } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import {
  addresses,
  type EntryData,
  type Key,
  plain,
  type RrsetData,
  relative,
  type TargetGroup,
  targets,
} from './entry.ts';
import {
  align4,
  ENTRY_FLAGS,
  ENTRY_NAME,
  ENTRY_NAME_LENGTH,
  ENTRY_RRSETS,
  Form,
  RRSET_COUNT,
  RRSET_DATA,
  RRSET_DATA_BYTES,
  RRSET_FORM,
  RRSET_SKIP,
  RRSET_TTL,
  RRSET_TYPE,
  RRSET_WEIGHT,
} from './layout.ts';

/** The key of the entry at `at`. */
export function decodeKey(bytes: Uint8Array, at: number): Key {
  return textOf(bytes, at + ENTRY_NAME, bytes[at + ENTRY_NAME_LENGTH]);
}

/** The content of the entry at `at`. */
export function decodeEntry(bytes: Uint8Array, words: Uint32Array, at: number): EntryData {
  const rrsets: RrsetData[] = [];
  let rrsetAt = at + align4(ENTRY_NAME + bytes[at + ENTRY_NAME_LENGTH]);
  for (let left = get16(bytes, at + ENTRY_RRSETS); left > 0; left--) {
    const ttl = words[(rrsetAt + RRSET_TTL) >>> 2];
    const dataBytes = words[(rrsetAt + RRSET_DATA_BYTES) >>> 2];
    rrsets.push(decodeRrset(bytes, rrsetAt, ttl, dataBytes));
    rrsetAt += RRSET_DATA + align4(dataBytes);
  }
  return { flags: bytes[at + ENTRY_FLAGS], rrsets };
}

function decodeRrset(bytes: Uint8Array, at: number, ttl: number, dataBytes: number): RrsetData {
  const type = get16(bytes, at + RRSET_TYPE);
  const count = get16(bytes, at + RRSET_COUNT);
  const data = new DataReader(bytes, at + RRSET_DATA);
  switch (bytes[at + RRSET_FORM]) {
    case Form.PACKED:
      return addresses(type, ttl, data.addresses(count, type === TYPE.A ? IPV4_BYTES : IPV6_BYTES));
    case Form.RELATIVE:
      return relative(
        type,
        ttl,
        data.list(count, () => data.labels()),
      );
    case Form.TARGETS:
      return { ...targets(ttl, get16(bytes, at + RRSET_WEIGHT), bytes[at + RRSET_SKIP], data.groups(dataBytes)), type };
    default:
      return plain(
        type,
        ttl,
        data.list(count, () => data.rdata()),
      );
  }
}

/** Reads the data of an RRset from the front to the back. */
class DataReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  list<T>(count: number, read: () => T): T[] {
    return Array.from({ length: count }, read);
  }

  addresses(count: number, width: number): Address[] {
    return this.list(count, () => readAddress(this.#bytes, this.#skip(width), width));
  }

  rdata(): Uint8Array {
    const length = this.#number();
    const at = this.#skip(length);
    return this.#bytes.slice(at, at + length);
  }

  labels(): string {
    const length = this.#bytes[this.#skip(1)];
    return textOf(this.#bytes, this.#skip(length), length);
  }

  groups(dataBytes: number): TargetGroup[] {
    const end = this.#at + dataBytes;
    const groups: TargetGroup[] = [];
    while (this.#at < end) groups.push(this.#group());
    return groups;
  }

  #group(): TargetGroup {
    const label = this.labels();
    const [a, aaaa, ports] = [this.#number(), this.#number(), this.#number()];
    return {
      label,
      ports: this.list(ports, () => this.#number()),
      a: this.addresses(a, IPV4_BYTES),
      aaaa: this.addresses(aaaa, IPV6_BYTES),
    };
  }

  /** In network order. */
  #number(): number {
    const at = this.#skip(2);
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }

  /** Where the next octets lie. */
  #skip(octets: number): number {
    const at = this.#at;
    this.#at += octets;
    return at;
  }
}

/** Octets as one-byte characters. */
function textOf(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1');
}

/** In the machine's order. */
function get16(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8);
}
