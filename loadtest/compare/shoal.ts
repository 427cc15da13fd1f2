// Shoal as one of the servers to compare: primary and resolver, one thread that answers, all on one processor. Cold.

import { join } from 'node:path';
import { startDaemon } from '#loadtest/peers/daemon.ts';
import { missingExecutable } from '#loadtest/peers/executable.ts';
import type { Forwarding, Peer, PeerOptions } from '#loadtest/peers/peer.ts';
import { freePort } from '#loadtest/peers/port.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'primary', 'main.ts');

/** The environment wins over the file; both say the same, so that neither a variable of the caller nor a default gets in. */
const TUNING = 'resolver:\n  processes: 1\n  threads: 1\n';
const ENVIRONMENT = { SHOAL_RESOLVER_PROCESSES: '1', SHOAL_RESOLVER_THREADS: '1' };

/** Serves the cluster of the manifests file instead of a zone. */
export function shoal(manifests: string): Peer {
  return {
    name: 'shoal',
    forwards: true,
    missing: () => missingExecutable('taskset'),
    async start(options) {
      const files = { Corefile: corefile(options, await freePort()), 'shoal.yaml': TUNING };
      const args = [MAIN, '-conf', '{folder}/Corefile', '-manifests', manifests, '-config', '{folder}/shoal.yaml'];
      const daemon = { name: 'shoal', program: process.execPath, args, files, env: ENVIRONMENT };
      return startDaemon(daemon, options);
    },
  };
}

/** What a cluster runs, without health and ready, bound to the address that rivals are bound to. Nobody listens on the upstream's port: all names asked for are the cluster's. */
function corefile({ port, forwarding }: PeerOptions, metrics: number): string {
  if (forwarding !== undefined) return forwarder(port, metrics, forwarding);
  return `.:${port} {
    bind 127.0.0.1
    errors
    prometheus 127.0.0.1:${metrics}
    cache 30
    kubernetes cluster.local in-addr.arpa ip6.arpa
    forward . 127.0.0.1:9
    loadbalance
}
`;
}

/** The part of that which has to do with names of elsewhere. */
function forwarder(port: number, metrics: number, { upstream, cache }: Forwarding): string {
  return `.:${port} {
    bind 127.0.0.1
    errors
    prometheus 127.0.0.1:${metrics}
    ${cache ? 'cache' : ''}
    forward . 127.0.0.1:${upstream}
}
`;
}
