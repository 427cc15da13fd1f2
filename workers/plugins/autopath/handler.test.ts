// Search paths gone through in the client's stead: which names are tried, which answer is sent, and as what (behaviour D autopath, C11).

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Plain, plainNamespace, plainPod, plainService } from '#watcher/testing/objects.ts';
import type { Handler } from '#workers/chain/handler.ts';
import { LATER, NEXT, WRITTEN } from '#workers/chain/outcome.ts';
import type { Query } from '#workers/query/query.ts';
import { BlockRig } from '#workers/testing/block.ts';
import { checkCase, type DnsCase, encodeQuestion } from '#workers/testing/case.ts';
import { type Script, ScriptHandler } from '#workers/testing/script.ts';

const SUCCESS = 'coredns_autopath_success_total{server="dns://:53"}';
const folder = mkdtempSync(join(tmpdir(), 'shoal-autopath-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const FILE = join(folder, 'resolv.conf');
writeFileSync(FILE, 'search one.test two.test three.test\n');

/** A block with a search list from a file; `answers`: what the plugin behind it has for a name, NXDOMAIN for the others. */
async function fileRig(answers: Readonly<Record<string, Script>>, between: readonly Handler[] = []) {
  const missing: Script = { rcode: 'NXDOMAIN', authority: ['test. 5 IN SOA ns.test. h.test. 1 2 3 4 5'] };
  const script = new ScriptHandler((name) => answers[name] ?? missing);
  const rig = await BlockRig.open({ errors: 'errors', autopath: `autopath ${FILE}` }, [], [...between, script]);
  return { rig, script };
}

function check(rig: BlockRig, row: DnsCase): void {
  const decoded = rig.core.ask(row);
  checkCase(
    { outcome: -1, decoded, message: new Uint8Array(0), plainSize: 0, failure: '', local: false },
    { authority: [], additional: [], ...row },
  );
  assert.equal(rig.core.thread.pool.inFlight, 0);
}

const a = (name: string, ttl = 7): Script => ({ answer: [`${name} ${ttl} IN A 192.0.2.1`], flags: 0x0400 });
const W = 'www.one.test.';

describe('a search list from a file', () => {
  const rows: readonly {
    readonly name: string;
    readonly answers: Readonly<Record<string, Script>>;
    readonly asked: readonly string[];
    readonly row: DnsCase;
    readonly count: number;
  }[] = [
    {
      name: 'the first element has it: as it is',
      answers: { [W]: a(W) },
      asked: [W],
      row: { name: W, type: 'A', answer: [`${W} 7 IN A 192.0.2.1`], qr: 'qr,aa,rd' },
      count: 1,
    },
    {
      name: 'a later element has it: a CNAME with its TTL leads there',
      answers: { 'www.two.test.': a('www.two.test.') },
      asked: [W, 'www.two.test.'],
      row: { name: W, type: 'A', answer: [`${W} 7 IN CNAME www.two.test.`, 'www.two.test. 7 IN A 192.0.2.1'] },
      count: 1,
    },
    {
      name: 'the name by itself comes last',
      answers: { 'www.': a('www.') },
      asked: [W, 'www.two.test.', 'www.three.test.', 'www.'],
      row: { name: W, type: 'A', answer: [`${W} 7 IN CNAME www.`, 'www. 7 IN A 192.0.2.1'] },
      count: 1,
    },
    {
      name: 'a chain of CNAMEs that begins at the name in question gets no other one',
      answers: { [W]: { answer: [`${W} 9 IN CNAME b.test.`, 'b.test. 8 IN A 192.0.2.1'] } },
      asked: [W],
      row: { name: W, type: 'A', answer: [`${W} 9 IN CNAME b.test.`, 'b.test. 8 IN A 192.0.2.1'] },
      count: 1,
    },
    {
      name: 'a chain elsewhere is led to',
      answers: { 'www.two.test.': { answer: ['www.two.test. 9 IN CNAME b.test.', 'b.test. 8 IN A 192.0.2.1'] } },
      asked: [W, 'www.two.test.'],
      row: {
        name: W,
        type: 'A',
        answer: [`${W} 9 IN CNAME www.two.test.`, 'www.two.test. 9 IN CNAME b.test.', 'b.test. 8 IN A 192.0.2.1'],
      },
      count: 1,
    },
    {
      name: 'NODATA is an answer; the question is the client’s',
      answers: { 'www.two.test.': { authority: ['two.test. 5 IN SOA ns.test. h.test. 1 2 3 4 5'] } },
      asked: [W, 'www.two.test.'],
      row: { name: W, type: 'A', authority: ['two.test. 5 IN SOA ns.test. h.test. 1 2 3 4 5'] },
      count: 1,
    },
    {
      name: 'so is an error that somebody wrote',
      answers: { 'www.two.test.': { rcode: 'REFUSED' } },
      asked: [W, 'www.two.test.'],
      row: { name: W, type: 'A', rcode: 'REFUSED' },
      count: 1,
    },
    {
      name: 'nobody has it: what the first element said',
      answers: { [W]: { rcode: 'NXDOMAIN', authority: ['one.test. 5 IN SOA ns.test. h.test. 1 2 3 4 5'] } },
      asked: [W, 'www.two.test.', 'www.three.test.', 'www.'],
      row: {
        name: W,
        type: 'A',
        rcode: 'NXDOMAIN',
        authority: ['one.test. 5 IN SOA ns.test. h.test. 1 2 3 4 5'],
      },
      count: 0,
    },
    {
      name: 'an error of a plugin ends the search',
      answers: { 'www.two.test.': { outcome: 2, failure: 'no healthy proxies' } },
      asked: [W, 'www.two.test.'],
      row: { name: W, type: 'A', rcode: 'SERVFAIL' },
      count: 0,
    },
    {
      name: 'the client’s spelling stays in front, whatever the search list says',
      answers: { 'www.one.test.': a('WWW.One.Test.') },
      asked: [W],
      row: { name: 'WWW.One.Test.', type: 'A', answer: ['WWW.One.Test. 7 IN A 192.0.2.1'] },
      count: 1,
    },
    {
      name: 'a name elsewhere is passed on',
      answers: { 'www.two.test.': a('www.two.test.') },
      asked: ['www.two.test.'],
      row: { name: 'www.two.test.', type: 'A', answer: ['www.two.test. 7 IN A 192.0.2.1'] },
      count: 0,
    },
  ];
  for (const { name, answers, asked, row, count } of rows)
    it(name, async () => {
      const { rig, script } = await fileRig(answers);
      check(rig, row);
      assert.deepEqual(
        script.asked,
        asked.map((each) => `${each} 1`),
      );
      assert.equal(rig.count(SUCCESS), count);
    });

  it('errors are logged with the name in question', async () => {
    const { rig } = await fileRig({ 'www.two.test.': { outcome: 2, failure: 'no healthy proxies' } });
    rig.core.ask({ name: W, type: 'A' });
    assert.deepEqual(rig.core.thread.takeLines(), ['[ERROR] plugin/errors: 2 www.one.test. A: no healthy proxies']);
  });

  it('the first element itself: SERVFAIL, and why', async () => {
    const { rig, script } = await fileRig({});
    check(rig, { name: 'one.test.', type: 'A', rcode: 'SERVFAIL' });
    assert.deepEqual(script.asked, []);
    assert.deepEqual(rig.core.thread.takeLines(), [
      '[ERROR] plugin/errors: 2 one.test. A: trimzone: overshot qname: one.test.for zone one.test.',
    ]);
  });

  it('names that would be too long are not tried', async () => {
    const long = `${`${'x'.repeat(60)}.`.repeat(4)}`;
    writeFileSync(join(folder, 'long'), 'search a.test bbbbbb.test\n');
    const script = new ScriptHandler({ rcode: 'NXDOMAIN' });
    const rig = await BlockRig.open({ autopath: `autopath ${join(folder, 'long')}` }, [], [script]);
    check(rig, { name: `${long}a.test.`, type: 'A', rcode: 'NXDOMAIN' });
    assert.deepEqual(script.asked, [`${long}a.test. 1`, `${long} 1`]);
  });

  it('an answer that the client cannot take whole is cut for it, CNAME first', async () => {
    const answer = Array.from({ length: 60 }, (_, i) => `www.two.test. 7 IN A 192.0.2.${i}`);
    const { rig } = await fileRig({ 'www.two.test.': { answer } });
    const got = rig.core.ask({ name: W, type: 'A' });
    assert.equal(got.flags, 'qr,tc,rd');
    assert.equal(got.answer[0], `${W} 7 IN CNAME www.two.test.`);
    assert.ok(got.answer.length > 20 && got.answer.length < 40, `${got.answer.length} records`);
    assert.equal(rig.core.ask({ name: W, type: 'A', proto: 'tcp' }).answer.length, 61);
    const { rig: first } = await fileRig({ [W]: { answer: answer.map((text) => text.replace('two', 'one')) } });
    assert.equal(first.core.ask({ name: W, type: 'A' }).flags, 'qr,tc,rd');
  });

  it('EDNS of the client is seen behind and answered once', async () => {
    const seen: number[] = [];
    const witness: Handler = {
      serve: (query) => {
        seen.push(query.edns, query.udpSize, query.dnssecOk);
        return NEXT;
      },
    };
    const { rig } = await fileRig({ 'www.two.test.': a('www.two.test.') }, [witness]);
    const got = rig.core.ask({ name: W, type: 'A', edns: { size: 1232, dnssecOk: true } });
    assert.deepEqual(seen, [1, 1232, 1, 1, 1232, 1]);
    assert.equal(got.answer.length, 2);
    assert.equal(got.additional.length, 0);
  });

  it('other classes and opcodes are passed on', async () => {
    const { rig, script } = await fileRig({});
    rig.core.ask({ name: W, type: 'A', klass: 'CH' });
    rig.core.ask({ name: W, type: 'A', opcode: 4 });
    assert.equal(script.asked.length, 2);
  });
});

/** Keeps every query until it is told to go on. */
class Keeper implements Handler {
  readonly kept: Query[] = [];
  serve(query: Query): number {
    this.kept.push(query);
    return LATER;
  }
}

describe('names that have to be waited for', () => {
  it('one after the other, with one object for all of them', async () => {
    const keeper = new Keeper();
    const { rig, script } = await fileRig({ 'www.three.test.': a('www.three.test.') }, [keeper]);
    assert.equal(rig.core.send(encodeQuestion({ name: W, type: 'A' })), 'waiting');
    for (let i = 0; i < 3; i++) {
      assert.deepEqual([rig.core.late.length, rig.core.thread.pool.inFlight], [0, 2]);
      keeper.kept[i].resume(NEXT);
    }
    assert.deepEqual(rig.core.late[0]?.answer, [`${W} 7 IN CNAME www.three.test.`, 'www.three.test. 7 IN A 192.0.2.1']);
    assert.equal(rig.core.late[0]?.question, `${W} IN A`);
    assert.deepEqual(script.asked, [`${W} 1`, 'www.two.test. 1', 'www.three.test. 1']);
    assert.equal(rig.core.thread.pool.inFlight, 0);
  });

  it('what the first element said is kept meanwhile', async () => {
    const keeper = new Keeper();
    const soa = 'one.test. 5 IN SOA ns.test. h.test. 1 2 3 4 5';
    const { rig } = await fileRig({ [W]: { rcode: 'NXDOMAIN', authority: [soa] } }, [keeper]);
    rig.core.send(encodeQuestion({ name: W, type: 'A' }));
    for (let i = 0; i < 4; i++) keeper.kept[i].resume(NEXT);
    assert.deepEqual([rig.core.late[0]?.rcode, rig.core.late[0]?.authority], ['NXDOMAIN', [soa]]);
  });

  it('too much in flight: the first element alone', async () => {
    const { rig, script } = await fileRig({ 'www.two.test.': a('www.two.test.') });
    const { pool } = rig.core.thread;
    const taken: Query[] = [];
    while (pool.available > 2) taken.push(pool.acquire() as Query);
    assert.equal(rig.core.ask({ name: W, type: 'A' }).rcode, 'NXDOMAIN');
    assert.deepEqual(script.asked, [`${W} 1`]);
    for (const query of taken) query.release();
  });
});

describe('what stands where in the chain', () => {
  it('those in front see one question, those behind every name', async () => {
    const seen: string[] = [];
    const watching = (where: string): Handler => ({
      serve: () => NEXT,
      finish: (_query, answer) => void seen.push(`${where} ${answer.outcome === WRITTEN ? answer.rcode : 'none'}`),
    });
    const script = new ScriptHandler((name) => (name === 'www.two.test.' ? a(name) : { rcode: 'NXDOMAIN' }));
    const rig = await BlockRig.open(
      { autopath: `autopath ${FILE}`, log: 'log . "{name} {rcode}"' },
      [],
      [watching('behind'), script],
    );
    rig.core.ask({ name: W, type: 'A' });
    assert.deepEqual(seen, ['behind 3', 'behind 0']);
    assert.deepEqual(rig.core.thread.takeLines(), [`[INFO] ${W} NOERROR`]);
  });

  it('rewrite in front: the search path is that of the new name, the client keeps its own', async () => {
    const script = new ScriptHandler((name) => (name === 'www.two.test.' ? a(name) : { rcode: 'NXDOMAIN' }));
    const rig = await BlockRig.open(
      { rewrite: 'rewrite name alias.test www.one.test', autopath: `autopath ${FILE}` },
      [],
      [script],
    );
    check(rig, {
      name: 'alias.test.',
      type: 'A',
      answer: ['alias.test. 7 IN CNAME www.two.test.', 'www.two.test. 7 IN A 192.0.2.1'],
    });
  });
});

const OBJECTS: readonly Plain[] = [
  plainNamespace('shop'),
  plainNamespace('other'),
  plainService('cart', { namespace: 'shop', ip: '10.96.0.1' }),
  plainService('db', { namespace: 'other', ip: '10.96.0.2' }),
  plainPod('a', '10.1.0.1', { namespace: 'shop' }),
  plainPod('b', '10.1.0.2', { namespace: 'other' }),
  plainPod('agent-1', '10.0.0.9', { namespace: 'shop' }),
  plainPod('agent-2', '10.0.0.9', { namespace: 'other' }),
  plainPod('six', 'fd00::7', { namespace: 'shop' }),
];

async function clusterRig(autopath: string, directive: string): Promise<BlockRig> {
  const upstream = new ScriptHandler((name) => (name === 'www.example.com.' ? a(name) : { rcode: 'NXDOMAIN' }));
  return BlockRig.open({ errors: 'errors', autopath, kubernetes: directive }, OBJECTS, [upstream]);
}

const SUFFIX = 'shop.svc.cluster.local.';
const EXTERNAL = `www.example.com.${SUFFIX}`;
const FOUND = [`${EXTERNAL} 7 IN CNAME www.example.com.`, 'www.example.com. 7 IN A 192.0.2.1'];
const ACROSS = [
  `db.other.${SUFFIX} 5 IN CNAME db.other.svc.cluster.local.`,
  'db.other.svc.cluster.local. 5 IN A 10.96.0.2',
];

describe('@kubernetes with pods verified', () => {
  const directive = 'kubernetes cluster.local {\npods verified\n}';
  const rows: readonly (readonly [name: string, row: DnsCase])[] = [
    ['a name outside of the cluster', { name: EXTERNAL, type: 'A', client: '10.1.0.1', answer: FOUND }],
    ['a service elsewhere', { name: `db.other.${SUFFIX}`, type: 'A', client: '10.1.0.1', answer: ACROSS }],
    [
      'a service with svc',
      {
        name: `db.other.svc.${SUFFIX}`,
        type: 'A',
        client: '10.1.0.1',
        answer: [`db.other.svc.${SUFFIX} 5 IN CNAME db.other.svc.cluster.local.`, ACROSS[1]],
      },
    ],
    [
      'a service of its own: as it is',
      {
        name: `cart.${SUFFIX}`,
        type: 'A',
        client: '10.1.0.1',
        answer: [`cart.${SUFFIX} 5 IN A 10.96.0.1`],
      },
    ],
    ['a client over IPv6', { name: EXTERNAL, type: 'A', client: 'fd00::7', answer: FOUND }],
    ['one of the pods on the network of a node', { name: EXTERNAL, type: 'A', client: '10.0.0.9', answer: FOUND }],
    [
      'letter case',
      {
        name: 'WWW.example.com.Shop.SVC.cluster.local.',
        type: 'A',
        client: '10.1.0.1',
        answer: [
          'WWW.example.com.Shop.SVC.cluster.local. 7 IN CNAME WWW.example.com.',
          'WWW.example.com. 7 IN A 192.0.2.1',
        ],
      },
    ],
    ['a pod of another namespace', { name: EXTERNAL, type: 'A', client: '10.1.0.2', rcode: 'NXDOMAIN' }],
    ['a client that is no pod', { name: EXTERNAL, type: 'A', client: '10.1.0.3', rcode: 'NXDOMAIN' }],
    [
      'another element than the first',
      { name: 'www.example.com.svc.cluster.local.', type: 'A', client: '10.1.0.1', rcode: 'NXDOMAIN' },
    ],
    ['the first element itself', { name: SUFFIX, type: 'A', client: '10.1.0.1', rcode: 'SERVFAIL' }],
    ['the same from elsewhere', { name: SUFFIX, type: 'A', client: '10.1.0.3', rcode: 'NOERROR' }],
  ];
  for (const [name, row] of rows)
    it(name, async () => {
      const rig = await clusterRig('autopath @kubernetes', directive);
      const { authority: _, ...got } = rig.core.ask(row);
      assert.deepEqual([got.rcode, got.answer], [row.rcode ?? 'NOERROR', row.answer ?? []]);
      assert.equal(got.question, `${row.name} IN ${row.type}`);
    });

  it('follows the pods', async () => {
    const rig = await clusterRig('autopath @kubernetes', directive);
    rig.image.remove(plainPod('a', '10.1.0.1', { namespace: 'shop' }));
    assert.equal(rig.core.ask({ name: EXTERNAL, type: 'A', client: '10.1.0.1' }).rcode, 'NXDOMAIN');
    rig.image.put(plainPod('z', '10.1.0.1', { namespace: 'shop' }));
    assert.equal(rig.core.ask({ name: EXTERNAL, type: 'A', client: '10.1.0.1' }).rcode, 'NOERROR');
  });

  const inactive: readonly (readonly [name: string, autopath: string, directive: string])[] = [
    ['pods that nobody watches', 'autopath @kubernetes', 'kubernetes cluster.local {\npods insecure\n}'],
    ['zones elsewhere', 'autopath example.com @kubernetes', directive],
    ['a plugin that the block does not have', 'autopath @erratic', directive],
  ];
  for (const [name, autopath, text] of inactive)
    it(`does nothing: ${name}`, async () => {
      const rig = await clusterRig(autopath, text);
      assert.equal(rig.core.ask({ name: EXTERNAL, type: 'A', client: '10.1.0.1' }).rcode, 'NXDOMAIN');
    });
});

describe('@kubernetes stateless', () => {
  const rows: readonly (readonly [name: string, row: DnsCase])[] = [
    ['any client of a namespace that exists', { name: EXTERNAL, type: 'A', answer: FOUND }],
    ['a service elsewhere', { name: `db.other.${SUFFIX}`, type: 'A', answer: ACROSS }],
    ['AAAA is decided as A is', { name: `db.other.${SUFFIX}`, type: 'AAAA', answer: [] }],
    ['a service of the namespace', { name: `cart.${SUFFIX}`, type: 'A', answer: [`cart.${SUFFIX} 5 IN A 10.96.0.1`] }],
    ['a service that is not there: one label is left alone', { name: `no.${SUFFIX}`, type: 'A', rcode: 'NXDOMAIN' }],
    ['no such namespace', { name: 'www.example.com.no.svc.cluster.local.', type: 'A', rcode: 'NXDOMAIN' }],
    ['the first element itself', { name: SUFFIX, type: 'A' }],
    ['names below pod', { name: 'www.example.com.shop.pod.cluster.local.', type: 'A', rcode: 'NXDOMAIN' }],
  ];
  for (const [name, row] of rows)
    it(name, async () => {
      const rig = await clusterRig('autopath @kubernetes stateless', 'kubernetes cluster.local');
      const got = rig.core.ask({ client: '192.0.2.99', ...row });
      assert.deepEqual([got.rcode, got.answer], [row.rcode ?? 'NOERROR', row.answer ?? []]);
    });

  it('keeps no clients', async () => {
    const rig = await clusterRig('autopath @kubernetes stateless', 'kubernetes cluster.local');
    // Two namespaces, two services and their addresses.
    assert.equal(rig.image.compiler.names, 6);
  });
});
