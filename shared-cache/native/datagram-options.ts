// What a socket's options mean, and which make no sense. Cold.

import { type Address, readAddress } from './address.ts';
import type { DatagramOptions } from './datagram.ts';

/** Name of the option, smallest and largest value. */
const RANGES = [
  ['port', 0, 65_535],
  ['receiveBuffer', 0, 2 ** 30],
  ['batch', 1, 64],
  ['slotBytes', 1, 65_536],
  ['sendBytes', 1, 65_536],
] as const;

/** @throws RangeError that names the option and what is allowed */
export function checkOptions(options: DatagramOptions): void {
  for (const [name, least, most] of RANGES) {
    const value = options[name];
    if (!Number.isInteger(value) || value < least || value > most)
      throw new RangeError(`datagram option ${name}: whole numbers from ${least} to ${most} allowed, got ${value}`);
  }
}

/** The address to bind to as it was written; '' when there is none. */
export function sourceOf(options: DatagramOptions): string {
  return options.local ?? options.address;
}

/**
 * What to bind to; undefined is the wildcard. An IPv4 address in IPv6 clothes means an IPv4 socket.
 * @throws TypeError when it is no address, or one of the other family
 */
export function bindAddress(options: DatagramOptions): Address | undefined {
  const text = sourceOf(options);
  if (text === '' || text === '0.0.0.0' || text === '::') return undefined;
  const address = readAddress(text);
  if (address.family !== options.family && !(options.family === 6 && text.includes(':')))
    throw new TypeError(`"${text}" is not an IPv${options.family} address`);
  return address;
}
