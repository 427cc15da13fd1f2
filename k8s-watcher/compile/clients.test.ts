// Whose an address is, and that it follows the pods.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientKey } from '#zone/entry.ts';
import { Form } from '#zone/layout.ts';
import { parseAddress } from '../objects/address.ts';
import { TestImage } from '../testing/image.ts';
import { plainNamespace, plainPod } from '../testing/objects.ts';
import type { ImageOptions } from './options.ts';

const VERIFIED: Partial<ImageOptions> = { pods: 'verified', clients: 'namespaces' };
const LABELS: Partial<ImageOptions> = { pods: 'verified', clients: 'labels' };
const namespace = plainNamespace('default');
const pod = plainPod('web-1', '10.1.0.1', { labels: { app: 'web', tier: 'front' } });

/** RRsets of the client's entry: namespaces, then name and labels. */
function client(image: TestImage, address: string): string[][] | undefined {
  const entry = image.writer.get(clientKey(parseAddress(address) ?? ''));
  return entry?.rrsets.map((rrset) => {
    if (rrset.form === Form.RELATIVE) return rrset.names.map((name) => name.slice(1));
    return rrset.form === Form.PLAIN ? rrset.rdatas.map((text) => Buffer.from(text).toString()) : [];
  });
}

describe('clients of an image', () => {
  const rows: readonly [name: string, options: Partial<ImageOptions>, want: string[][] | undefined][] = [
    ['nobody asks for them', { pods: 'verified' }, undefined],
    ['namespaces', VERIFIED, [['default']]],
    ['names and labels', LABELS, [['default'], ['web-1', 'app', 'web', 'tier', 'front']]],
    [
      'only pods that the image selects',
      { ...VERIFIED, labels: [{ key: 'app', operator: 'in', values: ['db'] }] },
      undefined,
    ],
    ['a namespace that is not served makes no difference', { ...VERIFIED, namespaces: ['other'] }, [['default']]],
  ];
  for (const [name, options, want] of rows)
    it(`${name}: compiled and followed`, () => {
      assert.deepEqual(client(new TestImage(options, [namespace, pod]), '10.1.0.1'), want);
      const image = new TestImage(options);
      image.put(namespace, pod);
      assert.deepEqual(client(image, '10.1.0.1'), want);
    });

  it('pods of several namespaces on the network of one node', () => {
    const image = new TestImage(LABELS, [pod]);
    image.put(plainPod('agent', '10.1.0.1', { namespace: 'a-system' }));
    assert.deepEqual(client(image, '10.1.0.1'), [['a-system', 'default'], ['agent']]);
    image.remove(plainPod('agent', '10.1.0.1', { namespace: 'a-system' }));
    assert.deepEqual(client(image, '10.1.0.1')?.[0], ['default']);
    const compiled = new TestImage(LABELS, [pod, plainPod('agent', '10.1.0.1', { namespace: 'a-system' })]);
    assert.deepEqual(client(compiled, '10.1.0.1'), [['a-system', 'default'], ['agent']]);
  });

  it('of several pods of a namespace the first by name is described', () => {
    const image = new TestImage(LABELS, [pod]);
    image.put(plainPod('aaa', '10.1.0.1', {}));
    assert.deepEqual(client(image, '10.1.0.1'), [['default'], ['aaa']]);
  });

  it('labels that change, an address that another pod takes over, a pod that goes', () => {
    const image = new TestImage(LABELS, [pod]);
    image.put(plainPod('web-1', '10.1.0.1', { labels: { app: 'db' } }));
    assert.deepEqual(client(image, '10.1.0.1')?.[1], ['web-1', 'app', 'db']);
    image.put(plainPod('web-1', '10.1.0.2', {}), plainPod('x', '10.1.0.1', { namespace: 'other' }));
    assert.deepEqual(client(image, '10.1.0.1'), [['other'], ['x']]);
    assert.deepEqual(client(image, '10.1.0.2'), [['default'], ['web-1']]);
    image.remove(plainPod('web-1', '10.1.0.2', {}));
    assert.equal(client(image, '10.1.0.2'), undefined);
  });

  it('a successor takes away clients that have gone', () => {
    const image = new TestImage(VERIFIED, [pod, plainPod('two', 'fd00::1', {})]);
    image.store.apply({ action: 'delete', id: { kind: 'Pod', namespace: 'default', name: 'web-1' } });
    image.compiler.publishAll(image.now + 1);
    assert.equal(client(image, '10.1.0.1'), undefined);
    assert.deepEqual(client(image, 'fd00::1'), [['default']]);
  });

  it('what an address is called is none of it', () => {
    const image = new TestImage(VERIFIED, [namespace, pod]);
    assert.equal(image.lines('10.1.0.1'), undefined);
    assert.deepEqual(image.lines('10-1-0-1.default.pod'), ['A 10.1.0.1', 'SRV weight 100 skip 0: 0 [] 10.1.0.1']);
  });
});
