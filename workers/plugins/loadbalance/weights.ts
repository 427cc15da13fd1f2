// The file of weights: parsed and published as an image by the primary. Cold.

import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { readAddress } from '#native/address.ts';
import { type Address, addressOf, isIpv4 } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import { LOWER } from '#wire/hash.ts';
import { encodeName, NameError } from '#wire/name.ts';
import { addresses, type Key, plain, type RrsetData } from '#zone/entry.ts';
import { Fill } from '#zone/fill.ts';
import type { ImageWriter } from '#zone/writer.ts';
import { ConfigError } from '../contract.ts';
import type { LoadbalanceOptions } from './setup.ts';

/**
 * Private types (RFC 6895 §3.1) of the RRsets that hold the weights of an entry's A and AAAA RRsets: form PLAIN, one RDATA with one octet an
 * address, in the order of the addresses.
 */
export const WEIGHTS_A = 65281;
export const WEIGHTS_AAAA = 65282;

/** Addresses of one name and their weights. */
export interface NameWeights {
  readonly key: Key;
  readonly weights: { readonly address: Address; readonly weight: number }[];
}

/** Reads lines `NAME`, each followed by lines `ADDRESS WEIGHT`; `#` begins a comment. Throws ConfigError with file and line. */
export function parseWeights(text: string, file: string): NameWeights[] {
  const names: NameWeights[] = [];
  text.split('\n').forEach((line, index) => {
    const words = line
      .replace(/#.*$/, '')
      .split(/\s+/)
      .filter((word) => word !== '');
    const fail = (what: string) => new ConfigError(`${file}:${index + 1}: ${what}: ${line.trim()}`);
    if (words.length === 0) return;
    if (words.length === 1) names.push({ key: keyOf(words[0], fail), weights: [] });
    else if (words.length > 2) throw fail('a line has a name, or an address and a weight');
    else addWeight(names.at(-1), words[0], words[1], fail);
  });
  return names;
}

type Fail = (what: string) => ConfigError;

function keyOf(name: string, fail: Fail): Key {
  try {
    const wire = encodeName(name).map((octet) => LOWER[octet]);
    return Buffer.from(wire.subarray(0, -1)).toString('latin1');
  } catch (error) {
    if (error instanceof NameError) throw fail('not a domain name');
    throw error;
  }
}

function addWeight(name: NameWeights | undefined, address: string, weight: string, fail: Fail): void {
  if (name === undefined) throw fail('an address before the first name');
  if (isIP(address) === 0) throw fail('not an IP address');
  const value = /^\d+$/.test(weight) ? Number(weight) : 0;
  if (value < 1 || value > 255) throw fail('a weight is a number from 1 to 255');
  name.weights.push({ address: addressOf(readAddress(address).octets), weight: value });
}

/** Makes the image hold exactly these weights. Of a name that comes twice the last counts. */
export function publishWeights(image: ImageWriter, names: readonly NameWeights[]): void {
  const fill = new Fill(image);
  for (const { key, weights } of names) {
    const a = weights.filter(({ address }) => isIpv4(address));
    const aaaa = weights.filter(({ address }) => !isIpv4(address));
    fill.set(key, { flags: 0, rrsets: [...rrsets(TYPE.A, WEIGHTS_A, a), ...rrsets(TYPE.AAAA, WEIGHTS_AAAA, aaaa)] });
  }
  fill.finish();
  image.setSynced(true);
}

function rrsets(type: number, weightType: number, weights: NameWeights['weights']): RrsetData[] {
  if (weights.length === 0) return [];
  const values = Uint8Array.from(weights, ({ weight }) => weight);
  return [
    addresses(
      type,
      0,
      weights.map(({ address }) => address),
    ),
    plain(weightType, 0, [values]),
  ];
}

/** The file of weights of one plan, from `open` to `close`. Runs in the primary. */
export class WeightsSource {
  readonly #options: LoadbalanceOptions;
  readonly #image: ImageWriter;
  readonly #warn: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #seen = '';

  /** `image`: that of `options.image` in the segment of files; `warn` takes a text without level and plugin. */
  constructor(options: LoadbalanceOptions, image: ImageWriter, warn: (text: string) => void) {
    this.#options = options;
    this.#image = image;
    this.#warn = warn;
  }

  /** Publishes the weights, then looks at the file every `reload` interval. Throws ConfigError for a file that makes no sense. */
  open(): void {
    const { file, reload } = this.#options;
    try {
      this.look();
    } catch (error) {
      // A file that is not there yet may come, unless nobody will look again.
      if (error instanceof ConfigError || reload === 0) throw error instanceof ConfigError ? error : unreadable(file);
      this.#warn(`Failed to open weight file: ${file}. Will try again`);
    }
    if (reload > 0) this.#timer = setInterval(() => this.#poll(), reload).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Publishes the file if its time or size has changed; true when it did. Throws when it cannot be read or makes no sense. */
  look(): boolean {
    const { file } = this.#options;
    const { mtimeMs, size } = statSync(file);
    const seen = `${mtimeMs} ${size}`;
    if (seen === this.#seen) return false;
    const names = parseWeights(readFileSync(file, 'utf8'), file);
    this.#seen = seen;
    publishWeights(this.#image, names);
    return true;
  }

  /** A mistake leaves the weights as they were. */
  #poll(): void {
    try {
      this.look();
    } catch (error) {
      this.#warn(`Failed to update weights: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function unreadable(file: string): ConfigError {
  return new ConfigError(`weight file open error: ${file}`);
}
