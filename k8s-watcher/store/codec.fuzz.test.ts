// Every object comes back from its pack as it was; equal objects have equal packs; nothing of a released pack stays.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Address, addressOf } from '#wire/address.ts';
import type {
  Endpoint,
  EndpointSlice,
  ImportSlice,
  Labels,
  Namespace,
  Pod,
  Port,
  Service,
  ServiceImport,
} from '../objects/object.ts';
import { Codec } from './codec.ts';
import { Dictionary } from './dictionary.ts';

const ROUNDS = 400;
let state = 11;

function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) % below;
}

const some = <T>(most: number, make: () => T): T[] => Array.from({ length: random(most + 1) }, make);
const text = (): string =>
  ['', 'a', 'web', 'grüße', '\u0000\u007f', 'x'.repeat(130), '名前', 'a\ud83d\ude00'][random(8)];
const octets = (length: number): Uint8Array => Uint8Array.from({ length }, () => random(256));
const address = (): Address => (random(3) === 0 ? '' : addressOf(octets(random(2) === 0 ? 4 : 16)));
const labels = (): Labels => Object.fromEntries(some(4, () => [`key-${random(6)}`, text()]));
const port = (): Port => ({ name: text(), protocol: ['tcp', 'udp'][random(2)], port: random(65536) });

function service(): Service {
  return {
    kind: 'Service',
    namespace: 'n',
    name: 's',
    labels: labels(),
    mode: (['cluster', 'headless', 'external'] as const)[random(3)],
    addresses: some(3, address),
    ports: some(4, port),
    externalName: text(),
    externalAddresses: some(2, address),
    externalHosts: some(2, text),
  };
}

function endpoint(): Endpoint {
  return { address: address(), spelling: text(), hostname: text(), podName: text(), zone: text() };
}

function slice(): EndpointSlice {
  const list = some(random(20) === 0 ? 1000 : 4, endpoint);
  return {
    kind: 'EndpointSlice',
    namespace: 'n',
    name: 's',
    labels: labels(),
    service: text(),
    endpoints: list,
    ports: some(4, port),
  };
}

const serviceImport = (): ServiceImport => ({
  kind: 'ServiceImport',
  namespace: 'n',
  name: 's',
  labels: labels(),
  mode: (['cluster', 'headless'] as const)[random(2)],
  addresses: some(3, address),
  ports: some(4, port),
});
const namespace = (): Namespace => ({ kind: 'Namespace', name: 'n', labels: labels() });
const pod = (): Pod => ({
  kind: 'Pod',
  namespace: 'n',
  name: 'p',
  labels: labels(),
  address: text(),
  terminating: false,
});

const id = { namespace: 'n', name: 's' };
const codec = new Codec(new Dictionary());
const kinds: readonly {
  name: string;
  round: () => [before: unknown, after: unknown, first: string, second: string];
}[] = [
  {
    name: 'services',
    round: () => {
      const object = service();
      const pack = codec.encodeService(object);
      return [object, codec.decodeService(pack, id), pack, codec.encodeService(structuredClone(object))];
    },
  },
  {
    name: 'slices',
    round: () => {
      const object = slice();
      const pack = codec.encodeSlice(object);
      return [object, codec.decodeSlice(pack, id), pack, codec.encodeSlice(structuredClone(object))];
    },
  },
  {
    name: 'imports',
    round: () => {
      const object = serviceImport();
      const pack = codec.encodeImport(object);
      return [object, codec.decodeImport(pack, id), pack, codec.encodeImport(structuredClone(object))];
    },
  },
  {
    name: 'slices of imports',
    round: () => {
      const object: ImportSlice = { ...slice(), kind: 'ImportSlice', cluster: text() };
      const pack = codec.encodeImportSlice(object);
      return [object, codec.decodeImportSlice(pack, id), pack, codec.encodeImportSlice(structuredClone(object))];
    },
  },
  {
    name: 'namespaces',
    round: () => {
      const object = namespace();
      const pack = codec.encodeNamespace(object);
      return [object, codec.decodeNamespace(pack, 'n'), pack, codec.encodeNamespace(structuredClone(object))];
    },
  },
  {
    name: 'pods',
    round: () => {
      const object = pod();
      const pack = codec.encodePod(object);
      return [
        object,
        codec.decodePod(pack, { namespace: 'n', name: 'p' }),
        pack,
        codec.encodePod(structuredClone(object)),
      ];
    },
  },
];

describe('a pack gives back', () => {
  for (const { name, round } of kinds)
    it(name, () => {
      for (let i = 0; i < ROUNDS; i++) {
        const [before, after, first, second] = round();
        assert.deepEqual(after, before);
        assert.equal(second, first);
        codec.release(first);
        codec.release(second);
      }
      assert.equal(codec.dictionary.size, 0);
    });

  it('what its octets mean now, also when they meant something else before', () => {
    const plain = (name: string): EndpointSlice => ({
      ...slice(),
      labels: {},
      service: name,
      ports: [],
      endpoints: [],
    });
    const first = codec.encodeSlice(plain('first'));
    assert.equal(codec.decodeSlice(first, id).service, 'first');
    codec.release(first);
    // Numbers that were given back are given away again, the last one first.
    const second = codec.encodeSlice(plain('second'));
    codec.release(second);
    const third = codec.encodeSlice(plain('third'));
    assert.equal(third, first);
    assert.equal(codec.decodeSlice(third, id).service, 'third');
    codec.release(third);
  });
});
