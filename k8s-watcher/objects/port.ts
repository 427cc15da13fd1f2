// A port of a service or of an endpoint slice. Called by service.ts and slice.ts. Cold.

import type { Fields } from './fields.ts';
import { isLabel } from './names.ts';
import type { Port } from './object.ts';

const PROTOCOL = /^(tcp|udp|sctp)$/i;

/** A port without a number (slices only) stands for all of them and gets 0. */
export function decodePort(port: Fields): Port {
  return {
    name: port.matching('name', isLabel, 'a DNS label'),
    protocol: (port.matching('protocol', (text) => PROTOCOL.test(text), 'TCP, UDP or SCTP') || 'TCP').toLowerCase(),
    port: port.integer('port', 1, 65535, 0),
  };
}
