// Watches: frames in any chunks, every type of event, and what is refused.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { INITIAL_EVENTS_END, type WatchEvent } from '../../api/events.ts';
import { managed } from '../../testing/large.ts';
import { type Plain, plainNamespace, plainPod, plainService, plainSlice } from '../../testing/objects.ts';
import { field, frame, protobufBody, protobufFrame } from '../../testing/protobuf.ts';
import type { Kind } from '../object.ts';
import { ProtobufError } from './error.ts';
import { ProtobufWatch } from './watch.ts';

function events(kind: Kind, body: Buffer, chunk = body.length, limit?: number): WatchEvent[] {
  const seen: WatchEvent[] = [];
  const watch = new ProtobufWatch(kind, true, limit);
  for (let at = 0; at < body.length; at += chunk)
    watch.push(Uint8Array.from(body.subarray(at, at + chunk)), (event) => seen.push(event));
  return seen;
}

const status: Plain = {
  apiVersion: 'v1',
  kind: 'Status',
  metadata: {},
  status: 'Failure',
  message: 'too old resource version: 1 (2)',
  reason: 'Expired',
  code: 410,
};
const bookmark = (annotations: Plain): Plain => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { resourceVersion: '812', annotations },
});
const changes = Buffer.concat([
  protobufFrame('ADDED', managed(plainService('a', { ip: '10.0.0.1', ports: ['http 80'] }))),
  protobufFrame('MODIFIED', managed(plainService('b', { ip: 'None' }))),
  protobufFrame('BOOKMARK', bookmark({})),
  protobufFrame('DELETED', managed(plainService('a', { ip: 'not even looked at' }))),
  protobufFrame('ERROR', status),
]);

describe('events', () => {
  it('ADDED, MODIFIED, DELETED, BOOKMARK, ERROR', () => {
    const [added, modified, marked, deleted, error] = events('Service', changes);
    assert.equal(added.type, 'ADDED');
    assert.equal(added.object?.kind, 'Service');
    assert.deepEqual(added.id, { kind: 'Service', namespace: 'default', name: 'a' });
    assert.equal(added.resourceVersion, '4711');
    assert.deepEqual(modified.id, { kind: 'Service', namespace: 'default', name: 'b' });
    assert.deepEqual(marked, { type: 'BOOKMARK', resourceVersion: '812', initialEventsEnd: false });
    assert.deepEqual(deleted, { type: 'DELETED', id: added.id, resourceVersion: '4711', initialEventsEnd: false });
    const message = 'too old resource version: 1 (2)';
    assert.deepEqual(error.status, { code: 410, reason: 'Expired', message, retryAfter: 0 });
  });

  for (const chunk of [1, 2, 3, 5, 64, 1000, 4096])
    it(`the same in chunks of ${chunk} octets`, () =>
      assert.deepEqual(events('Service', changes, chunk), events('Service', changes)));

  it('a bookmark that ends the initial events', () => {
    const ends = (annotations: Plain): boolean | undefined =>
      events('Service', protobufFrame('BOOKMARK', bookmark(annotations))).at(0)?.initialEventsEnd;
    assert.equal(ends({ [INITIAL_EVENTS_END]: 'true' }), true);
    assert.equal(ends({ other: 'x', [INITIAL_EVENTS_END]: 'true' }), true);
    assert.equal(ends({ [INITIAL_EVENTS_END]: 'false' }), false);
    assert.equal(ends({ other: 'true' }), false);
  });

  it('an ERROR that says when to ask again', () => {
    const busy = { ...status, code: 429, details: { retryAfterSeconds: 7 } };
    assert.equal(events('Service', protobufFrame('ERROR', busy)).at(0)?.status?.retryAfter, 7);
  });

  it('every kind that is served', () => {
    const rows: readonly (readonly [Kind, Plain])[] = [
      ['Namespace', plainNamespace('a')],
      ['Service', plainService('a')],
      ['EndpointSlice', plainSlice('a', ['10.0.0.1'])],
      ['Pod', plainPod('a', '10.0.0.1')],
    ];
    for (const [kind, plain] of rows) {
      const [event] = events(kind, protobufFrame('ADDED', plain));
      assert.equal(event.object?.kind, kind);
      assert.equal(event.id?.kind, kind);
    }
  });

  it('slices of imports are read as such', () => {
    const labels = {
      'multicluster.kubernetes.io/service-name': 'web',
      'multicluster.kubernetes.io/source-cluster': 'c1',
    };
    const [event] = events('ImportSlice', protobufFrame('ADDED', plainSlice('x', ['10.0.0.1'], { labels })));
    assert.equal(event.id?.kind, 'ImportSlice');
    assert.ok(event.object?.kind === 'ImportSlice');
    assert.equal(event.object.service, 'web');
    assert.equal(event.object.cluster, 'c1');
    assert.equal(event.object.endpoints.length, 1);
  });

  it('custom resources are not served as protobuf', () =>
    assert.throws(() => new ProtobufWatch('ServiceImport'), RangeError));

  it('fields that are not known are passed over', () => {
    const added = Buffer.concat([field(1, Buffer.from('ADDED')), field(2, field(1, protobufBody(plainService('a'))))]);
    const more = Buffer.concat([field(9, Buffer.from('later')), added, Buffer.from([0x50, 0x01])]);
    assert.equal(events('Service', frame(more)).at(0)?.object?.kind, 'Service');
  });
});

describe('what is refused', () => {
  const added = (object: Buffer): Buffer =>
    frame(Buffer.concat([field(1, Buffer.from('ADDED')), field(2, field(1, object))]));
  const encoded = Buffer.concat([protobufBody(plainService('a')), field(3, Buffer.from('gzip'))]);
  const rows: { name: string; body: Buffer; message: string }[] = [
    {
      name: 'a frame beyond the limit',
      body: Buffer.from([0, 0, 4, 0]),
      message: 'protobuf: a frame of 1024 octets; 1023 are allowed',
    },
    {
      name: 'a type that does not exist',
      body: protobufFrame('CHANGED', plainService('a')),
      message: 'protobuf: an event of type "CHANGED"',
    },
    { name: 'an empty frame', body: frame(Buffer.alloc(0)), message: 'protobuf: an event of type ""' },
    {
      name: 'an object of another kind',
      body: protobufFrame('ADDED', plainPod('a', '')),
      message: 'protobuf: an object of type "v1 Pod" where v1 Service was expected',
    },
    {
      name: 'an ERROR without a Status',
      body: protobufFrame('ERROR', plainPod('a', '')),
      message: 'protobuf: an object of type "v1 Pod" where v1 Status was expected',
    },
    {
      name: 'JSON within protobuf',
      body: added(Buffer.from('{"kind":"Service"}')),
      message: 'protobuf: an object does not begin with k8s\\0',
    },
    { name: 'no object', body: added(Buffer.alloc(0)), message: 'protobuf: an object does not begin with k8s\\0' },
    { name: 'a content encoding', body: added(encoded), message: 'protobuf: content encoding "gzip"' },
  ];
  for (const { name, body, message } of rows)
    it(name, () =>
      assert.throws(
        () => events('Service', body, body.length, 1023),
        (error: unknown) => error instanceof ProtobufError && error.message === message,
      ),
    );
});
