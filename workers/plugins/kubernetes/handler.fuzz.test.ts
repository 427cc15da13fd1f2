// Random questions over a small cluster against the name grammar in plain words (spec C4–C6), and random octets against nothing but sanity.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import { plainNamespace, plainService, plainSlice } from '#watcher/testing/objects.ts';
import { encodeQuestion } from '#workers/testing/case.ts';
import { decodeAnswer } from '#workers/testing/decoded.ts';
import { KubernetesRig } from './testing.ts';

const ZONE = 'cluster.local.';
const ROUNDS = 6000;

/** Services of the model; endpoints by name. All ports are `http` over TCP. */
interface ModelService {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly headless: boolean;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly endpointPort: number;
}
const SERVICES: Readonly<Record<string, ModelService>> = {
  'web.default': {
    addresses: ['10.96.0.1'],
    port: 80,
    headless: false,
    endpoints: { '10-1-0-1': '10.1.0.1' },
    endpointPort: 8080,
  },
  'db.default': {
    addresses: [],
    port: 5,
    headless: true,
    endpoints: { 'db-0': '10.1.0.2', 'fd00--1': 'fd00::1' },
    endpointPort: 5,
  },
  'none.default': { addresses: [], port: 6, headless: true, endpoints: {}, endpointPort: 6 },
  'svc.svc': { addresses: ['10.96.0.2', 'fd00::2'], port: 81, headless: false, endpoints: {}, endpointPort: 0 },
};
const NAMESPACES: readonly string[] = ['default', 'svc', 'pod'];

const OBJECTS = [
  ...NAMESPACES.map((name) => plainNamespace(name)),
  plainService('web', { ip: '10.96.0.1', ports: ['http 80'] }),
  plainSlice('web', ['10.1.0.1'], { ports: ['http 8080'] }),
  plainService('db', { ip: 'None', ports: ['http 5'] }),
  plainSlice('db', [{ ip: '10.1.0.2', hostname: 'db-0' }, 'fd00::1'], { ports: ['http 5'] }),
  plainService('none', { ip: 'None', ports: ['http 6'] }),
  plainService('svc', { namespace: 'svc', ip: ['10.96.0.2', 'fd00::2'], ports: ['http 81'] }),
];

/** What a name stands for. */
interface Found {
  readonly addresses: readonly string[];
  /** Target and port of SRV records; all with the same weight. */
  readonly targets: readonly (readonly [target: string, port: number])[];
  readonly weight: number;
  /** TXT is NXDOMAIN. */
  readonly empty: boolean;
}
const EMPTY: Found = { addresses: [], targets: [], weight: 0, empty: true };

/** The grammar: labels left of the zone, in lower case. */
function resolve(labels: readonly string[]): Found | undefined {
  const [kind, namespace, object, ...rest] = labels.toReversed();
  if (kind === undefined) return EMPTY;
  if (kind !== 'svc' && kind !== 'pod') return undefined;
  if (namespace === undefined) return EMPTY;
  if (!NAMESPACES.includes(namespace)) return undefined;
  if (object === undefined) return EMPTY;
  if (rest.length > 2) return undefined;
  return kind === 'pod' ? resolvePod(object, namespace) : resolveService(object, namespace, rest);
}

function resolvePod(object: string, namespace: string): Found | undefined {
  const dots = object.split('-').length === 4 && !object.includes('--');
  const address = object.replaceAll('-', dots ? '.' : ':');
  if (isIP(address) === 0) return undefined;
  return { addresses: [address], targets: [[`${object}.${namespace}.pod`, 0]], weight: 100, empty: false };
}

function resolveService(name: string, namespace: string, rest: readonly string[]): Found | undefined {
  const service = SERVICES[`${name}.${namespace}`];
  if (service === undefined) return undefined;
  const base = `${name}.${namespace}.svc`;
  const { endpoints, endpointPort, addresses, port, headless } = service;
  if (rest.length === 1) {
    const address = endpoints[rest[0]];
    if (address === undefined) return undefined;
    return { addresses: [address], targets: [[`${rest[0]}.${base}`, endpointPort]], weight: 100, empty: false };
  }
  if (rest.length === 2 && (rest[0].replace(/^_/, '') !== 'tcp' || rest[1].replace(/^_/, '') !== 'http'))
    return undefined;
  if (!headless)
    return { addresses, targets: [[base, port]], weight: Math.floor(100 / addresses.length), empty: false };
  const names = Object.keys(endpoints);
  if (names.length === 0) return undefined;
  const targets = names.map((endpoint) => [`${endpoint}.${base}`, endpointPort] as const);
  return { addresses: Object.values(endpoints), targets, weight: Math.floor(100 / names.length), empty: false };
}

/** Rcode and records of the answer section. */
function expected(labels: readonly string[], owner: string, type: string): [rcode: string, answer: string[]] {
  const found = resolve(labels);
  if (found === undefined || (type === 'TXT' && found.empty)) return ['NXDOMAIN', []];
  const family = type === 'A' ? 4 : 6;
  if (type === 'A' || type === 'AAAA') {
    const own = found.addresses.filter((address) => isIP(address) === family);
    return ['NOERROR', own.map((address) => `${owner} 5 IN ${type} ${address}`)];
  }
  if (type !== 'SRV') return ['NOERROR', []];
  return [
    'NOERROR',
    found.targets.map(([target, port]) => `${owner} 5 IN SRV 0 ${found.weight} ${port} ${target}.${ZONE}`),
  ];
}

function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % below;
  };
}

const rig = new KubernetesRig(`kubernetes ${ZONE} {\npods insecure\n}`, OBJECTS);
const LABELS: readonly string[] = [
  ...['web', 'db', 'none', 'svc', 'pod', 'default', 'nope', 'x', '*', '_', '__', '_zone', 'pin', 'dns', 'any'],
  ...['_http', 'http', '_tcp', 'tcp', '_udp', '10-1-0-1', 'db-0', 'fd00--1', '1-2-3-4', '300-1-1-1', '--', '1-2-3'],
];

describe('random questions', () => {
  it('get what the grammar says', () => {
    const random = randomNumbers(1);
    const pick = <T>(list: readonly T[]): T => list[random(list.length)];
    const tails = [
      ['svc'],
      ['default', 'svc'],
      ['web', 'default', 'svc'],
      ['db', 'default', 'svc'],
      ['default', 'pod'],
      ['svc', 'svc', 'svc'],
      [],
    ];
    const seen = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const labels = [...Array.from({ length: random(4) }, () => pick(LABELS)), ...pick(tails)];
      const type = pick(['A', 'AAAA', 'SRV', 'TXT', 'HTTPS', 'MX']);
      const spelled = labels.map((label) => (random(4) === 0 ? label.toUpperCase() : label));
      const name = [...spelled, ZONE].join('.');
      const { rcode, answer } = rig.core.ask({ name, type, edns: { size: 4096 } });
      assert.deepEqual([rcode, answer], expected(labels, name, type), `${name} ${type}`);
      const kind = `${rcode} ${answer.length > 0}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    // The questions were not all alike.
    for (const kind of ['NXDOMAIN false', 'NOERROR false', 'NOERROR true'])
      assert.ok((seen.get(kind) ?? 0) > ROUNDS / 20, kind);
  });

  it('of arbitrary octets get an answer that can be read', () => {
    const random = randomNumbers(2);
    for (let round = 0; round < ROUNDS; round++) {
      const labels = Array.from({ length: 1 + random(8) }, () => {
        const octets = Buffer.from(Array.from({ length: 1 + random(random(8) === 0 ? 63 : 6) }, () => random(256)));
        return Buffer.concat([Uint8Array.of(octets.length), octets]);
      });
      const shell = encodeQuestion({ name: 'x.', type: 'A', edns: { size: 1232 } });
      const zone = encodeQuestion({ name: round % 2 === 0 ? `svc.${ZONE}` : `default.pod.${ZONE}`, type: 'A' });
      const name = Buffer.concat([...labels, zone.subarray(12, -4)]);
      if (name.length > 255) continue;
      const message = Buffer.concat([shell.subarray(0, 12), name, shell.subarray(15)]);
      message.writeUInt16BE([1, 28, 33, 16, 12, 255, 6, 2][random(8)], 12 + name.length);
      const sent = rig.core.send(message);
      assert.ok(typeof sent !== 'string');
      assert.ok(['NXDOMAIN', 'NOERROR'].includes(decodeAnswer(sent).rcode));
    }
  });
});
