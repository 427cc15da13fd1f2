// Names of probes: two numbers in front of a zone. Called by set-ups and by primary/loops. Cold.

import { createHmac, randomBytes } from 'node:crypto';

const NUMBER_BYTES = 8;

/** The mark of all probes of this process, unless replicas share one. */
const OWN_MARK = number(randomBytes(NUMBER_BYTES));

export function ownMark(): string {
  return OWN_MARK;
}

/**
 * The mark of all replicas with the same fleet key and the same policy (what decides on answers): they know each other's probes by it. Whoever
 * has not got the key cannot foresee it.
 */
export function fleetMark(fleetKey: string, policy: string): string {
  return number(createHmac('sha256', fleetKey).update(`shoal loop mark 1 ${policy}`).digest());
}

/**
 * A new name below `zone`. Its first label, 64 random bits, is what counts: a sighting is one of a probe only while that very name is under way.
 * The mark only keeps other names away from the primary.
 */
export function probeName(mark: string, zone: string): string {
  return `${number(randomBytes(NUMBER_BYTES))}.${mark}.${zone === '.' ? '' : zone}`;
}

/** The mark in the name of a probe; '' when it is none. */
export function markOf(name: string): string {
  return name.split('.')[1] ?? '';
}

/** 64 bits as a decimal number, like the reference's. */
function number(octets: Buffer): string {
  return octets.readBigUInt64BE().toString();
}
