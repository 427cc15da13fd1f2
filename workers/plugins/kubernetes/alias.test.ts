// ExternalName services: CNAME and what it leads to, in the zone and outside, at once and later (spec C5).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Plain, plainNamespace, plainService, plainSlice } from '#watcher/testing/objects.ts';
import type { Handler } from '#workers/chain/handler.ts';
import { LATER, NEXT } from '#workers/chain/outcome.ts';
import type { Query } from '#workers/query/query.ts';
import { encodeQuestion } from '#workers/testing/case.ts';
import { type Script, ScriptHandler } from '#workers/testing/script.ts';
import { KubernetesRig } from './testing.ts';

const ZONE = 'cluster.local.';
const external = (name: string, target: string): Plain =>
  plainService(name, { namespace: 'ext', externalName: target });
const inZone = (name: string): string => `${name}.svc.cluster.local`;

const CLUSTER: readonly Plain[] = [
  plainNamespace('ext'),
  plainNamespace('default'),
  plainService('web', { ip: '10.96.0.20', ports: ['http 80'] }),
  external('site', 'www.example.org'),
  external('upper', 'WWW.Example.ORG'),
  external('inside', inZone('web.default')),
  external('shouting', 'WEB.default.SVC.Cluster.Local'),
  external('chain', inZone('inside.ext')),
  external('out', inZone('site.ext')),
  external('nowhere', inZone('missing.default')),
  external('self', inZone('self.ext')),
  external('ping', inZone('pong.ext')),
  external('pong', inZone('ping.ext')),
  external('apex', 'cluster.local'),
  external('pod', '10-1-2-3.default.pod.cluster.local'),
  external('port', 'http.tcp.web.default.svc.cluster.local'),
  external('space', 'ext.svc.cluster.local'),
  ...Array.from({ length: 14 }, (_, i) =>
    external(`link-${i}`, inZone(i === 13 ? 'web.default' : `link-${i + 1}.ext`)),
  ),
  plainService('mixed', { ip: 'None' }),
  plainSlice('mixed', ['10.1.0.1', 'www.example.org'], { ports: ['http 80'] }),
  plainService('hosts', { ip: 'None' }),
  plainSlice('hosts', [`missing.default.svc.${ZONE}`, '10.1.0.2'], { ports: ['http 80'] }),
];

const ELSEWHERE: Readonly<Record<string, Script>> = {
  'www.example.org. 1': {
    answer: [
      'www.example.org. 60 IN CNAME web.example.net.',
      'web.example.net. 30 IN A 192.0.2.1',
      'web.example.net. 30 IN A 192.0.2.2',
    ],
    authority: ['example.net. 60 IN NS ns.example.net.'],
    additional: ['ns.example.net. 60 IN A 192.0.2.53'],
  },
  'www.example.org. 28': { rcode: 'NXDOMAIN', authority: ['example.org. 60 IN SOA ns. host. 1 2 3 4 5'] },
};
const elsewhere = (): ScriptHandler =>
  new ScriptHandler((name, type) => ELSEWHERE[`${name} ${type}`] ?? { outcome: 2 });
const rig = (...next: Handler[]): KubernetesRig =>
  new KubernetesRig(`kubernetes ${ZONE} {\npods insecure\n}`, CLUSTER, next);

const www = [
  'www.example.org. 60 IN CNAME web.example.net.',
  'web.example.net. 30 IN A 192.0.2.1',
  'web.example.net. 30 IN A 192.0.2.2',
];
const cname = (name: string, target: string): string => `${name}.ext.svc.${ZONE} 5 IN CNAME ${target}`;
const NODATA: readonly string[] = [];

describe('an alias', () => {
  const web = `web.default.svc.${ZONE}`;
  const rows: { name: string; type?: string; want: readonly string[]; title: string }[] = [
    {
      title: 'to somewhere else: CNAME and what comes back',
      name: 'site',
      want: [cname('site', 'www.example.org.'), ...www],
    },
    {
      title: 'somewhere else without addresses: the bare CNAME',
      name: 'site',
      type: 'AAAA',
      want: [cname('site', 'www.example.org.')],
    },
    {
      title: 'owners are compared whatever their case',
      name: 'upper',
      want: [cname('upper', 'WWW.Example.ORG.'), 'WWW.Example.ORG. 60 IN CNAME web.example.net.', ...www.slice(1)],
    },
    { title: 'within the zone', name: 'inside', want: [cname('inside', web), `${web} 5 IN A 10.96.0.20`] },
    {
      title: 'within the zone, in other letters',
      name: 'shouting',
      want: [cname('shouting', 'WEB.default.SVC.Cluster.Local.'), 'WEB.default.SVC.Cluster.Local. 5 IN A 10.96.0.20'],
    },
    { title: 'within the zone without such addresses: NODATA', name: 'inside', type: 'AAAA', want: NODATA },
    {
      title: 'a chain within the zone',
      name: 'chain',
      want: [cname('chain', `inside.ext.svc.${ZONE}`), cname('inside', web), `${web} 5 IN A 10.96.0.20`],
    },
    {
      title: 'a chain that leaves the zone',
      name: 'out',
      want: [cname('out', `site.ext.svc.${ZONE}`), cname('site', 'www.example.org.'), ...www],
    },
    { title: 'to a name that is not there: NODATA without the CNAME', name: 'nowhere', want: NODATA },
    { title: 'to itself', name: 'self', want: NODATA },
    { title: 'in a circle', name: 'ping', want: NODATA },
    { title: 'to the apex', name: 'apex', want: NODATA },
    { title: 'to a namespace', name: 'space', want: NODATA },
    {
      title: 'to a pod',
      name: 'pod',
      want: [cname('pod', `10-1-2-3.default.pod.${ZONE}`), `10-1-2-3.default.pod.${ZONE} 5 IN A 10.1.2.3`],
    },
    { title: 'to a pod of the other family', name: 'pod', type: 'AAAA', want: NODATA },
    { title: 'to a port', name: 'port', want: [cname('port', `http.tcp.${web}`), `http.tcp.${web} 5 IN A 10.96.0.20`] },
    {
      title: 'a chain of ten links',
      name: 'link-4',
      want: [
        ...Array.from({ length: 9 }, (_, i) => cname(`link-${i + 4}`, `link-${i + 5}.ext.svc.${ZONE}`)),
        cname('link-13', web),
        `${web} 5 IN A 10.96.0.20`,
      ],
    },
    { title: 'a longer chain is given up', name: 'link-3', want: NODATA },
    {
      title: 'CNAME: the record alone',
      name: 'chain',
      type: 'CNAME',
      want: [cname('chain', `inside.ext.svc.${ZONE}`)],
    },
    ...['SRV', 'TXT', 'MX', 'NS', 'HTTPS', 'ANY', 'PTR'].map((type) => ({
      title: `${type}: NODATA`,
      name: 'site',
      type,
      want: NODATA,
    })),
  ];
  for (const { title, name, type = 'A', want } of rows) {
    it(title, () => {
      const { rcode, flags, answer, authority, additional } = rig(elsewhere()).core.ask({
        name: `${name}.ext.svc.${ZONE}`,
        type,
        edns: { size: 4096 },
      });
      assert.deepEqual([rcode, flags, answer], ['NOERROR', 'qr,aa,rd', want]);
      assert.deepEqual([authority.length, additional], [want.length === 0 ? 1 : 0, []]);
    });
  }

  it('has no names below it', () => {
    for (const name of [`x.site.ext.svc.${ZONE}`, `_pg._tcp.site.ext.svc.${ZONE}`])
      assert.equal(rig(elsewhere()).core.ask({ name, type: 'A' }).rcode, 'NXDOMAIN');
  });

  it('keeps the spelling of the question', () => {
    const { answer, question } = rig(elsewhere()).core.ask({ name: `SITE.Ext.svc.${ZONE}`, type: 'A' });
    assert.equal(question, `SITE.Ext.svc.${ZONE} IN A`);
    assert.equal(answer[0], `SITE.Ext.svc.${ZONE} 5 IN CNAME www.example.org.`);
  });

  it('asks the whole server for the type of the query, and for nothing within the zone', () => {
    const script = elsewhere();
    const { core } = rig(script);
    core.ask({ name: `site.ext.svc.${ZONE}`, type: 'AAAA' });
    core.ask({ name: `chain.ext.svc.${ZONE}`, type: 'A' });
    core.ask({ name: `site.ext.svc.${ZONE}`, type: 'CNAME' });
    assert.deepEqual(script.asked, ['www.example.org. 28']);
  });

  it('an error elsewhere leaves the bare CNAME', () => {
    for (const script of [{ outcome: 2 }, { outcome: 5 }, { rcode: 'SERVFAIL' }, { rcode: 'NXDOMAIN' }]) {
      const { rcode, answer, authority } = rig(new ScriptHandler(script)).core.ask({
        name: `site.ext.svc.${ZONE}`,
        type: 'A',
      });
      assert.deepEqual([rcode, answer, authority], ['NOERROR', [cname('site', 'www.example.org.')], []]);
    }
  });

  it('records of a stranger to the chain come along, under their own names', () => {
    const script = new ScriptHandler({
      answer: [
        'other.test. 7 IN A 192.0.2.7',
        'www.example.org. 7 IN A 192.0.2.8',
        'www.example.org. 7 IN A 192.0.2.9',
      ],
    });
    const { answer } = rig(script).core.ask({ name: `site.ext.svc.${ZONE}`, type: 'A' });
    assert.deepEqual(answer.slice(1), [
      'other.test. 7 IN A 192.0.2.7',
      'www.example.org. 7 IN A 192.0.2.8',
      'www.example.org. 7 IN A 192.0.2.9',
    ]);
  });

  it('what does not fit is cut, and says so', () => {
    const script = new ScriptHandler({
      answer: Array.from({ length: 60 }, (_, i) => `www.example.org. 7 IN A 192.0.2.${i}`),
    });
    const { flags, answer, length } = rig(script).core.ask({ name: `site.ext.svc.${ZONE}`, type: 'A' });
    assert.equal(flags, 'qr,aa,tc,rd');
    assert.ok(answer.length > 20 && length <= 512);
  });

  it('is worth caching when it came from elsewhere, and only then', () => {
    const { core } = rig(elsewhere());
    const query = core.thread.pool.acquire() as Query;
    query.release();
    // The pool hands out last what was given back last: the client's query, then that of the lookup.
    core.ask({ name: `inside.ext.svc.${ZONE}`, type: 'A' });
    assert.equal(query.answer.local, true);
    core.ask({ name: `site.ext.svc.${ZONE}`, type: 'A' });
    assert.equal(query.answer.local, false);
  });

  it('cannot be asked for: the bare CNAME', () => {
    const { core } = rig(elsewhere());
    const { pool } = core.thread;
    const taken: Query[] = [];
    while (pool.available > 2) taken.push(pool.acquire() as Query);
    const { rcode, answer } = core.ask({ name: `site.ext.svc.${ZONE}`, type: 'A' });
    assert.deepEqual([rcode, answer], ['NOERROR', [cname('site', 'www.example.org.')]]);
    for (const query of taken) query.release();
  });
});

describe('an alias that has to wait', () => {
  it('is answered when the lookup comes back, with the client’s question', () => {
    const kept: Query[] = [];
    const keeper: Handler = {
      serve(query) {
        kept.push(query);
        return LATER;
      },
    };
    const { core } = rig(keeper, elsewhere());
    assert.equal(
      core.send(encodeQuestion({ name: `Out.ext.svc.${ZONE}`, type: 'A', edns: { size: 1232 } })),
      'waiting',
    );
    kept[0].resume(NEXT);
    const [late] = core.late;
    assert.equal(late?.question, `Out.ext.svc.${ZONE} IN A`);
    assert.deepEqual(late?.answer, [
      `Out.ext.svc.${ZONE} 5 IN CNAME site.ext.svc.${ZONE}`,
      cname('site', 'www.example.org.'),
      ...www,
    ]);
    assert.equal(core.thread.pool.inFlight, 0);
  });
});

describe('endpoints that are domain names', () => {
  it('stand as CNAME beside addresses', () => {
    const { answer } = rig(elsewhere()).core.ask({ name: `mixed.default.svc.${ZONE}`, type: 'A' });
    assert.deepEqual(answer, [
      `mixed.default.svc.${ZONE} 5 IN A 10.1.0.1`,
      `mixed.default.svc.${ZONE} 5 IN CNAME www.example.org.`,
      ...www,
    ]);
  });

  it('leave the addresses alone when they lead nowhere', () => {
    const { answer } = rig(elsewhere()).core.ask({ name: `hosts.default.svc.${ZONE}`, type: 'A' });
    assert.deepEqual(answer, [`hosts.default.svc.${ZONE} 5 IN A 10.1.0.2`]);
  });

  it('have a name of their own, and no SRV', () => {
    const name = `www-example-org.mixed.default.svc.${ZONE}`;
    assert.deepEqual(rig(elsewhere()).core.ask({ name, type: 'CNAME' }).answer, [
      `${name} 5 IN CNAME www.example.org.`,
    ]);
    assert.deepEqual(rig(elsewhere()).core.ask({ name, type: 'SRV' }).answer, []);
    assert.deepEqual(rig(elsewhere()).core.ask({ name: `mixed.default.svc.${ZONE}`, type: 'SRV' }).answer, [
      `mixed.default.svc.${ZONE} 5 IN SRV 0 50 80 10-1-0-1.mixed.default.svc.${ZONE}`,
    ]);
  });
});
