// Host names of load balancers: CNAME and SRV to them, and what is looked up, at once and later.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainNamespace, plainService } from '#watcher/testing/objects.ts';
import { LATER, NEXT } from '#workers/chain/outcome.ts';
import type { Query } from '#workers/query/query.ts';
import { encodeQuestion } from '#workers/testing/case.ts';
import { type Script, ScriptHandler } from '#workers/testing/script.ts';
import { ExternalRig } from './testing.ts';

const many = Array.from({ length: 9 }, (_, i) => `h${i}.elsewhere.test`);
const balanced = (name: string, ...balancer: string[]) =>
  plainService(name, { ip: '10.96.0.1', ports: ['http 80', 'https 443'], balancer });
const CLUSTER = [
  plainNamespace('default'),
  balanced('one', 'lb.elsewhere.test'),
  balanced('two', '203.0.113.1', 'lb.elsewhere.test', 'gone.elsewhere.test', 'six.elsewhere.test'),
  balanced('inside', 'two.default.a.test'),
  balanced('self', 'self.default.a.test'),
  balanced('twice', 'twice.default.a.test', 'twin.default.a.test'),
  balanced('twin', 'twin.default.a.test', 'twice.default.a.test'),
  balanced('many', ...many),
];
const ELSEWHERE: Readonly<Record<string, Script>> = {
  'lb.elsewhere.test. 1': {
    answer: ['lb.elsewhere.test. 60 IN CNAME node.test.', 'node.test. 30 IN A 192.0.2.1'],
    authority: ['test. 60 IN NS ns.test.'],
  },
  'lb.elsewhere.test. 28': { rcode: 'NXDOMAIN' },
  'six.elsewhere.test. 28': { answer: ['six.elsewhere.test. 60 IN AAAA 2001:db8::6'] },
};
const elsewhere = (): ScriptHandler =>
  new ScriptHandler((name, type) => ELSEWHERE[`${name} ${type}`] ?? { rcode: 'NXDOMAIN' });
const DIRECTIVE = 'k8s_external a.test';

function ask(name: string, type: string, next = elsewhere()) {
  const { answer, additional, authority, rcode } = new ExternalRig(DIRECTIVE, CLUSTER, [next]).core.ask({
    name: `${name}.default.a.test.`,
    type,
  });
  return { answer, additional, authority, rcode, asked: next.asked };
}

describe('addresses', () => {
  it('CNAME and what is known of it; nothing of other sections', () =>
    assert.deepEqual(ask('one', 'A'), {
      answer: [
        'one.default.a.test. 33 IN CNAME lb.elsewhere.test.',
        'lb.elsewhere.test. 60 IN CNAME node.test.',
        'node.test. 30 IN A 192.0.2.1',
      ],
      additional: [],
      authority: [],
      rcode: 'NOERROR',
      asked: ['lb.elsewhere.test. 1'],
    }));

  it('of a name that does not exist: the bare CNAME', () => {
    const { answer, rcode } = ask('one', 'AAAA');
    assert.deepEqual([rcode, answer], ['NOERROR', ['one.default.a.test. 33 IN CNAME lb.elsewhere.test.']]);
  });

  it('own addresses, then every host name', () => {
    const { answer, asked } = ask('two', 'A');
    assert.deepEqual(answer, [
      'two.default.a.test. 5 IN A 203.0.113.1',
      'two.default.a.test. 33 IN CNAME lb.elsewhere.test.',
      'two.default.a.test. 33 IN CNAME gone.elsewhere.test.',
      'two.default.a.test. 33 IN CNAME six.elsewhere.test.',
      'lb.elsewhere.test. 60 IN CNAME node.test.',
      'node.test. 30 IN A 192.0.2.1',
    ]);
    assert.deepEqual(asked, ['lb.elsewhere.test. 1', 'gone.elsewhere.test. 1', 'six.elsewhere.test. 1']);
  });

  it('of a port, with any label in front, and not for CNAME', () => {
    const ported = ask('_http._tcp.one', 'A').answer;
    assert.deepEqual(ported[0], '_http._tcp.one.default.a.test. 33 IN CNAME lb.elsewhere.test.');
    assert.deepEqual(ask('x.one', 'A').answer.length, 3);
    assert.deepEqual(ask('one', 'CNAME').answer, []);
  });

  it('a host name of the zone itself is looked up like any other; within a lookup only the first name is', () => {
    const { answer, asked } = ask('inside', 'A');
    assert.deepEqual(answer[0], 'inside.default.a.test. 33 IN CNAME two.default.a.test.');
    assert.equal(answer.length, 7);
    assert.deepEqual(asked, ['lb.elsewhere.test. 1']);
  });

  for (const name of ['self', 'twice'])
    it(`${name}: names that lead in circles come to an end`, () => {
      const { rcode, answer } = ask(name, 'A');
      assert.equal(rcode, 'NOERROR');
      assert.ok(answer.length < 60, `${answer.length} records`);
    });

  it('looks up so many and no more', () => {
    const { answer, asked } = ask('many', 'A');
    assert.equal(answer.length, many.length);
    assert.deepEqual(
      asked,
      many.slice(0, 7).map((name) => `${name}. 1`),
    );
  });
});

describe('SRV', () => {
  it('a target for every port and host name, of which the service is one when it has addresses', () => {
    const { answer, additional, asked } = ask('two', 'SRV');
    assert.deepEqual(
      answer,
      ['two.default.a.test', 'lb.elsewhere.test', 'gone.elsewhere.test', 'six.elsewhere.test'].flatMap((target) =>
        [80, 443].map((port) => `two.default.a.test. 33 IN SRV 0 12 ${port} ${target}.`),
      ),
    );
    assert.deepEqual(additional, [
      'two.default.a.test. 5 IN A 203.0.113.1',
      'lb.elsewhere.test. 60 IN CNAME node.test.',
      'node.test. 30 IN A 192.0.2.1',
      'six.elsewhere.test. 60 IN AAAA 2001:db8::6',
    ]);
    assert.deepEqual(
      asked,
      ['lb', 'gone', 'six'].flatMap((name) => [`${name}.elsewhere.test. 1`, `${name}.elsewhere.test. 28`]),
    );
  });

  it('without addresses the service is none', () =>
    assert.deepEqual(ask('_http._tcp.one', 'SRV').answer, [
      '_http._tcp.one.default.a.test. 33 IN SRV 0 100 80 lb.elsewhere.test.',
    ]));
});

describe('a lookup that has to wait', () => {
  for (const type of ['A', 'SRV'])
    it(`${type}: every host name in turn`, () => {
      const waiting: Query[] = [];
      const keeper = {
        serve: (query: Query) => {
          waiting.push(query);
          return LATER;
        },
      };
      const { core } = new ExternalRig(DIRECTIVE, CLUSTER, [keeper]);
      assert.equal(core.send(encodeQuestion({ name: 'two.default.a.test.', type })), 'waiting');
      const lookups = type === 'A' ? 3 : 6;
      for (let i = 0; i < lookups; i++) {
        assert.equal(waiting.length, i + 1);
        assert.equal(core.late.length, 0);
        waiting[i].resume(NEXT);
      }
      assert.equal(core.late.length, 1);
      const answers = core.late[0]?.answer ?? [];
      assert.equal(answers.length, type === 'A' ? 4 : 8);
      assert.equal(core.thread.pool.inFlight, 0);
    });
});
