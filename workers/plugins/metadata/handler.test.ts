// What plugins say about queries, as lines of the log show it (behaviour D metadata, C11).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Plain, plainNamespace, plainPod, plainService } from '#watcher/testing/objects.ts';
import { BlockRig, type BlockText } from '#workers/testing/block.ts';
import type { Question } from '#workers/testing/case.ts';
import { type Script, ScriptHandler } from '#workers/testing/script.ts';

const OBJECTS: readonly Plain[] = [
  plainNamespace('shop'),
  plainService('cart', { namespace: 'shop', ip: '10.96.0.1', ports: ['http 80'] }),
  plainPod('web-1', '10.1.0.1', {
    namespace: 'shop',
    labels: { app: 'web', 'app.kubernetes.io/name': 'shop', none: '' },
  }),
  plainPod('six', 'fd00::7', { namespace: 'shop' }),
];
const VERIFIED = 'kubernetes cluster.local {\npods verified\nfallthrough\n}';

/** The line of the log for a question. */
async function line(text: BlockText, question: Question, script: Script = { rcode: 'NXDOMAIN' }): Promise<string> {
  const rig = await BlockRig.open(text, OBJECTS, [new ScriptHandler(script)]);
  rig.core.ask(question);
  const lines = rig.core.thread.takeLines();
  assert.equal(lines.length, 1);
  return lines[0].replace('[INFO] ', '');
}

const PARTS = ['port-name', 'protocol', 'endpoint', 'service', 'namespace', 'kind', 'zone', 'parse-error'];
const FORMAT = PARTS.map((part) => `{/kubernetes/${part}}`).join('|');

describe('parts of the name', () => {
  const none = '-|-|-|-|-|-|-|-';
  const rows: readonly (readonly [name: string, line: string])[] = [
    ['cluster.local.', '|||||||-'],
    ['svc.cluster.local.', '|||||||-'],
    ['shop.svc.cluster.local.', '||||shop|svc||-'],
    ['Cart.Shop.SVC.Cluster.Local.', '|||cart|shop|svc||-'],
    ['a.cart.shop.svc.cluster.local.', '||a|cart|shop|svc||-'],
    ['_http._tcp.cart.shop.svc.cluster.local.', 'http|tcp||cart|shop|svc||-'],
    ['http.tcp.cart.shop.svc.cluster.local.', 'http|tcp||cart|shop|svc||-'],
    ['10-1-0-1.shop.pod.cluster.local.', '|||10-1-0-1|shop|pod||-'],
    ['a\\.b.shop.svc.cluster.local.', '|||a\\.b|shop|svc||-'],
    ['eu-1.x.pin._zone.cart.shop.svc.cluster.local.', '|||cart|shop|svc|eu-1.x|-'],
    ['eu-1.prefer._zone.cart.shop.svc.cluster.local.', '|||cart|shop|svc|eu-1|-'],
    ['eu-1.other._zone.cart.shop.svc.cluster.local.', '-|-|-|-|-|-|-|invalid query name'],
    ['a.b.c.cart.shop.svc.cluster.local.', '-|-|-|-|-|-|-|invalid query name'],
    ['www.cluster.local.', '-|-|-|-|-|-|-|invalid query name'],
    ['example.com.', none],
  ];
  for (const [name, want] of rows)
    it(`${name}: ${want}`, async () => {
      const kubernetes = 'kubernetes cluster.local {\nzonal\nfallthrough\n}';
      assert.equal(
        await line({ metadata: 'metadata', log: `log . "${FORMAT}"`, kubernetes }, { name, type: 'A' }),
        want,
      );
    });

  it('without zonal there are no topology zones', async () => {
    const block = {
      metadata: 'metadata',
      log: 'log . "{/kubernetes/zone} {/kubernetes/parse-error}"',
      kubernetes: VERIFIED,
    };
    const name = 'eu-1.pin._zone.cart.shop.svc.cluster.local.';
    assert.equal(await line(block, { name, type: 'A' }), '- invalid query name');
  });

  it('in multicluster zones two labels are an endpoint and its cluster', async () => {
    const block = {
      metadata: 'metadata',
      log: `log . "${FORMAT}"`,
      kubernetes: 'kubernetes cluster.local set.local {\nmulticluster set.local\nfallthrough\n}',
    };
    const ask = (name: string): Promise<string> => line(block, { name, type: 'A' });
    assert.equal(await ask('a.west.cart.shop.svc.set.local.'), '||a|cart|shop|svc|-|-');
    assert.equal(await ask('_http._tcp.cart.shop.svc.set.local.'), 'http|tcp||cart|shop|svc|-|-');
  });
});

describe('the client', () => {
  const format = ['client-namespace', 'client-pod-name', 'client-label/app', 'client-label/app.kubernetes.io/name']
    .map((label) => `{/kubernetes/${label}}`)
    .join(' ');
  const block: BlockText = { metadata: 'metadata', log: `log . "${format}"`, kubernetes: VERIFIED };
  const rows: readonly (readonly [name: string, client: string, line: string])[] = [
    ['a pod', '10.1.0.1', 'shop web-1 web shop'],
    ['a pod over IPv6, without labels', 'fd00::7', 'shop six - -'],
    ['nobody known', '10.1.0.2', '- - - -'],
  ];
  for (const [name, client, want] of rows)
    it(name, async () => {
      for (const question of ['example.com.', 'cart.shop.svc.cluster.local.', 'nonsense.cluster.local.'])
        assert.equal(await line(block, { name: question, type: 'A', client }), want);
    });

  it('a label that is empty, one that is not there, one that another begins with', async () => {
    const log =
      'log . "[{/kubernetes/client-label/none}] [{/kubernetes/client-label/no}] [{/kubernetes/client-label/ap}]"';
    assert.equal(await line({ ...block, log }, { name: 'a.', type: 'A', client: '10.1.0.1' }), '[] [-] [-]');
  });

  it('pods that nobody watches', async () => {
    const kubernetes = 'kubernetes cluster.local {\npods insecure\nfallthrough\n}';
    assert.equal(await line({ ...block, kubernetes }, { name: 'a.', type: 'A', client: '10.1.0.1' }), '- - - -');
  });

  it('follows the pods', async () => {
    const rig = await BlockRig.open(block, OBJECTS, [new ScriptHandler({})]);
    rig.image.put(plainPod('web-1', '10.1.0.1', { namespace: 'shop', labels: { app: 'new' } }));
    rig.core.ask({ name: 'a.', type: 'A', client: '10.1.0.1' });
    rig.image.remove(plainPod('web-1', '10.1.0.1', { namespace: 'shop' }));
    rig.core.ask({ name: 'a.', type: 'A', client: '10.1.0.1' });
    assert.deepEqual(rig.core.thread.takeLines(), ['[INFO] shop web-1 new -', '[INFO] - - - -']);
  });
});

describe('log', () => {
  const rows: readonly (readonly [line: string, script: Script])[] = [
    ['success NOERROR', { answer: ['a. 5 IN A 192.0.2.1'] }],
    ['denial NXDOMAIN', { rcode: 'NXDOMAIN', authority: ['. 5 IN SOA ns. h. 1 2 3 4 5'] }],
    ['denial NODATA', { authority: ['. 5 IN SOA ns. h. 1 2 3 4 5'] }],
    ['success DELEGATION', { authority: ['a. 5 IN NS ns.a.'] }],
    ['error SERVERERROR', { outcome: 2 }],
    ['error OTHERERROR', { rcode: 'REFUSED' }],
  ];
  for (const [want, script] of rows)
    it(want, async () => {
      const log = 'log . "{/log/class} {/log/type}"';
      assert.equal(await line({ metadata: 'metadata', log }, { name: 'a.', type: 'A' }, script), want);
    });
});

describe('what is covered', () => {
  const log = 'log . "{/log/type}"';
  const rows: readonly (readonly [name: string, block: BlockText, question: string, line: string])[] = [
    ['no metadata in the block', { log }, 'a.test.', '-'],
    ['zones of the block', { log, metadata: 'metadata' }, 'a.test.', 'OTHERERROR'],
    ['its own zones', { log, metadata: 'metadata b.test a.test' }, 'x.a.test.', 'OTHERERROR'],
    ['other zones', { log, metadata: 'metadata b.test' }, 'a.test.', '-'],
    ['a label that nobody has', { log: 'log . "{/nobody/knows} {type}"', metadata: 'metadata' }, 'a.', '- A'],
  ];
  for (const [name, block, question, want] of rows)
    it(name, async () => assert.equal(await line(block, { name: question, type: 'A' }, { rcode: 'REFUSED' }), want));
});
