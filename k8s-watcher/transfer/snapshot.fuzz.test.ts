// Whatever happens to a store while it is transferred, the client gets the zone as it was when it asked.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Plain, plainNamespace, plainService, plainSlice } from '../testing/objects.ts';
import { TransferRig } from '../testing/transfer.ts';

const ROUNDS = 4;
const NAMES = 500;

/** Mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function anything(pick: (below: number) => number): Plain {
  const namespace = `ns-${pick(3)}`;
  const name = `svc-${pick(NAMES)}`;
  const ports = Array.from({ length: pick(6) }, (_, i) => `port-${i} ${1 + pick(9000)}`);
  switch (pick(5)) {
    case 0:
      return plainNamespace(namespace);
    case 1:
      return plainService(name, { namespace, ip: 'None' });
    case 2:
      return plainService(name, { namespace, externalName: `host-${pick(9)}.example.org` });
    case 3:
      return plainService(name, { namespace, ip: `10.96.${pick(256)}.${pick(256)}`, ports });
    default:
      return plainSlice(
        name,
        Array.from({ length: pick(20) }, () => `10.1.${pick(4)}.${pick(256)}`),
        { namespace, name: `${name}-${pick(2)}`, ports },
      );
  }
}

for (let seed = 1; seed <= ROUNDS; seed++)
  it(`seed ${seed}`, () => {
    const pick = random(seed);
    const many = (count: number): Plain[] => Array.from({ length: count }, () => anything(pick));
    const namespaces = [0, 1, 2].map((i) => plainNamespace(`ns-${i}`));
    const rig = new TransferRig([...namespaces, ...many(2000)]);
    const before = rig.zone('cluster.local.');
    rig.open(1, 'cluster.local.');
    rig.change(many(5), many(5));
    const got = rig.drain(1, 'cluster.local.', () => rig.change(many(1 + pick(60)), many(pick(60))));
    assert.deepEqual(got, before);
    // What was given back to the dictionary is not missed by anybody.
    assert.equal(rig.zone('cluster.local.').length > 0, true);
  });
