// Random entries of all forms come back as they were; random nonsense is refused with a RangeError or comes back as it was.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '#wire/address.ts';
import { decodeEntry, decodeKey } from './decode.ts';
import { EntryEncoder } from './encode.ts';
import {
  addresses,
  addressKey,
  clientKey,
  type EntryData,
  type Key,
  plain,
  type RrsetData,
  relative,
  targets,
} from './entry.ts';
import { random } from './testing/names.ts';

const A = 1;
const AAAA = 28;
const SRV = 33;

class Source {
  readonly below: (n: number) => number;

  constructor(seed: number) {
    this.below = random(seed);
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }

  text(length: number, characters = 256): string {
    return Array.from({ length }, () => String.fromCharCode(this.below(characters))).join('');
  }

  labels(): string {
    return this.list(3, () => this.#label()).join('');
  }

  #label(): string {
    const length = 1 + this.below(63);
    return String.fromCharCode(length) + this.text(length);
  }

  a(): Address {
    return this.below(2 ** 32) | 0;
  }

  aaaa(): Address {
    return this.text(16);
  }

  key(): Key {
    const address = this.below(2) === 0 ? this.a() : this.aaaa();
    return [addressKey(address), clientKey(address), this.labels().toLowerCase()][this.below(3)];
  }

  rrset(type: number): RrsetData {
    const ttl = this.below(2 ** 31);
    if (type === A)
      return addresses(
        type,
        ttl,
        this.list(9, () => this.a()),
      );
    if (type === AAAA)
      return addresses(
        type,
        ttl,
        this.list(9, () => this.aaaa()),
      );
    if (type === SRV)
      return targets(
        ttl,
        this.below(65_536),
        this.below(128),
        this.list(4, () => this.#group()),
      );
    if (type % 2 === 0)
      return relative(
        type,
        ttl,
        this.list(4, () => this.labels()),
      );
    return plain(
      type,
      ttl,
      this.list(4, () => new Uint8Array(this.below(200)).fill(this.below(256))),
    );
  }

  #group() {
    return {
      label: this.labels(),
      ports: this.list(4, () => this.below(65_536)),
      a: this.list(3, () => this.a()),
      aaaa: this.list(3, () => this.aaaa()),
    };
  }

  entry(): EntryData {
    const types = new Set(this.list(6, () => [A, AAAA, SRV, 1 + this.below(65_535)][this.below(4)]));
    return { flags: this.below(256), rrsets: [...types].map((type) => this.rrset(type)) };
  }
}

test('random entries of all forms come back as they were', () => {
  const source = new Source(5);
  const encoder = new EntryEncoder(7);
  for (let i = 0; i < 2000; i++) {
    const [key, entry] = [source.key(), source.entry()];
    encoder.setKey(key);
    assert.equal(encoder.encode(entry) % 8, 0, `entry ${i}`);
    assert.equal(decodeKey(encoder.bytes, 0), key, `entry ${i}`);
    assert.deepEqual(decodeEntry(encoder.bytes, encoder.words, 0), entry, `entry ${i}`);
  }
});

test('an entry has the same octets whatever was encoded before it', () => {
  const source = new Source(6);
  const used = new EntryEncoder(7);
  for (let i = 0; i < 500; i++) {
    const [key, entry] = [source.key(), source.entry()];
    const [ours, fresh] = [used, new EntryEncoder(7)].map((encoder) => {
      encoder.setKey(key);
      return Buffer.from(encoder.bytes.buffer, 0, encoder.encode(entry));
    });
    // `encode` may have taken another buffer.
    assert.ok(
      Buffer.from(used.bytes.buffer, 0, ours.length).equals(Buffer.from(fresh.buffer, 0, fresh.length)),
      `${i}`,
    );
  }
});

test('random nonsense is refused with a RangeError, or comes back as it was', () => {
  const source = new Source(8);
  const { below } = source;
  const odd = (): number => [below(2 ** 32), -1, 0.5, Number.NaN, 2 ** 31, below(100), below(100)][below(7)];
  const text = (): string => source.text(below(20), [4, 256, 300][below(3)]);
  const address = (): Address => (below(2) === 0 ? odd() : text());
  const makers: (() => RrsetData)[] = [
    () => addresses(odd(), odd(), source.list(2, address)),
    () => relative(odd(), odd(), source.list(2, text)),
    () =>
      targets(odd(), odd(), odd(), [
        { label: text(), ports: source.list(2, odd), a: source.list(1, address), aaaa: source.list(1, address) },
      ]),
  ];
  const encoder = new EntryEncoder(7);
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    const key = text();
    const entry = { flags: odd(), rrsets: source.list(2, makers[below(makers.length)]) };
    try {
      encoder.setKey(key);
      encoder.encode(entry);
    } catch (error) {
      assert.ok(error instanceof RangeError, `${error}`);
      refused++;
      continue;
    }
    assert.equal(decodeKey(encoder.bytes, 0), key);
    assert.deepEqual(decodeEntry(encoder.bytes, encoder.words, 0), entry);
  }
  assert.ok(refused > 5000 && refused < 20_000, `${refused} refused`);
});
