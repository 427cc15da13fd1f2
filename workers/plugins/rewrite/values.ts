// Types whose first name in RDATA is a value that rules may change. Hot.

import { TYPE } from '#wire/constants.ts';

const VALUES = new Uint8Array(64);
const VALUE_TYPES = [TYPE.CNAME, TYPE.DNAME, TYPE.SOA, TYPE.SRV, TYPE.MX, TYPE.NAPTR, TYPE.NS, TYPE.PTR];
for (const type of VALUE_TYPES) VALUES[type] = 1;

/** The target of aliases, servers and pointers, the first name of a SOA (spec D rewrite). */
export function isValueType(type: number): boolean {
  return type < VALUES.length && VALUES[type] === 1;
}
