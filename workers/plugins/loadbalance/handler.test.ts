import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shuffle } from '#workers/lib/random.ts';
import { ChainRunner } from '#workers/testing/case.ts';
import type { Decoded } from '#workers/testing/decoded.ts';
import { openImages } from '#workers/testing/files.ts';
import { type Script, ScriptHandler } from '#workers/testing/script.ts';
import { TestThread } from '#workers/testing/thread.ts';
import { buildWith } from './handler.ts';
import type { LoadbalanceOptions } from './setup.ts';
import { parseWeights, publishWeights } from './weights.ts';

const OPTIONS: LoadbalanceOptions = { policy: 'round_robin', file: '', reload: 0, prefer: [], image: 'w' };
const SECTIONS = ['answer', 'authority', 'additional'] as const;

function open(script: Script, options: Partial<LoadbalanceOptions> = {}, weights = ''): ChainRunner {
  const { writer, images } = openImages();
  publishWeights(writer.image('w'), parseWeights(weights, 'w'));
  const thread = new TestThread({ files: images });
  const handler = buildWith({ ...OPTIONS, ...options }, thread.host, new Shuffle(7));
  return new ChainRunner([handler, new ScriptHandler(script)], thread);
}

function ask(runner: ChainRunner, type = 'A'): Decoded {
  const { decoded } = runner.ask({ name: 'a.test.', type, edns: { size: 4096 } });
  assert.ok(decoded !== undefined);
  return decoded;
}

const A = (n: number, owner = 'a.test.') => `${owner} ${n} IN A 10.0.0.${n}`;
const AAAA = (n: number, owner = 'a.test.') => `${owner} ${n} IN AAAA fd00::${n}`;
const CNAME = 'a.test. 5 IN CNAME b.test.';
const RRSIG = 'b.test. 5 IN RRSIG \\# 000108020000000100000001000000010000047465737400ff';
const MX = (n: number) => `a.test. 5 IN MX ${n} mail${n}.a.test.`;
const TXT = 'a.test. 5 IN TXT "x"';

interface Row {
  readonly name: string;
  readonly script: Script;
  /** Records by group; those of a group may stand in any order if `shuffled` names it. */
  readonly groups: readonly (readonly string[])[];
  readonly type?: string;
}
const ROWS: readonly Row[] = [
  { name: 'addresses', script: { answer: [A(1), A(2), A(3), A(4)] }, groups: [[A(1), A(2), A(3), A(4)]] },
  {
    name: 'IPv6 addresses',
    type: 'AAAA',
    script: { answer: [AAAA(1), AAAA(2), AAAA(3)] },
    groups: [[AAAA(1), AAAA(2), AAAA(3)]],
  },
  {
    name: 'addresses behind an alias',
    script: { answer: [CNAME, A(1, 'b.test.'), A(2, 'b.test.'), A(3, 'b.test.')] },
    groups: [[CNAME], [A(1, 'b.test.'), A(2, 'b.test.'), A(3, 'b.test.')]],
  },
  {
    name: 'an alias behind addresses comes first',
    script: { answer: [A(1, 'b.test.'), A(2, 'b.test.'), CNAME] },
    groups: [[CNAME], [A(1, 'b.test.'), A(2, 'b.test.')]],
  },
  {
    name: 'MX records stand last and are shuffled',
    type: 'MX',
    script: { answer: [MX(1), MX(2), MX(3), TXT] },
    groups: [[TXT], [MX(1), MX(2), MX(3)]],
  },
  {
    name: 'addresses before MX records are shuffled too',
    type: 'MX',
    script: { answer: [MX(1), MX(2), A(1), A(2)] },
    groups: [
      [A(1), A(2)],
      [MX(1), MX(2)],
    ],
  },
];
for (const row of ROWS)
  test(`round_robin: ${row.name}`, () => {
    const runner = open(row.script);
    const orders = new Set<string>();
    for (let turn = 0; turn < 60; turn++) {
      const { answer } = ask(runner, row.type);
      assert.deepEqual(answer.toSorted(), [...(row.script.answer ?? [])].toSorted());
      let at = 0;
      for (const group of row.groups) {
        assert.deepEqual(answer.slice(at, at + group.length).toSorted(), group.toSorted());
        at += group.length;
      }
      orders.add(answer.join());
    }
    const size = Math.max(...row.groups.map((group) => group.length));
    assert.ok(orders.size >= size, `${orders.size} orders of ${size} records`);
  });

test('a signature behind addresses comes before them', () => {
  const { answer } = ask(open({ answer: [A(1), A(2), RRSIG] }));
  assert.match(answer[0], /RRSIG/);
  assert.deepEqual(answer.slice(1).toSorted(), [A(1), A(2)]);
});

test('every order of three addresses comes about equally often', () => {
  const runner = open({ answer: [A(1), A(2), A(3)] });
  const orders = new Map<string, number>();
  for (let turn = 0; turn < 3000; turn++) {
    const key = ask(runner).answer.join();
    orders.set(key, (orders.get(key) ?? 0) + 1);
  }
  assert.equal(orders.size, 6);
  for (const [key, count] of orders) assert.ok(count > 400 && count < 600, `${key}: ${count}`);
});

test('addresses of different owners stay with their owner, in all sections', () => {
  const script = {
    answer: [TXT],
    authority: [A(1, 'x.test.'), A(2, 'x.test.')],
    additional: [A(1), A(2), AAAA(1), AAAA(2), A(3, 'b.test.'), A(4, 'b.test.')],
  };
  const runner = open(script);
  const seen = new Set<string>();
  for (let turn = 0; turn < 60; turn++) {
    const decoded = ask(runner);
    for (const section of SECTIONS)
      assert.deepEqual(decoded[section].toSorted(), [...script[section]].toSorted(), section);
    seen.add(decoded.additional.join());
    seen.add(decoded.authority.join());
  }
  assert.equal(seen.size, 8 + 2);
});

const UNTOUCHED: readonly (readonly [name: string, script: Script, type?: string])[] = [
  ['one record', { answer: [A(1)] }],
  ['NXDOMAIN', { rcode: 'NXDOMAIN', answer: [A(1, 'b.test.'), CNAME] }],
  ['a zone transfer', { answer: [A(1), CNAME] }, 'AXFR'],
  ['an error of the core', { outcome: 2 }],
];
for (const [name, script, type] of UNTOUCHED)
  test(`${name} stays as it is`, () => {
    const { message } = open(script).ask({ name: 'a.test.', type: type ?? 'A' });
    const alone = new ChainRunner([new ScriptHandler(script)]).ask({ name: 'a.test.', type: type ?? 'A' });
    assert.deepEqual(message, alone.message);
  });

test('prefer: addresses of the networks come first, shuffled among themselves', () => {
  const runner = open({ answer: [A(1), A(2), A(3), A(4), A(5)] }, { prefer: ['10.0.0.4/31', 'fd00::/8'] });
  const orders = new Set<string>();
  for (let turn = 0; turn < 60; turn++) {
    const { answer } = ask(runner);
    assert.deepEqual(answer.slice(0, 2).toSorted(), [A(4), A(5)]);
    assert.deepEqual(answer.slice(2).toSorted(), [A(1), A(2), A(3)]);
    orders.add(answer.join());
  }
  assert.ok(orders.size > 6);
});

const WEIGHTS = 'A.test\n10.0.0.1 3\n10.0.0.3 6\nfd00::1 4\nother\n10.0.0.2 200\n';
for (const owner of ['a.test.', 'b.test.'])
  test(`weighted: ${owner} is first as often as its weights say`, () => {
    const alias = owner === 'a.test.' ? [] : [CNAME];
    const records = [A(1, owner), A(2, owner), A(3, owner)];
    const runner = open({ answer: [...alias, ...records] }, { policy: 'weighted' }, WEIGHTS);
    const first = new Map<string, number>();
    for (let turn = 0; turn < 2000; turn++) {
      const { answer } = ask(runner);
      const addresses = answer.slice(alias.length);
      assert.deepEqual(addresses.toSorted(), records);
      first.set(addresses[0], (first.get(addresses[0]) ?? 0) + 1);
    }
    const expected = owner === 'a.test.' ? [600, 200, 1200] : [667, 667, 667];
    records.forEach((record, i) => {
      const count = first.get(record) ?? 0;
      assert.ok(Math.abs(count - expected[i]) < 90, `${record}: ${count}`);
    });
  });

test('weighted: order and place of other records stay', () => {
  const { answer } = ask(open({ answer: [MX(1), MX(2), TXT] }, { policy: 'weighted' }), 'MX');
  assert.deepEqual(answer, [MX(1), MX(2), TXT]);
});
