// NSD, an authoritative server in C: the rival that the figures are measured against. Cold.

import { startDaemon } from './daemon.ts';
import { missingExecutable } from './executable.ts';
import type { Peer, PeerOptions } from './peer.ts';

export const NSD: Peer = {
  name: 'nsd',
  forwards: false,
  missing: () => missingExecutable('nsd', 'taskset'),
  start: (options) =>
    startDaemon(
      {
        name: 'nsd',
        program: 'nsd',
        args: ['-d', '-c', '{folder}/nsd.conf'],
        files: { 'nsd.conf': configuration(options), 'cluster.zone': options.zone.text },
      },
      options,
    ),
};

/**
 * One serving process, everything in its own folder. Without limits on the rate of answers, which some builds have by default, and with
 * answers as small as a cluster DNS gives them: no authority section, no additional records.
 */
function configuration({ port, zone }: PeerOptions): string {
  return `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{folder}"
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  minimal-responses: yes
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "${zone.origin}"
  zonefile: "cluster.zone"
`;
}
