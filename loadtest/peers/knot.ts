// Knot DNS, an authoritative server in C. Cold.

import { startDaemon } from './daemon.ts';
import { missingExecutable } from './executable.ts';
import type { Peer, PeerOptions } from './peer.ts';

export const KNOT: Peer = {
  name: 'knot',
  forwards: false,
  missing: () => missingExecutable('knotd', 'taskset'),
  start: (options) =>
    startDaemon(
      {
        name: 'knot',
        program: 'knotd',
        args: ['-c', '{folder}/knot.conf'],
        files: { 'knot.conf': configuration(options), 'cluster.zone': options.zone.text },
      },
      options,
    ),
};

/** One UDP worker, everything in its own folder, no journal: the zone only changes by a restart. */
function configuration({ port, zone }: PeerOptions): string {
  return `server:
  listen: 127.0.0.1@${port}
  rundir: "{folder}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: "{folder}"
zone:
  - domain: ${zone.origin}
    storage: "{folder}"
    file: cluster.zone
    zonefile-sync: -1
    journal-content: none
`;
}
