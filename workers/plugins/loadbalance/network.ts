// Networks in CIDR notation, and whether an address is in one. `contains` is hot.

import { isIP } from 'node:net';
import { readAddress } from '#native/address.ts';

/** A network of one family. */
export class Network {
  /** Octets of its addresses: 4 or 16. */
  readonly width: number;
  readonly #octets: Uint8Array;
  readonly #bits: number;

  constructor(octets: Uint8Array, bits: number) {
    this.width = octets.length;
    this.#octets = octets;
    this.#bits = bits;
  }

  /** True when the first bits of the address at `bytes[at…]`, which has `width` octets, are those of the network. */
  contains(bytes: Uint8Array, at: number): boolean {
    const whole = this.#bits >> 3;
    for (let i = 0; i < whole; i++) if (bytes[at + i] !== this.#octets[i]) return false;
    const rest = this.#bits & 7;
    return rest === 0 || (bytes[at + whole] ^ this.#octets[whole]) >> (8 - rest) === 0;
  }
}

/** Undefined when the text is no network. */
export function parseNetwork(text: string): Network | undefined {
  const match = /^([^/%]+)\/(\d{1,3})$/.exec(text);
  if (match === null || isIP(match[1]) === 0) return undefined;
  const { octets } = readAddress(match[1]);
  const bits = Number(match[2]);
  return bits > octets.length * 8 ? undefined : new Network(octets, bits);
}
