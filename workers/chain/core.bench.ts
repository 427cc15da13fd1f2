// What a query costs between the socket and the answer, over 10,000 names through the chain of an ordinary Corefile:
// `node workers/chain/core.bench.ts`. Prints ns and heap octets per query.

import { ClusterRig, QUESTIONS } from '../testing/cluster.ts';

const WARM_UP = 300_000;
const QUERIES = 1_000_000;
const ROUNDS = 3;

const rig = await ClusterRig.open();
const kinds = Object.keys(QUESTIONS);
for (const kind of kinds) rig.askMany(kind, WARM_UP);
for (const kind of kinds) {
  let best = Number.POSITIVE_INFINITY;
  let octets = 0;
  const allocated = process.memoryUsage().heapUsed;
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    octets = rig.askMany(kind, QUERIES);
    best = Math.min(best, performance.now() - begin);
  }
  const heap = (process.memoryUsage().heapUsed - allocated) / (ROUNDS * QUERIES);
  const ns = ((best * 1e6) / QUERIES).toFixed(0).padStart(5);
  process.stdout.write(
    `${kind.padEnd(12)} ${ns} ns, ${(octets / QUERIES).toFixed(0).padStart(4)} octets of answer, ${heap.toFixed(2)} of heap\n`,
  );
}
rig.close();
process.exit(0);
