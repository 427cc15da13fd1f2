// Lists: items while they come, what the list says of itself, metadata-only lists, and what is refused.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WatchEvent } from '../../api/events.ts';
import { managed } from '../../testing/large.ts';
import { type Plain, plainPod, plainService } from '../../testing/objects.ts';
import { field, protobufBody, varint } from '../../testing/protobuf.ts';
import { ProtobufError } from './error.ts';
import { openList, openMetadataList, type ProtobufList } from './list.ts';
import type { Metadata } from './meta.ts';
import { decodeStatus } from './status.ts';

const services = ['a', 'b', 'c'].map((name) => managed(plainService(name, { ip: '10.0.0.1', labels: { app: name } })));
const listOf = (items: readonly Plain[], metadata: Plain = { resourceVersion: '812' }): Plain => ({
  apiVersion: 'v1',
  kind: 'ServiceList',
  metadata,
  items,
});

function read<Item>(list: ProtobufList<Item>, body: Buffer, chunk = body.length): { items: Item[]; end: unknown } {
  const items: Item[] = [];
  for (let at = 0; at < body.length; at += chunk)
    list.push(Uint8Array.from(body.subarray(at, at + chunk)), (item) => items.push(item));
  return { items, end: list.end() };
}

describe('lists', () => {
  const body = protobufBody(listOf(services, { resourceVersion: '812', continue: 'token', remainingItemCount: 9 }));

  it('items as if they had been added, then the version and the token', () => {
    const { items, end } = read(openList('Service'), body);
    assert.deepEqual(
      items.map(({ type, id, resourceVersion }) => [type, id?.name, resourceVersion]),
      ['a', 'b', 'c'].map((name) => ['ADDED', name, '4711']),
    );
    assert.deepEqual(end, { resourceVersion: '812', next: 'token' });
  });

  for (const chunk of [1, 2, 3, 7, 100, 1000])
    it(`the same in chunks of ${chunk} octets`, () =>
      assert.deepEqual(read(openList('Service'), body, chunk), read(openList('Service'), body)));

  it('items are told before the list is complete', () => {
    const items: WatchEvent[] = [];
    const list = openList('Service');
    list.push(body.subarray(0, body.length - 100), (item) => items.push(item));
    assert.equal(items.length, 2);
    assert.throws(() => list.end(), /the list ends before its end/);
  });

  it('an empty list', () =>
    assert.deepEqual(read(openList('Service'), protobufBody(listOf([]))), {
      items: [],
      end: { resourceVersion: '812', next: '' },
    }));

  it('an object that is wrong is a problem among others that are not', () => {
    const wrong = [services[0], plainService('x', { ip: 'x' }), services[1]];
    const { items } = read(openList('Service'), protobufBody(listOf(wrong)));
    assert.deepEqual(
      items.map(({ problem }) => problem),
      [undefined, 'Service default/x: spec.clusterIPs[0]: "x" is not an IP address', undefined],
    );
  });

  it('metadata only', () => {
    const kind = 'PartialObjectMetadataList';
    const pods = services.concat(plainPod('d', '', { terminating: true }));
    const partial = { ...listOf(pods), apiVersion: 'meta.k8s.io/v1', kind };
    const { items, end } = read(openMetadataList(), protobufBody(partial), 100);
    const shown = ({ name, namespace, resourceVersion, labels, deletionTimestamp }: Metadata): unknown[] => [
      ...[name, namespace, resourceVersion, { ...labels }, deletionTimestamp],
    ];
    assert.deepEqual(items.map(shown), [
      ...['a', 'b', 'c'].map((name) => [name, 'default', '4711', { app: name }, undefined]),
      ['d', 'default', '', {}, true],
    ]);
    assert.deepEqual(end, { resourceVersion: '812', next: '' });
  });

  it('fields that are not known are passed over, in the list and around it', () => {
    const inner = Buffer.concat([
      Buffer.from([0x48, 0x80, 0x01, 0x51, 1, 2, 3, 4, 5, 6, 7, 8, 0x5d, 1, 2, 3, 4]),
      field(1, field(2, Buffer.from('7'))),
      field(30, Buffer.from('later')),
    ]);
    const type = Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from('ServiceList'))]);
    const around = Buffer.concat([Buffer.from('k8s\0'), field(9, Buffer.from('new')), field(1, type), field(2, inner)]);
    for (const chunk of [1, 5, 1000])
      assert.deepEqual(read(openList('Service'), around, chunk).end, { resourceVersion: '7', next: '' });
  });
});

describe('what is refused', () => {
  const body = protobufBody(listOf(services));
  const type = field(1, Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from('ServiceList'))]));
  const list = (...parts: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from('k8s\0'), type, ...parts]);
  const rows: { name: string; body: Buffer; message: string }[] = [
    { name: 'nothing', body: Buffer.alloc(0), message: 'the list ends before its end' },
    { name: 'an end in the midst of it', body: body.subarray(0, 500), message: 'the list ends before its end' },
    { name: 'JSON', body: Buffer.from('{"kind":"ServiceList"}'), message: 'a list does not begin with k8s\\0' },
    {
      name: 'a list of something else',
      body: protobufBody({ ...listOf([]), kind: 'PodList' }),
      message: '"v1 PodList" where v1 ServiceList was expected',
    },
    {
      name: 'a Status',
      body: protobufBody({ apiVersion: 'v1', kind: 'Status', code: 500 }),
      message: '"v1 Status" where v1 ServiceList was expected',
    },
    { name: 'no version', body: protobufBody(listOf([], {})), message: 'the list does not say its resourceVersion' },
    {
      name: 'an item that ends after its list',
      body: list(Buffer.from([0x12, 3, 0x12, 5, 0])),
      message: 'a field ends after its message',
    },
    {
      name: 'two lists',
      body: list(field(2, Buffer.alloc(0)), field(2, Buffer.alloc(0))),
      message: 'two lists in one',
    },
    { name: 'a content encoding', body: list(field(3, Buffer.from('gzip'))), message: 'content encoding "gzip"' },
    { name: 'a group', body: list(Buffer.from([0x0b])), message: 'wire type 3' },
    { name: 'a field 0', body: list(Buffer.from([0x02, 0])), message: 'a field without a number' },
    {
      name: 'an item beyond the limit, before it has come',
      body: list(Buffer.from([0x12]), varint(1 << 20), Buffer.from([0x12]), varint(5000)),
      message: 'a field of 5003 octets; 4096 are allowed',
    },
    {
      name: 'a number that does not end',
      body: list(Buffer.from([0x48]), Buffer.alloc(20, 0x80)),
      message: 'a number of more than 64 bits',
    },
    {
      name: 'a length that does not end',
      body: list(Buffer.from([0x12]), Buffer.alloc(20, 0x80)),
      message: 'a length of more than 32 bits',
    },
  ];
  for (const { name, body: octets, message } of rows)
    for (const chunk of [1, 4096])
      it(`${name}, in chunks of ${chunk}`, () =>
        assert.throws(
          () => read(openList('Service', true, 4096), octets, chunk),
          (error: unknown) => error instanceof ProtobufError && error.message === `protobuf: ${message}`,
        ));

  it('kinds that are not served as protobuf', () => assert.throws(() => openList('ServiceImport'), RangeError));
});

describe('a Status as the body of an answer', () => {
  const status: Plain = { apiVersion: 'v1', kind: 'Status', message: 'no', reason: 'Forbidden', code: 403 };

  it('its parts', () =>
    assert.deepEqual(decodeStatus(protobufBody(status)), {
      code: 403,
      reason: 'Forbidden',
      message: 'no',
      retryAfter: 0,
    }));

  it('undefined for other bodies', () => {
    for (const text of ['', 'k8s', '{"kind":"Status"}']) assert.equal(decodeStatus(Buffer.from(text)), undefined);
  });

  it('refused when it is something else', () =>
    assert.throws(() => decodeStatus(protobufBody(plainService('a'))), /"v1 Service" instead of a status/));
});
