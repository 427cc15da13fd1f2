// CoreDNS, the server that Shoal takes the place of; its path is in SHOAL_PEER_COREDNS. Cold.

import { PeerError } from '#loadtest/errors.ts';
import { startDaemon } from './daemon.ts';
import { missingExecutable } from './executable.ts';
import type { Forwarding, Peer, PeerOptions } from './peer.ts';

const VARIABLE = 'SHOAL_PEER_COREDNS';

export const COREDNS: Peer = {
  name: 'coredns',
  forwards: true,
  missing() {
    const path = process.env[VARIABLE];
    return path === undefined || path === '' ? `${VARIABLE} names no program` : missingExecutable(path, 'taskset');
  },
  async start(options) {
    const program = process.env[VARIABLE];
    if (program === undefined) throw new PeerError(`coredns: ${VARIABLE} names no program`);
    const files = { Corefile: corefile(options), 'cluster.zone': options.zone.text };
    return startDaemon({ name: 'coredns', program, args: ['-quiet', '-conf', '{folder}/Corefile'], files }, options);
  },
};

/** The records come from a zone file, as there is no API server here. */
function corefile({ port, zone, forwarding }: PeerOptions): string {
  if (forwarding !== undefined) return forwarder(port, forwarding);
  return `.:${port} {
    bind 127.0.0.1
    errors
    cache 30
    file {folder}/cluster.zone ${zone.origin} {
        reload 0
    }
    loadbalance
}
`;
}

function forwarder(port: number, { upstream, cache }: Forwarding): string {
  return `.:${port} {
    bind 127.0.0.1
    errors
    ${cache ? 'cache' : ''}
    forward . 127.0.0.1:${upstream}
}
`;
}
