import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Target } from './resources.ts';
import { resourceNamed } from './resources.ts';
import * as status from './status.ts';

const SERVICES = resourceNamed('services');
const SLICES = resourceNamed('endpointslices');

function target(resource: Target['resource'], namespace = '', name = ''): Target {
  return { resource, namespace, name, subresource: '' };
}

const ROWS: readonly [name: string, error: status.StatusError, body: Record<string, unknown>][] = [
  ['a request that cannot be read', status.badRequest('no'), { message: 'no', reason: 'BadRequest', code: 400 }],
  ['somebody unknown', status.unauthorized(), { message: 'Unauthorized', reason: 'Unauthorized', code: 401 }],
  [
    'an object in a namespace that one may not see',
    status.forbidden('jane', 'get', target(SLICES, 'default', 'web')),
    {
      message:
        'endpointslices.discovery.k8s.io "web" is forbidden: User "jane" cannot get resource "endpointslices" in API group "discovery.k8s.io" in the namespace "default"',
      reason: 'Forbidden',
      details: { name: 'web', group: 'discovery.k8s.io', kind: 'endpointslices' },
      code: 403,
    },
  ],
  [
    'an object that is not there',
    status.notFound(SERVICES, 'web'),
    {
      message: 'services "web" not found',
      reason: 'NotFound',
      details: { name: 'web', kind: 'services' },
      code: 404,
    },
  ],
  [
    'history that is forgotten',
    status.expired(5, 9),
    { message: 'too old resource version: 5 (9)', reason: 'Expired', code: 410 },
  ],
  [
    'options that do not go together',
    status.invalidOptions('limit', 'no'),
    {
      message: 'ListOptions.meta.k8s.io "" is invalid: limit: Forbidden: no',
      reason: 'Invalid',
      details: {
        group: 'meta.k8s.io',
        kind: 'ListOptions',
        causes: [{ reason: 'FieldValueForbidden', message: 'Forbidden: no', field: 'limit' }],
      },
      code: 422,
    },
  ],
  ['an error without a reason', new status.StatusError(500, '', 'no'), { message: 'no', code: 500 }],
];

suite('the Status of', () => {
  for (const [name, error, body] of ROWS)
    test(name, () => {
      const always = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
      assert.deepEqual(error.body(), { ...always, ...body });
    });

  test('a list that has expired says where one may go on', () => {
    const { metadata, code } = status.continueExpired('xyz').body();
    assert.deepEqual([metadata, code], [{ continue: 'xyz' }, 410]);
  });
});
