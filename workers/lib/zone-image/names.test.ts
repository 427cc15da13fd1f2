// Labels of names, entries of parts of names, ports with and without underscores.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestImage } from '#watcher/testing/image.ts';
import { plainNamespace, plainService } from '#watcher/testing/objects.ts';
import { encodeName } from '#wire/name.ts';
import type { Handler } from '../../chain/handler.ts';
import type { Query } from '../../query/query.ts';
import { ChainRunner } from '../../testing/case.ts';
import { TEST_SEED } from '../../testing/thread.ts';
import { findFrom, isLabelAt, isMarkedAt } from './names.ts';
import { PortFinder } from './ports.ts';

const LONG = 'a'.repeat(63);

/** What `look` makes of the question's name. */
function lookAt<T>(name: string, look: (query: Query) => T): T {
  const seen: T[] = [];
  const handler: Handler = {
    serve(query) {
      seen.push(look(query));
      return 0;
    },
  };
  new ChainRunner([handler]).ask({ name, type: 'A' });
  return seen[0];
}

describe('labels', () => {
  const rows: readonly [name: string, index: number, label: string, is: boolean][] = [
    ['svc.cluster.local.', 0, 'svc', true],
    ['SVC.cluster.local.', 0, 'svc', true],
    ['svcx.cluster.local.', 0, 'svc', false],
    ['sv.cluster.local.', 0, 'svc', false],
    ['x.svc.cluster.local.', 1, 'svc', true],
    ['x.Two.Labels.test.', 1, 'two.labels', true],
    ['x.two.label.test.', 1, 'two.labels', false],
  ];
  for (const [name, index, label, is] of rows)
    it(`label ${index} of ${name} is ${is ? '' : 'not '}${label}`, () =>
      assert.equal(
        lookAt(name, (query) => isLabelAt(query, index, encodeName(label).slice(0, -1))),
        is,
      ));

  for (const [name, marks] of [
    ['_http._tcp.x.', [true, true, false]],
    ['http.tcp.x.', [false, false, false]],
    ['_.a_b.x.', [true, false, false]],
  ] as const)
    it(`underscores in front in ${name}`, () =>
      assert.deepEqual(
        lookAt(name, (query) => marks.map((_, i) => isMarkedAt(query, i))),
        marks,
      ));
});

describe('entries', () => {
  const image = new TestImage(
    {},
    [
      plainNamespace('default'),
      plainService('web', { ip: '10.96.0.1', ports: ['http 80', 'dns 53/UDP', `${'p'.repeat(62)} 1`] }),
    ],
    TEST_SEED,
  ).images.image('test');

  const parts: readonly [name: string, from: number, found: boolean][] = [
    ['web.default.svc.z.test.', 0, true],
    ['WEB.default.svc.z.test.', 0, true],
    ['x.web.default.svc.z.test.', 1, true],
    ['x.y.web.default.svc.z.test.', 2, true],
    ['x.web.default.svc.z.test.', 0, false],
    ['web.default.svc.z.test.', 1, true],
    ['web.default.svc.z.test.', 2, false],
    ['web.default.svc.z.test.', 3, false],
  ];
  for (const [name, from, found] of parts)
    it(`${found ? 'an' : 'no'} entry of ${name} from label ${from}`, () =>
      assert.equal(lookAt(name, (query) => findFrom(image, query, from, 2)) !== 0, found));

  const ports: readonly [front: string, found: boolean][] = [
    ['http.tcp', true],
    ['_http.tcp', true],
    ['http._tcp', true],
    ['HTTP.Tcp', true],
    ['dns.udp', true],
    [`${'p'.repeat(62)}.tcp`, true],
    ['http.udp', false],
    ['_http._tcp', false],
    ['__http.tcp', false],
    [`${LONG}.tcp`, false],
    [`http.${LONG}`, false],
  ];
  const finder = new PortFinder(TEST_SEED);
  for (const [front, found] of ports)
    it(`${front.slice(0, 20)} ${found ? 'is a port' : 'is none, or has its entry under its own name'}`, () =>
      assert.equal(lookAt(`${front}.web.default.svc.z.test.`, (query) => finder.find(image, query, 2)) !== 0, found));
});
