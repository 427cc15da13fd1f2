// Kubernetes JSON → watch events, trimmed.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decoded, type Plain, plainNamespace, plainPod, plainService } from '../testing/objects.ts';
import { StreamError, type WatchEvent } from './events.ts';
import { JsonListReader, readEvent, readItem, readMetadata } from './json.ts';
import { RESOURCES } from './resources.ts';

const [NAMESPACE, SERVICE, , POD] = RESOURCES;

function versioned(plain: Plain, resourceVersion: string): Plain {
  return { ...plain, metadata: { ...(plain['metadata'] as Plain), resourceVersion } };
}

const web = plainService('web', { ip: '10.0.0.1' });
const webId = { kind: 'Service', namespace: 'default', name: 'web' };

describe('readEvent', () => {
  const rows: { name: string; type: string; object: unknown; resource?: typeof SERVICE; want: WatchEvent | object }[] =
    [
      {
        name: 'ADDED',
        type: 'ADDED',
        object: versioned(web, '7'),
        want: { type: 'ADDED', id: webId, resourceVersion: '7', initialEventsEnd: false, object: decoded(web) },
      },
      {
        name: 'MODIFIED of a namespace',
        resource: NAMESPACE,
        type: 'MODIFIED',
        object: versioned(plainNamespace('prod'), '8'),
        want: {
          type: 'MODIFIED',
          id: { kind: 'Namespace', namespace: '', name: 'prod' },
          resourceVersion: '8',
          initialEventsEnd: false,
          object: { kind: 'Namespace', name: 'prod', labels: {} },
        },
      },
      {
        name: 'DELETED is only a name',
        type: 'DELETED',
        object: versioned(plainService('web', { ip: 'nonsense' }), '9'),
        want: { type: 'DELETED', id: webId, resourceVersion: '9', initialEventsEnd: false },
      },
      {
        name: 'an object that cannot be read',
        type: 'ADDED',
        object: versioned(plainService('web', { ip: 'x' }), '7'),
        want: {
          type: 'ADDED',
          id: webId,
          resourceVersion: '7',
          initialEventsEnd: false,
          problem: 'Service default/web: spec.clusterIPs[0]: "x" is not an IP address',
        },
      },
      {
        name: 'a pod that has ended',
        resource: POD,
        type: 'MODIFIED',
        object: versioned(plainPod('p', '10.1.0.1', { phase: 'Succeeded' }), '7'),
        want: {
          type: 'MODIFIED',
          id: { kind: 'Pod', namespace: 'default', name: 'p' },
          resourceVersion: '7',
          initialEventsEnd: false,
          object: undefined,
        },
      },
      {
        name: 'a bookmark',
        type: 'BOOKMARK',
        object: { kind: 'Service', apiVersion: 'v1', metadata: { resourceVersion: '10' }, spec: {}, status: {} },
        want: { type: 'BOOKMARK', resourceVersion: '10', initialEventsEnd: false },
      },
      {
        name: 'the bookmark that ends the initial events',
        type: 'BOOKMARK',
        object: { metadata: { resourceVersion: '10', annotations: { 'k8s.io/initial-events-end': 'true' } } },
        want: { type: 'BOOKMARK', resourceVersion: '10', initialEventsEnd: true },
      },
      {
        name: 'an error',
        type: 'ERROR',
        object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old', details: { retryAfterSeconds: 3 } },
        want: {
          type: 'ERROR',
          resourceVersion: '',
          initialEventsEnd: false,
          status: { code: 410, reason: 'Expired', message: 'too old', retryAfter: 3 },
        },
      },
      {
        name: 'an error without a word',
        type: 'ERROR',
        object: {},
        want: {
          type: 'ERROR',
          resourceVersion: '',
          initialEventsEnd: false,
          status: { code: 0, reason: '', message: '', retryAfter: 0 },
        },
      },
    ];
  for (const { name, type, object, resource = SERVICE, want } of rows)
    it(name, () => assert.deepEqual(readEvent(resource, JSON.stringify({ type, object })), want));

  const broken: [line: string, message: string][] = [
    ['{"type":"ADDED","obj', '"{"type":"ADDED","obj" is not JSON'],
    ['7', '"7" is no object'],
    ['{"type":"SEEN","object":{}}', '"{"type":"SEEN","object":{}}" is no watch event'],
    ['{"type":"ADDED","object":7}', 'a watch event of type ADDED without object'],
    [`x${'\n'.repeat(70)}`, `"x${' '.repeat(58)}…" is not JSON`],
  ];
  for (const [line, message] of broken)
    it(`refuses ${JSON.stringify(line.slice(0, 30))}`, () =>
      assert.throws(
        () => readEvent(SERVICE, line),
        (error: unknown) => error instanceof StreamError && error.message === message,
      ));
});

describe('lists', () => {
  it('items do not say what they are', () => {
    const { apiVersion: _version, kind: _kind, ...item } = versioned(web, '7');
    assert.deepEqual(readItem(SERVICE, JSON.stringify(item)), {
      type: 'ADDED',
      id: webId,
      resourceVersion: '7',
      initialEventsEnd: false,
      object: decoded(web),
    });
  });

  it('metadata', () => {
    const { metadata } = plainPod('p', '', { terminating: true });
    assert.deepEqual(readMetadata(JSON.stringify({ kind: 'PartialObjectMetadata', metadata })), metadata);
    assert.deepEqual(readMetadata('{}'), {});
  });

  const end = (metadata: object): unknown => {
    const reader = new JsonListReader(readMetadata);
    reader.push(Buffer.from(JSON.stringify({ metadata, items: [] })), () => undefined);
    return reader.end();
  };

  it('where they stand and how they go on', () => {
    assert.deepEqual(end({ resourceVersion: '7', continue: 'abc' }), { resourceVersion: '7', next: 'abc' });
    assert.deepEqual(end({ resourceVersion: '7' }), { resourceVersion: '7', next: '' });
  });

  it('one that does not say where it stands', () =>
    assert.throws(() => end({}), { name: 'StreamError', message: 'the list does not say its resourceVersion' }));
});
