// Random questions over a small cluster against the name grammar in plain words (spec D k8s_external); answers of any size stay whole messages.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainNamespace, plainService, plainSlice } from '#watcher/testing/objects.ts';
import { encodeQuestion } from '#workers/testing/case.ts';
import { decodeAnswer } from '#workers/testing/decoded.ts';
import { ScriptHandler } from '#workers/testing/script.ts';
import { ExternalRig } from './testing.ts';

const ROUNDS = 4000;
const OBJECTS = [
  plainNamespace('shop'),
  plainNamespace('empty'),
  plainService('web', { namespace: 'shop', ip: '10.96.0.1', ports: ['http 80'], exposed: ['203.0.113.1'] }),
  plainService('db', { namespace: 'shop', ip: 'None' }),
  plainSlice('db', [{ ip: '10.1.0.1', hostname: 'a' }], { namespace: 'shop', ports: ['http 5'] }),
  plainService('inner', { namespace: 'shop', ip: '10.96.0.2', ports: ['http 80'] }),
  plainSlice('inner', [{ ip: '10.1.0.2', hostname: 'a' }], { namespace: 'shop', ports: ['http 6'] }),
];
const WORDS = [
  'web',
  'db',
  'inner',
  'shop',
  'empty',
  'a',
  '_a',
  '_',
  '_http',
  'http',
  'tcp',
  '_tcp',
  'dns',
  'ns1',
  'Web',
  'SHOP',
  'x',
];
const TYPES = ['A', 'AAAA', 'SRV', 'TXT', 'SOA', 'NS'];

/** Mulberry32: the same numbers for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** The addresses of a name below the zone; undefined for no such name. */
function resolve(labels: readonly string[]): string[] | undefined {
  const [namespace, service, ...front] = labels.toReversed();
  if (namespace === 'dns') return resolveOwn(labels);
  if (namespace !== 'shop') return namespace === 'empty' && service === undefined ? [] : undefined;
  if (service === undefined) return [];
  const rest = front.map((label) => label.replace(/^_/, ''));
  const isPort = rest.length === 2 && rest[0] === 'tcp' && rest[1] === 'http';
  if (rest.length > 1 && !isPort) return undefined;
  const bare = rest.length === 0 || rest[0] === '';
  if (service === 'web') return ['203.0.113.1'];
  if (service === 'db') return bare || isPort || rest[0] === 'a' ? ['10.1.0.1'] : undefined;
  return service === 'inner' && rest.length === 1 && rest[0] === 'a' ? ['10.1.0.2'] : undefined;
}

function resolveOwn(labels: readonly string[]): string[] | undefined {
  if (labels.length === 1) return [];
  return labels.length === 2 && labels[0] === 'ns1' ? ['192.0.2.2'] : undefined;
}

describe('random names', () => {
  const rig = new ExternalRig('k8s_external z.test {\nheadless\n}', OBJECTS);
  it('are answered as the grammar has it', () => {
    const pick = randomNumbers(4);
    for (let round = 0; round < ROUNDS; round++) {
      const labels = Array.from({ length: 1 + pick(4) }, () => WORDS[pick(WORDS.length)]);
      const type = TYPES[pick(TYPES.length)];
      const name = `${labels.join('.')}.z.test.`;
      const { rcode, answer, authority } = rig.core.ask({ name, type });
      const addresses = resolve(labels.map((label) => label.toLowerCase()));
      assert.equal(rcode, addresses === undefined ? 'NXDOMAIN' : 'NOERROR', `${name} ${type}`);
      if (type === 'A')
        assert.deepEqual(
          answer,
          (addresses ?? []).map((address) => `${name} 5 IN A ${address}`),
          name,
        );
      assert.equal(authority.length, answer.length > 0 ? 0 : 1, `${name} ${type}`);
    }
  });
});

describe('answers of any size', () => {
  const exposed = Array.from({ length: 40 }, (_, i) => `203.0.113.${i + 1}`);
  const balancer = Array.from({ length: 12 }, (_, i) => `h${i}.elsewhere.test`);
  const big = plainService('big', { namespace: 'shop', ports: ['http 80', 'https 443'], exposed, balancer });
  const next = new ScriptHandler({
    answer: Array.from({ length: 5 }, (_, i) => `h.elsewhere.test. 1 IN A 192.0.2.${i}`),
  });
  const rig = new ExternalRig('k8s_external z.test', [...OBJECTS, big], [next]);
  for (const type of ['A', 'AAAA', 'SRV'])
    it(`${type}: whole records, truncated or not`, () => {
      for (let size = 512; size < 4096; size += 61) {
        const sent = rig.core.send(encodeQuestion({ name: 'x.BIG.shop.z.test.', type, edns: { size } }));
        assert.ok(typeof sent !== 'string');
        assert.ok(sent.length <= size, `${sent.length} octets in ${size}`);
        assert.equal(decodeAnswer(sent).rcode, 'NOERROR');
      }
    });
});
