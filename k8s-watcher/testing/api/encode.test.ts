import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { plainService } from '../objects.ts';
import { ask, serving } from './asking.ts';
import type { Encoder } from './encode.ts';
import { negotiate, shown } from './encode.ts';
import { resourceNamed } from './resources.ts';

/** Lists the kinds of what it is given. */
const SPELLING: Encoder = {
  contentType: 'application/spelling',
  watchContentType: 'application/spelling;stream=watch',
  body: (object) => Buffer.from(`[${object['kind']}]`),
  event: (type, object) => Buffer.from(`[${type} ${object['kind']}]`),
};

const ROWS: readonly [accept: string, form: string][] = [
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/spelling', 'application/spelling'],
  ['application/spelling, */*', 'application/spelling'],
  ['application/json, application/spelling', 'application/json'],
  ['application/cbor, application/spelling;q=0.5', 'application/spelling'],
  ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'application/json'],
  ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'application/json metadata'],
  ['application/spelling;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', 'application/spelling metadata'],
];

suite('who accepts', () => {
  for (const [accept, expected] of ROWS)
    test(`"${accept}" gets ${expected}`, () => {
      const { encoder, partial } = negotiate(accept, [SPELLING], resourceNamed('services'));
      assert.equal(`${encoder.contentType}${partial ? ' metadata' : ''}`, expected);
    });

  test('only what is not served is refused', () => {
    const refused = { name: 'StatusError', code: 406, reason: 'NotAcceptable' };
    assert.throws(() => negotiate('text/plain', [SPELLING], resourceNamed('services')), refused);
    assert.throws(() => negotiate('application/json;as=Table', [], resourceNamed('services')), refused);
    assert.throws(() => negotiate('application/spelling', [SPELLING], resourceNamed('serviceimports')), refused);
  });

  test('more than JSON gets JSON of custom resources', () => {
    const { encoder } = negotiate('application/spelling, */*', [SPELLING], resourceNamed('serviceimports'));
    assert.equal(encoder.contentType, 'application/json');
  });
});

suite('another form is used for', () => {
  const accept = 'application/spelling, */*';
  const ROWS: readonly [name: string, path: string, type: string, text: string][] = [
    ['lists', '/api/v1/services', 'application/spelling', '[ServiceList]'],
    ['objects', '/api/v1/namespaces/default/services/a', 'application/spelling', '[Service]'],
    ['refusals', '/api/v1/namespaces/default/services/b', 'application/spelling', '[Status]'],
    ['watches', '/api/v1/services?watch=1&timeoutSeconds=0.01', 'application/spelling;stream=watch', '[ADDED Service]'],
    [
      'errors within watches',
      '/api/v1/services?watch=1&resourceVersion=1',
      'application/spelling;stream=watch',
      '[ERROR Status]',
    ],
  ];
  for (const [name, path, type, text] of ROWS)
    test(name, async (context) => {
      const api = await serving(context, { encoders: [SPELLING] });
      api.put(plainService('a'));
      const got = await ask(api, path, { headers: { accept } });
      assert.deepEqual([got.headers['content-type'], got.text], [type, text]);
    });
});

test('metadata only is an object of its own kind', () => {
  const service = plainService('a');
  const form = negotiate('', [], undefined);
  assert.equal(shown(service, form), service);
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: service['metadata'] };
  assert.deepEqual(shown(service, { ...form, partial: true }), partial);
});
