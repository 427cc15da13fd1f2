// What a list of ports gives: numbers and names. Lists that are equal are mostly the same one (see store/port-lists.ts), so it is made once. Cold.

import type { Port } from '../objects/object.ts';
import { type RelativeName, wireLabel } from './name.ts';

/** Stands for a service or slice without ports: an item without an SRV record. */
const PORTLESS: readonly Port[] = [{ name: '', protocol: '', port: 0 }];
/** With its underscore it has to be a label. */
const MAX_PORT_NAME = 62;

/** Labels in front of the service in `_port._protocol.SVC`. */
export const PORT_LABELS = 2;

/** Ports of one name and protocol. */
export interface NamedPorts {
  readonly name: string;
  readonly protocol: string;
  /** `_port._protocol`. */
  readonly labels: RelativeName;
  readonly ports: readonly Port[];
}

interface Made {
  readonly numbers: readonly number[];
  readonly named: readonly NamedPorts[];
}

const made = new WeakMap<readonly Port[], Made>();

/** The list, or one with a portless item for none. */
export function orPortless(ports: readonly Port[]): readonly Port[] {
  return ports.length === 0 ? PORTLESS : ports;
}

/** Numbers of ports without repetitions and portless ones. */
export function portNumbers(ports: readonly Port[]): readonly number[] {
  return of(ports).numbers;
}

/** Every pair of name and protocol once; ports without a name have no such DNS name. */
export function namedPorts(ports: readonly Port[]): readonly NamedPorts[] {
  return of(ports).named;
}

/** The ports of that name and protocol. */
export function portsNamed(ports: readonly Port[], { name, protocol }: NamedPorts): readonly Port[] {
  return namedPorts(ports).find((named) => named.name === name && named.protocol === protocol)?.ports ?? [];
}

function of(ports: readonly Port[]): Made {
  const known = made.get(ports);
  if (known !== undefined) return known;
  const fresh = { numbers: numbersOf(ports), named: namedOf(ports) };
  made.set(ports, fresh);
  return fresh;
}

function numbersOf(ports: readonly Port[]): number[] {
  return [...new Set(ports.map(({ port }) => port).filter((port) => port !== 0))];
}

function namedOf(ports: readonly Port[]): NamedPorts[] {
  const named = new Map<RelativeName, NamedPorts>();
  for (const { name, protocol } of ports) {
    if (name === '' || name.length > MAX_PORT_NAME) continue;
    const labels = wireLabel(`_${name}`) + wireLabel(`_${protocol}`);
    const same = ports.filter((port) => port.name === name && port.protocol === protocol);
    named.set(labels, { name, protocol, labels, ports: same });
  }
  return [...named.values()];
}
