// dnsdist, a load balancer in C++: from its packet cache, with an NSD behind it whose CPU time is not counted, or without a cache. Cold.

import { startDaemon } from './daemon.ts';
import { missingExecutable } from './executable.ts';
import { NSD } from './nsd.ts';
import type { Forwarding, Peer, PeerOptions, RunningPeer } from './peer.ts';
import { freePort } from './port.ts';

/** Entries: more than any scenario has names, so that after the first pass everything is a hit. */
const CACHE_ENTRIES = 2_000_000;

export const DNSDIST: Peer = {
  name: 'dnsdist',
  forwards: true,
  missing: () => missingExecutable('dnsdist') ?? NSD.missing(),
  async start(options) {
    if (options.forwarding !== undefined) return front(options, options.forwarding);
    const backend = await NSD.start({ ...options, port: await freePort() });
    try {
      return withBackend(await front(options, { upstream: backend.port, cache: true }), backend);
    } catch (error) {
      await backend.stop();
      throw error;
    }
  },
};

function front(options: PeerOptions, forwarding: Forwarding): Promise<RunningPeer> {
  const files = { 'dnsdist.conf': configuration(options.port, forwarding) };
  const args = ['--supervised', '--disable-syslog', '-C', '{folder}/dnsdist.conf'];
  return startDaemon({ name: 'dnsdist', program: 'dnsdist', args, files }, options);
}

function withBackend(running: RunningPeer, backend: RunningPeer): RunningPeer {
  const stop = async (): Promise<void> => {
    await running.stop();
    await backend.stop();
  };
  return { ...running, stop };
}

/** No questions to its maker's servers, no health checks that could take the backend out while it loads. */
function configuration(port: number, { upstream, cache }: Forwarding): string {
  const packetCache = `getPool(''):setCache(newPacketCache(${CACHE_ENTRIES}, {maxTTL=86400, minTTL=0}))`;
  return `setSecurityPollSuffix('')
setLocal('127.0.0.1:${port}')
newServer({address='127.0.0.1:${upstream}'}):setUp()
${cache ? packetCache : ''}
`;
}
