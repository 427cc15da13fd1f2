// node image.bench.ts: a whole image of 10,000 services from the store, as at every start. Prints time and garbage a name.

import { getHeapStatistics } from 'node:v8';
import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { ZoneWriter } from '#zone/writer.ts';
import type { Endpoint, EndpointSlice, Service } from '../objects/object.ts';
import { Store } from '../store/store.ts';
import { PLAIN_OPTIONS } from '../testing/image.ts';
import { ImageCompiler } from './image.ts';

const SERVICES = 10_000;
const HEADLESS_EVERY = 10;
const NAMESPACES = 50;
const ROUNDS = 8;
const SEGMENT_BYTES = 64 << 20;

const PORTS = [
  { name: 'http', protocol: 'tcp', port: 80 },
  { name: 'metrics', protocol: 'tcp', port: 9090 },
];
/** 10.128.0.0 and 10.96.0.0. */
const [ENDPOINTS, CLUSTER] = [(10 << 24) | (128 << 16), (10 << 24) | (96 << 16)];

function endpoint(number: number, name: string): Endpoint {
  return { address: ENDPOINTS + number, spelling: '', hostname: name, podName: `pod-${number}`, zone: 'zone-1' };
}

/** Of every ten services one is headless with ten endpoints that have names; all others have an address and three endpoints. */
function objects(i: number): [Service, EndpointSlice] {
  const headless = i % HEADLESS_EVERY === 0;
  const [namespace, name] = [`team-${i % NAMESPACES}`, `svc-${i}`];
  const shared = { namespace, name, labels: {}, ports: PORTS } as const;
  const endpoints = Array.from({ length: headless ? 10 : 3 }, (_, k) =>
    endpoint(10 * i + k, headless ? `${name}-${k}` : ''),
  );
  return [
    {
      ...shared,
      kind: 'Service',
      mode: headless ? 'headless' : 'cluster',
      addresses: headless ? [] : [CLUSTER + i],
      externalName: '',
      externalAddresses: [],
      externalHosts: [],
    },
    { ...shared, kind: 'EndpointSlice', name: `${name}-x`, service: name, endpoints },
  ];
}

const store = new Store();
for (let i = 0; i < NAMESPACES; i++)
  store.apply({ action: 'put', object: { kind: 'Namespace', name: `team-${i}`, labels: {} } });
for (let i = 0; i < SERVICES; i++) for (const object of objects(i)) store.apply({ action: 'put', object });
for (let round = 0; round < ROUNDS; round++) {
  const segment = Segment.create('zones', SEGMENT_BYTES);
  const writer = ZoneWriter.open(segment, new Readers(Segment.create('readers', readersBytes(1))), 7);
  const compiler = new ImageCompiler({ ...PLAIN_OPTIONS, key: 'bench' }, writer.image('bench'), store, 0);
  const allocated = getHeapStatistics().total_allocated_bytes;
  const start = performance.now();
  compiler.publishAll(1000);
  const time = performance.now() - start;
  const garbage = getHeapStatistics().total_allocated_bytes - allocated;
  console.log(
    `${compiler.names} names in ${time.toFixed(0)} ms: ${((1000 * time) / compiler.names).toFixed(2)} µs and ${Math.round(garbage / compiler.names)} B of garbage each`,
  );
}
