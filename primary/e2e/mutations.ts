// Packets of all kinds of wrongness from a seed: random octets, and queries with octets changed, cut, doubled and moved. Used by the fuzz test. Cold.

import { opt, packet, SENTINEL } from './packets.ts';

/** Small, fast and good enough: the same numbers for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  octets(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

const TYPES = ['A', 'AAAA', 'SRV', 'TXT', 'PTR', 'MX', 'NS', 'SOA', 'CNAME', 'ANY', 'HTTPS', 'DS', 'AXFR', 'TYPE65280'];
const SIZES = [0, 100, 512, 513, 1232, 1400, 4096, 65_535];
const OPTIONS = [
  [10, '0102030405060708'],
  [3, ''],
  [12, '00'.repeat(40)],
  [8, '00011800c00002'],
  [15, '0006'],
  [65_001, 'ff'],
] as const;
/** Octets that mean something where lengths, pointers and types stand. */
const TELLING = [0x00, 0x01, 0x0c, 0x29, 0x3f, 0x40, 0x80, 0xbf, 0xc0, 0xff];
const HEADER = 12;

type Mutation = (random: Random, message: Buffer) => Buffer;

const mutations: readonly Mutation[] = [
  (random, message) => change(message, random.below(message.length), random.below(256)),
  (random, message) => change(message, random.below(message.length), random.pick(TELLING)),
  (random, message) => change(message, Math.min(HEADER + random.below(40), message.length - 1), random.pick(TELLING)),
  (random, message) => change(message, 2 + random.below(10), random.below(256)),
  (random, message) => change(message, 2 + random.below(10), random.below(4)),
  (random, message) => message.subarray(0, 2 + random.below(message.length - 1)),
  (random, message) => Buffer.concat([message, random.octets(1 + random.below(600))]),
  (random, message) => {
    const at = random.below(message.length);
    return Buffer.concat([message.subarray(0, at), random.octets(1 + random.below(20)), message.subarray(at)]);
  },
  (random, message) => {
    const [from, to] = [random.below(message.length), random.below(message.length)].sort((a, b) => a - b);
    return Buffer.concat([message.subarray(0, to), message.subarray(from)]);
  },
  (random, message) => Buffer.concat([message.subarray(0, HEADER), random.octets(random.below(80))]),
];

function change(message: Buffer, at: number, octet: number): Buffer {
  const changed = Buffer.from(message);
  changed[at] = octet;
  return changed;
}

/** An endless supply of packets; ids count up, so that answers can be told apart. */
export class Packets {
  readonly #random: Random;
  readonly #names: readonly string[];
  #id = 0;

  /** `names`: absolute, of everything that the server serves. */
  constructor(seed: number, names: readonly string[]) {
    this.#random = new Random(seed);
    this.#names = names;
  }

  /** Octets 0 and 1, if there are any, are the next id, which is never that of the sentinel. */
  next(): Buffer {
    const message = Buffer.from(this.#build());
    this.#id = (this.#id + 1) % SENTINEL;
    if (message.length >= 2) message.writeUInt16BE(this.#id, 0);
    return message;
  }

  #build(): Buffer {
    const random = this.#random;
    const kind = random.below(10);
    if (kind === 0) return random.octets(random.below(700));
    let message = this.#query();
    if (kind <= 3) return message;
    for (let rounds = 1 + random.below(3); rounds > 0 && message.length > HEADER; rounds--)
      message = random.pick(mutations)(random, message);
    return message;
  }

  #query(): Buffer {
    const random = this.#random;
    const additional = [0, 0, 1, 1, 2, 3][random.below(6)];
    return packet({
      name: this.#name(),
      type: random.pick(TYPES),
      flags: random.below(4) === 0 ? random.below(0x10000) & 0x87ff : 0x0100,
      class: random.below(10) === 0 ? random.below(256) : 1,
      additional: Array.from({ length: additional }, () => this.#opt()),
    });
  }

  #name(): string {
    const random = this.#random;
    const name = random.pick(this.#names);
    if (random.below(4) > 0) return name;
    const labels = Array.from({ length: 1 + random.below(6) }, () => 'x'.repeat(1 + random.below(20)));
    return `${labels.join('.')}.${name === '.' ? '' : name}`;
  }

  #opt(): Buffer {
    const random = this.#random;
    return opt({
      size: random.pick(SIZES),
      version: random.below(8) === 0 ? random.below(256) : 0,
      flags: random.pick([0, 0x8000, random.below(0x10000)]),
      options: Array.from({ length: random.below(4) }, () => random.pick(OPTIONS)),
    });
  }
}

/** The most octets that an answer over UDP may have: no OPT that anybody could find in the query allows more. */
export function answerLimit(query: Buffer): number {
  let limit = 512;
  for (let at = HEADER; at + 4 <= query.length; at++)
    if (query[at] === 0 && query[at + 1] === 41) limit = Math.max(limit, query.readUInt16BE(at + 2));
  return limit;
}
