// One trimmed object as one line of a state file, and back. Addresses stand as text, so that the file can be read and searched. Cold.

import { octetsOf, textOf } from '../objects/address.ts';
import type { ClusterObject } from '../objects/object.ts';

const NO_OCTETS = new Uint8Array(0);

export function encodeLine(object: ClusterObject): string {
  return JSON.stringify(object, (_, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    return value.length === 0 ? '' : textOf(value);
  });
}

/** The checksum of the file has been compared: whatever is wrong here was written so. Throws SyntaxError or TypeError. */
export function decodeLine(line: string): ClusterObject {
  const plain = JSON.parse(line) as ClusterObject;
  switch (plain.kind) {
    case 'Service':
      return {
        ...plain,
        addresses: plain.addresses.map(octets),
        externalAddresses: plain.externalAddresses.map(octets),
      };
    case 'EndpointSlice':
      return {
        ...plain,
        endpoints: plain.endpoints.map((endpoint) => ({ ...endpoint, address: octets(endpoint.address) })),
      };
    case 'Namespace':
    case 'Pod':
      return plain;
    default:
      throw new TypeError(`an object of an unknown kind: ${line.slice(0, 80)}`);
  }
}

/** What the type calls octets is text in the file. */
function octets(text: unknown): Uint8Array {
  return text === '' ? NO_OCTETS : (octetsOf(String(text)) ?? NO_OCTETS);
}
