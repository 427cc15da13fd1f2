// node decode.bench.ts: a list of objects as large as real ones, from JSON and from protobuf. Aim: a quarter of the time and of the garbage.

import { getHeapStatistics } from 'node:v8';
import { JsonListReader, readItem } from '../../api/json.ts';
import { RESOURCES } from '../../api/resources.ts';
import { managed, podWithSpec } from '../../testing/large.ts';
import { type Plain, plainService, plainSlice } from '../../testing/objects.ts';
import { protobufBody } from '../../testing/protobuf.ts';
import type { Kind } from '../object.ts';
import { openList } from './list.ts';

const ITEMS = 2000;
const ROUNDS = 12;
const CHUNK = 16384;
const PORTS = ['http 80', 'https 443'];

const address = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const endpointsOf = (i: number): { ip: string; pod: string; zone: string }[] =>
  Array.from({ length: 10 }, (_, k) => ({ ip: address(10 * i + k), pod: `web-${i}-${k}`, zone: `zone-${k % 3}` }));

const MAKERS: readonly (readonly [kind: Kind, make: (i: number) => Plain])[] = [
  ['Service', (i) => managed(plainService(`web-${i}`, { ip: address(i), ports: PORTS, labels: { app: `web-${i}` } }))],
  ['EndpointSlice', (i) => managed(plainSlice(`web-${i}`, endpointsOf(i), { ports: PORTS }))],
  ['Pod', (i) => managed(podWithSpec(`web-${i}`, address(i), { labels: { app: 'web', tier: `t${i % 7}` } }))],
];

interface Listing {
  push(chunk: Uint8Array, each: () => void): void;
  end(): unknown;
}

/** Best time of some rounds, microseconds an item; octets of garbage an item, of the first round after those that warm up. */
function measure(body: Buffer, open: () => Listing): readonly [time: number, garbage: number] {
  let best = Number.POSITIVE_INFINITY;
  let garbage = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const allocated = getHeapStatistics().total_allocated_bytes;
    const start = performance.now();
    const listing = open();
    for (let at = 0; at < body.length; at += CHUNK) listing.push(body.subarray(at, at + CHUNK), () => {});
    listing.end();
    best = Math.min(best, performance.now() - start);
    garbage = getHeapStatistics().total_allocated_bytes - allocated;
  }
  return [(best / ITEMS) * 1000, garbage / ITEMS];
}

for (const [kind, make] of MAKERS) {
  const resource = RESOURCES.find((candidate) => candidate.kind === kind);
  if (resource === undefined) throw new Error(`${kind} is not listed`);
  const items = Array.from({ length: ITEMS }, (_, i) => make(i));
  const list = { apiVersion: resource.apiVersion, kind: `${kind}List`, metadata: { resourceVersion: '7' }, items };
  const [json, protobuf] = [Buffer.from(JSON.stringify(list)), protobufBody(list)];
  const [jsonTime, jsonGarbage] = measure(json, () => new JsonListReader((item) => readItem(resource, item)));
  const [time, garbage] = measure(protobuf, () => openList(kind));
  const ratio = (ours: number, theirs: number): string => `${Math.round((100 * ours) / theirs)} %`.padStart(5);
  console.log(
    `${kind.padEnd(14)} JSON ${jsonTime.toFixed(1).padStart(6)} µs ${Math.round(jsonGarbage)} B garbage, ${Math.round(json.length / ITEMS)} B` +
      ` · protobuf ${time.toFixed(1).padStart(5)} µs (${ratio(time, jsonTime)}), ${Math.round(garbage)} B (${ratio(garbage, jsonGarbage)}),` +
      ` ${Math.round(protobuf.length / ITEMS)} B (${ratio(protobuf.length, json.length)})`,
  );
}
