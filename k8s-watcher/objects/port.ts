// A port of a service or of an endpoint slice. Called by service.ts and slice.ts. Cold.

import type { PortDraft } from './draft.ts';
import { isLabel } from './names.ts';
import type { ObjectId, Port } from './object.ts';
import { refusal } from './refusal.ts';

const PROTOCOLS: ReadonlyMap<string, string> = new Map(
  ['TCP', 'UDP', 'SCTP'].map((name) => [name, name.toLowerCase()]),
);
const DEFAULT_PROTOCOL = 'tcp';
/** What a port has to be, in words: JSON has numbers that are none. */
export const PORT_RANGE = 'an integer within 1…65535';

/** `path` is that of the list. A port without a number (slices only) stands for all of them and has 0. */
export function checkPorts(id: ObjectId, path: string, drafts: readonly PortDraft[]): Port[] {
  return drafts.map((draft, index) => checkPort(id, draft, path, index));
}

function checkPort(id: ObjectId, { name, protocol, port }: PortDraft, path: string, index: number): Port {
  const refuse = (field: string, value: unknown, wanted: string): Error =>
    refusal(id, `${path}[${index}].${field}`, value, wanted);
  if (name !== '' && !isLabel(name)) throw refuse('name', name, 'a DNS label');
  const known = protocol === '' ? DEFAULT_PROTOCOL : (PROTOCOLS.get(protocol) ?? PROTOCOLS.get(protocol.toUpperCase()));
  if (known === undefined) throw refuse('protocol', protocol, 'TCP, UDP or SCTP');
  if (!isPort(port)) throw refuse('port', port, PORT_RANGE);
  return { name, protocol: known, port };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65535;
}
