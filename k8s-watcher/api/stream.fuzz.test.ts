// Bodies in any chunking give the same events, and bodies with anything in them a StreamError at worst.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtobufError } from '../objects/protobuf/error.ts';
import { JSON_ENCODER } from '../testing/api/encode.ts';
import { type Plain, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import { PROTOBUF, PROTOBUF_ENCODER, PROTOBUF_WATCH } from '../testing/protobuf.ts';
import { StreamError, type WatchEvent } from './events.ts';
import type { ListEnd } from './list.ts';
import { openListReader, openReader } from './reading.ts';
import { RESOURCES } from './resources.ts';

const ROUNDS = 150;
const SERVICE = RESOURCES.find(({ kind }) => kind === 'Service')!;

let state = 11;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) % below;
}

function versioned(plain: Plain, resourceVersion: string): Plain {
  return { ...plain, metadata: { ...(plain['metadata'] as Plain), resourceVersion } };
}

const SERVICES: Plain[] = Array.from({ length: 30 }, (_, index) =>
  versioned(
    plainService(`s${index}`, { ip: index % 7 === 0 ? 'x' : `10.0.0.${index}`, labels: { text: '{"a":[1,"\\"]}' } }),
    String(100 + index),
  ),
);
const BOOKMARK = {
  kind: 'Service',
  apiVersion: 'v1',
  metadata: { resourceVersion: '200', annotations: { 'k8s.io/initial-events-end': 'true' } },
};
const ENCODINGS = [
  { name: 'JSON', encoder: JSON_ENCODER, list: 'application/json', watch: 'application/json' },
  { name: 'protobuf', encoder: PROTOBUF_ENCODER, list: PROTOBUF, watch: PROTOBUF_WATCH },
] as const;

/** Tells the body in pieces of random lengths. */
function chunked(body: Uint8Array, take: (chunk: Uint8Array) => void): void {
  const largest = [1, 7, 100, 3000][random(4)];
  for (let at = 0; at < body.length; ) {
    const length = 1 + random(largest);
    // A copy each: readers must not rely on what follows a chunk in memory.
    take(Uint8Array.from(body.subarray(at, at + length)));
    at += length;
  }
}

for (const { name, encoder, list, watch } of ENCODINGS) {
  const events = SERVICES.map((service, index) => encoder.event(['ADDED', 'MODIFIED', 'DELETED'][index % 3], service));
  const watchBody = Buffer.concat([...events, encoder.event('BOOKMARK', BOOKMARK)]);
  const items = SERVICES.map(({ apiVersion: _version, kind: _kind, ...item }) => item);
  const metadata = { resourceVersion: '200', continue: 'more' };
  const listBody = encoder.body({ kind: 'ServiceList', apiVersion: 'v1', metadata, items });

  const readWatch = (body: Uint8Array, split: typeof chunked): WatchEvent[] => {
    const reader = openReader(SERVICE, watch, true);
    const found: WatchEvent[] = [];
    split(body, (chunk) => reader.push(chunk, (event) => found.push(event)));
    return found;
  };
  const readList = (body: Uint8Array, split: typeof chunked): { found: WatchEvent[]; end: ListEnd } => {
    const reader = openListReader(SERVICE, list, true);
    const found: WatchEvent[] = [];
    split(body, (chunk) => reader.push(chunk, (event) => found.push(event)));
    return { found, end: reader.end() };
  };
  const whole: typeof chunked = (body, take) => take(body);

  describe(`a body of ${name}`, () => {
    it('a watch in any chunks', () => {
      const want = readWatch(watchBody, whole);
      assert.equal(want.length, 31);
      assert.equal(want.at(-1)?.initialEventsEnd, true);
      for (let round = 0; round < ROUNDS; round++) assert.deepEqual(readWatch(watchBody, chunked), want);
    });

    it('a list in any chunks', () => {
      const want = readList(listBody, whole);
      assert.equal(want.found.length, 30);
      assert.deepEqual(want.end, { resourceVersion: '200', next: 'more' });
      for (let round = 0; round < ROUNDS; round++) assert.deepEqual(readList(listBody, chunked), want);
    });

    it('that is cut: a list never ends', () => {
      for (let round = 0; round < ROUNDS; round++) {
        const cut = listBody.subarray(0, random(listBody.length - 2));
        assert.throws(() => readList(cut, chunked), StreamError, `cut after ${cut.length}`);
      }
    });

    it('that is damaged', () => {
      let refused = 0;
      for (let round = 0; round < ROUNDS * 4; round++)
        for (const [body, read] of [
          [watchBody, readWatch],
          [listBody, readList],
        ] as const) {
          const damaged = Uint8Array.from(body);
          for (let flips = 1 + random(3); flips > 0; flips--) damaged[random(damaged.length)] ^= 1 << random(8);
          try {
            read(damaged, whole);
          } catch (error) {
            assert.ok(error instanceof StreamError, String(error));
            assert.ok(!error.message.includes('\n') && error.message.length < 300, error.message);
            refused++;
          }
        }
      assert.ok(refused > ROUNDS / 2, String(refused));
    });
  });
}

describe('encodings', () => {
  it('both give the same events', () => {
    const objects = [plainSlice('a', ['10.1.0.1', 'fd00::1'], { ports: ['http 80'] }), plainPod('p', '10.1.0.1')];
    for (const object of objects) {
      const resource = RESOURCES.find(({ kind }) => kind === object['kind'])!;
      const [json, protobuf] = ENCODINGS.map(({ encoder, watch }) => {
        const found: WatchEvent[] = [];
        openReader(resource, watch, true).push(encoder.event('ADDED', versioned(object, '7')), (event) =>
          found.push(event),
        );
        return found.map(({ type, id, object: read, resourceVersion }) => ({ type, id, read, resourceVersion }));
      });
      assert.deepEqual(protobuf, json);
    }
  });

  it('one that nobody asked for', () => {
    for (const type of ['text/html; charset=utf-8', 'application/yaml', ''])
      assert.throws(() => openReader(SERVICE, type, true), {
        message: `the server answers with "${type}", which nobody asked for`,
      });
    assert.ok(new ProtobufError('x') instanceof StreamError);
  });
});
