// What k8s_external directives say, and what they must not.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { externalImage, type K8sExternalOptions, transferOffers, withCluster } from './options.ts';
import { plugin } from './setup.ts';

const read = (text: string, directives: readonly string[] = ['kubernetes']): K8sExternalOptions =>
  plugin.setup(new TextDirective('k8s_external', text), testScope(['b.test.'], directives));
const block = (...properties: string[]): string => `k8s_external a.test {\n${properties.join('\n')}\n}`;

const DEFAULTS: K8sExternalOptions = {
  zones: ['a.test.'],
  apex: 'dns',
  ttl: 5,
  headless: false,
  fallthrough: null,
  image: '',
  localAddresses: [],
};

describe('k8s_external', () => {
  const rows: readonly (readonly [text: string, options: Partial<K8sExternalOptions>])[] = [
    ['k8s_external', { zones: ['b.test.'] }],
    ['k8s_external a.test C.test.', { zones: ['a.test.', 'c.test.'] }],
    ['k8s_external a.test {\n}', {}],
    [block('apex top'), { apex: 'top' }],
    [block('apex Top.Level.'), { apex: 'top.level' }],
    [block('apex one two'), { apex: 'one' }],
    [block('ttl 0'), { ttl: 0 }],
    [block('ttl 3600'), { ttl: 3600 }],
    [block('ttl 7 8'), { ttl: 7 }],
    [block('headless'), { headless: true }],
    [block('fallthrough'), { fallthrough: ['.'] }],
    [block('fallthrough X.test y.test'), { fallthrough: ['x.test.', 'y.test.'] }],
    [`${block('ttl 9')}\nk8s_external c.test`, { zones: ['c.test.'], ttl: 9 }],
  ];
  for (const [text, options] of rows)
    it(text.replaceAll('\n', ' '), () => assert.deepEqual(read(text), { ...DEFAULTS, ...options }));

  const wrong: readonly (readonly [text: string, message: string | RegExp])[] = [
    [block('apex'), /Corefile:2 - .*Wrong argument count or unexpected line ending after 'apex'/],
    [block('apex ""'), /Corefile:2 - .*apex "" is not a domain name/],
    [block('apex a..b'), /apex "a\.\.b" is not a domain name of letters, digits, "-" and "_"/],
    [block(`apex ${'a'.repeat(64)}`), /is not a domain name/],
    [block(`apex ${Array.from({ length: 4 }, () => 'a'.repeat(60)).join('.')}`), /is longer than a name may be/],
    [block('ttl'), /Corefile:2 - .*Wrong argument count or unexpected line ending after 'ttl'/],
    [block('ttl x'), 'strconv.Atoi: parsing "x": invalid syntax'],
    [block('ttl -1'), /Corefile:2 - .*ttl must be in range \[0, 3600\]: -1/],
    [block('ttl 3601'), /ttl must be in range \[0, 3600\]: 3601/],
    [block('headless x'), /unknown property 'x'/],
    [block('upstream'), /unknown property 'upstream'/],
  ];
  for (const [text, message] of wrong)
    it(`${text.replaceAll('\n', ' ').slice(0, 60)}: refused`, () =>
      assert.throws(() => read(text), { name: 'ConfigError', message }));

  it('needs kubernetes in the same block', () =>
    assert.throws(() => read('k8s_external', []), { name: 'ConfigError', message: 'kubernetes plugin not loaded' }));
});

describe('the image', () => {
  const cluster = {
    key: 'kubernetes:1',
    naming: 'cluster',
    ttl: 33,
    pods: 'verified',
    clients: 'labels',
    zonal: true,
    namespaces: ['a'],
    localAddresses: ['192.0.2.2'],
  } as const;
  const keyOf = (text: string, key: string = cluster.key): string => externalImage(read(text), { ...cluster, key }).key;

  it('is that of the cluster with other names, and nothing that only cluster zones have', () => {
    const { key, ...image } = externalImage(read(block('ttl 9', 'headless', 'apex top')), cluster);
    assert.deepEqual(image, {
      ...{ naming: 'external', ttl: 33, pods: 'disabled', clients: 'none', zonal: false },
      ...{ namespaces: ['a'], localAddresses: ['192.0.2.2'], external: { ttl: 9, headless: true, apex: 'top' } },
    });
    assert.match(key, /^k8s_external:[0-9a-f]{32}$/);
  });

  const others = [block('ttl 9'), block('headless'), block('apex top')];
  for (const text of others)
    it(`another one with ${text.split('\n')[1]}`, () => assert.notEqual(keyOf(text), keyOf(block())));
  it('another one for another cluster image', () => assert.notEqual(keyOf(block(), 'kubernetes:2'), keyOf(block())));
  it('the same for other zones and fallthrough', () =>
    assert.equal(keyOf('k8s_external z.test {\nfallthrough\n}'), keyOf(block())));

  it('is what the handler and transfers are told of', () => {
    const options = withCluster(read(block()), cluster);
    assert.deepEqual(options, { ...DEFAULTS, image: keyOf(block()), localAddresses: ['192.0.2.2'] });
    assert.deepEqual(transferOffers(options), [{ zones: ['a.test.'], image: keyOf(block()), exact: true }]);
    assert.equal(plugin.transfers, transferOffers);
  });
});
