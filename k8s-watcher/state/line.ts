// One trimmed object as one line of a state file, and back. Addresses stand as text, so that the file can be read and searched. Cold.

import type { Address } from '#wire/address.ts';
import { parseAddress, textOf } from '../objects/address.ts';
import type { ClusterObject, Endpoint } from '../objects/object.ts';

export function encodeLine(object: ClusterObject): string {
  return JSON.stringify(withAddresses(object, toText));
}

/** The checksum of the file has been compared: whatever is wrong here was written so. Throws SyntaxError or TypeError. */
export function decodeLine(line: string): ClusterObject {
  return withAddresses(JSON.parse(line) as ClusterObject, fromText);
}

/** The object with every address as `change` has it. A pod's is text already. */
function withAddresses(object: ClusterObject, change: (address: Address) => Address): ClusterObject {
  const each = (list: readonly Address[]): Address[] => list.map(change);
  const ends = (list: readonly Endpoint[]): Endpoint[] =>
    list.map((endpoint) => ({ ...endpoint, address: change(endpoint.address) }));
  switch (object.kind) {
    case 'Service':
      return { ...object, addresses: each(object.addresses), externalAddresses: each(object.externalAddresses) };
    case 'ServiceImport':
      return { ...object, addresses: each(object.addresses) };
    case 'EndpointSlice':
      return { ...object, endpoints: ends(object.endpoints) };
    case 'ImportSlice':
      return { ...object, endpoints: ends(object.endpoints) };
    case 'Namespace':
    case 'Pod':
      return object;
    default:
      throw new TypeError(`an object of an unknown kind: ${JSON.stringify(object).slice(0, 80)}`);
  }
}

function toText(address: Address): string {
  return address === '' ? '' : textOf(address);
}

/** What the type calls an address is text in the file. */
function fromText(text: Address): Address {
  return text === '' ? '' : (parseAddress(String(text)) ?? '');
}
