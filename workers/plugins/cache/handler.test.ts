// What a client sees of the cache, row by row: what is kept, for how long, and how it looks when it comes back (behaviour D cache).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FLAG } from '#wire/constants.ts';
import type { Handler } from '../../chain/handler.ts';
import { DROP, NEXT, WRITTEN } from '../../chain/outcome.ts';
import type { Asked } from '../../testing/case.ts';
import type { Script } from '../../testing/script.ts';
import { CacheRig } from './rig.ts';

const SOA = 'test. 60 IN SOA ns.test. host.test. 1 7200 1800 86400 9';
const A = 'a.test. 20 IN A 192.0.2.1';
const UPSTREAM = FLAG.RA;

const records = ({ decoded }: Asked): string[] => [
  ...(decoded?.answer ?? []),
  ...(decoded?.authority ?? []),
  ...(decoded?.additional ?? []),
];
const ttls = (asked: Asked): number[] => records(asked).map((record) => Number(record.split(' ')[1]));

describe('which answers are kept, where, and with which TTL', () => {
  type Row = readonly [name: string, script: Script, where: 'success' | 'denial' | 'nowhere', ttl: number[]];
  const rows: readonly Row[] = [
    ['an answer', { answer: [A] }, 'success', [20]],
    [
      'the least TTL of all sections',
      { answer: [A], authority: ['test. 9 IN NS ns.test.'], additional: ['ns.test. 7 IN A 192.0.2.9'] },
      'success',
      [7, 7, 7],
    ],
    ['a long TTL becomes the longest', { answer: ['a.test. 1000 IN A 192.0.2.1'] }, 'success', [30]],
    ['the longest TTL of 32 bits, too', { answer: ['a.test. 4294967295 IN A 192.0.2.1'] }, 'success', [30]],
    ['a TTL of 0 becomes the shortest', { answer: ['a.test. 0 IN A 192.0.2.1'] }, 'success', [5]],
    [
      'a CNAME and its target',
      { answer: ['a.test. 60 IN CNAME b.test.', 'b.test. 10 IN A 192.0.2.1'] },
      'success',
      [10, 10],
    ],
    [
      'a chain out of order',
      { answer: ['c.test. 9 IN A 192.0.2.1', 'b.test. 9 IN CNAME c.test.', 'a.test. 9 IN CNAME b.test.'] },
      'success',
      [9, 9, 9],
    ],
    [
      'an answer that comes with its CNAME twice',
      { answer: ['a.test. 9 IN CNAME b.test.', 'a.test. 9 IN CNAME B.test.', 'b.test. 9 IN A 192.0.2.1'] },
      'success',
      [9, 9, 9],
    ],
    ['a CNAME that ends without an answer', { answer: ['a.test. 9 IN CNAME b.test.'] }, 'nowhere', [9]],
    ['a CNAME that ends with a denial', { answer: ['a.test. 9 IN CNAME b.test.'], authority: [SOA] }, 'denial', [9, 9]],
    ['a circle', { answer: ['a.test. 9 IN CNAME b.test.', 'b.test. 9 IN CNAME a.test.'] }, 'nowhere', [9, 9]],
    ['a name that is its own alias', { answer: ['a.test. 9 IN CNAME a.test.'] }, 'nowhere', [9]],
    [
      'an alias of two names',
      { answer: ['a.test. 9 IN CNAME b.test.', 'a.test. 9 IN CNAME c.test.', 'b.test. 9 IN A 192.0.2.1'] },
      'nowhere',
      [9, 9, 9],
    ],
    ['an answer to something else', { answer: ['other.test. 9 IN A 192.0.2.1'] }, 'nowhere', [9]],
    ['ten aliases', { answer: [...chain(10), 'n10.test. 9 IN A 192.0.2.1'] }, 'success', Array(11).fill(9)],
    ['eleven aliases', { answer: [...chain(11), 'n11.test. 9 IN A 192.0.2.1'] }, 'nowhere', Array(12).fill(9)],
    ['no data', { authority: [SOA] }, 'denial', [20]],
    ['no data without a SOA', {}, 'success', []],
    [
      'a delegation',
      { authority: ['test. 900 IN NS ns.test.'], additional: ['ns.test. 900 IN A 192.0.2.9'] },
      'success',
      [5, 5],
    ],
    ['no such name', { rcode: 'NXDOMAIN', authority: [SOA] }, 'denial', [20]],
    [
      'the SOA minimum does not count',
      { rcode: 'NXDOMAIN', authority: ['test. 15 IN SOA ns.test. host.test. 1 1 1 1 3'] },
      'denial',
      [15],
    ],
    [
      'no such name, for a moment',
      { rcode: 'NXDOMAIN', authority: ['test. 0 IN SOA ns.test. host.test. 1 1 1 1 9'] },
      'denial',
      [2],
    ],
    ['no such name without a SOA', { rcode: 'NXDOMAIN' }, 'nowhere', []],
    [
      'no such name with an answer',
      { rcode: 'NXDOMAIN', answer: ['a.test. 60 IN CNAME b.test.'], authority: [SOA] },
      'nowhere',
      [5, 5],
    ],
    ['a server failure', { rcode: 'SERVFAIL' }, 'denial', []],
    ['a server failure with records', { rcode: 'SERVFAIL', authority: [SOA] }, 'denial', [5]],
    ['not implemented', { rcode: 'NOTIMP' }, 'denial', []],
    ['refused', { rcode: 'REFUSED', additional: ['x.test. 900 IN A 192.0.2.1'] }, 'nowhere', [5]],
    ['a format error', { rcode: 'FORMERR' }, 'nowhere', []],
    ['a failure that is not written', { outcome: 2 }, 'nowhere', []],
    ['nothing at all', { outcome: DROP }, 'nowhere', []],
  ];
  for (const [name, script, where, ttl] of rows)
    it(name, () => {
      const rig = new CacheRig('cache 30 {\n denial 1024 20 2\n}', script);
      assert.deepEqual(ttls(rig.ask('a.test.')), ttl);
      const kept = { success: [1, 0], denial: [0, 1], nowhere: [0, 0] };
      assert.deepEqual(rig.entries, kept[where]);
      const again = rig.ask('a.test.');
      assert.deepEqual(ttls(again), ttl);
      assert.equal(rig.asked, where === 'nowhere' ? 2 : 1);
      assert.deepEqual(rig.counts, {
        requests: 2,
        misses: where === 'nowhere' ? 2 : 1,
        ...(where === 'nowhere' ? {} : { [`hits ${where}`]: 1 }),
      });
    });
});

/** a.test → n1.test → … → nCOUNT.test */
function chain(count: number): string[] {
  const names = ['a.test.', ...Array.from({ length: count }, (_, i) => `n${i + 1}.test.`)];
  return Array.from({ length: count }, (_, i) => `${names[i]} 9 IN CNAME ${names[i + 1]}`);
}

describe('a hit', () => {
  it('is the answer as it was, older, authoritative, in the spelling of the question', () => {
    const rig = new CacheRig('cache 30', { flags: UPSTREAM, answer: [A], additional: ['x.test. 90 IN A 192.0.2.7'] });
    assert.equal(rig.ask('a.test.').decoded?.flags, 'qr,rd,ra');
    rig.wait(2);
    const { decoded, plainSize, message, outcome } = rig.ask('A.Test.', 'A', { id: 99 });
    assert.equal(outcome, WRITTEN);
    assert.equal(decoded?.flags, 'qr,aa,rd,ra');
    assert.equal(decoded?.id, 99);
    assert.equal(decoded?.question, 'A.Test. IN A');
    assert.deepEqual(decoded?.answer, ['A.Test. 18 IN A 192.0.2.1']);
    assert.deepEqual(decoded?.additional, ['x.test. 18 IN A 192.0.2.7']);
    assert.equal(plainSize, 24 + 22 + 22, 'the size without compression is that of the first answer');
    assert.equal(message.length, 24 + 16 + 22);
  });
  it('has RD and CD of its own question', () => {
    const rig = new CacheRig('cache', { answer: [A] });
    rig.ask('a.test.');
    assert.equal(rig.ask('a.test.', 'A', { flags: 0 }).decoded?.flags, 'qr,aa');
    assert.equal(rig.asked, 1);
  });
  const kept: readonly (readonly [rcode: string, authority: string[]])[] = [
    ['NXDOMAIN', [SOA]],
    ['SERVFAIL', []],
    ['NOTIMP', []],
  ];
  for (const [rcode, authority] of kept)
    it(`has the rcode as stored: ${rcode}`, () => {
      const rig = new CacheRig('cache', { rcode, authority });
      rig.ask('a.test.');
      const { decoded } = rig.ask('a.test.');
      assert.deepEqual([decoded?.rcode, decoded?.flags, rig.asked], [rcode, 'qr,aa,rd', 1]);
    });
  it('with keepttl has the TTL that it began with', () => {
    const rig = new CacheRig('cache 30 {\n keepttl\n}', { answer: ['a.test. 900 IN A 192.0.2.1'] });
    rig.ask('a.test.');
    rig.wait(20);
    assert.deepEqual(ttls(rig.ask('a.test.')), [30]);
    rig.wait(10);
    assert.deepEqual(ttls(rig.ask('a.test.')), [30]);
    assert.equal(rig.asked, 2, 'and expires all the same');
  });
  it('ends with its TTL, to the millisecond', () => {
    const rig = new CacheRig('cache', { answer: [A] });
    rig.wait(0.4);
    rig.ask('a.test.');
    rig.wait(19.999);
    assert.deepEqual(ttls(rig.ask('a.test.')), [1]);
    rig.wait(0.001);
    rig.ask('a.test.');
    assert.equal(rig.asked, 2);
  });
  it('carries the OPT of its own question and no other', () => {
    const rig = new CacheRig('cache', { answer: [A] });
    rig.ask('a.test.', 'A', { edns: { size: 4000 } });
    assert.deepEqual(rig.ask('a.test.', 'A', { edns: { size: 1232 } }).decoded?.opt, { size: 1232, flags: 0 });
    assert.equal(rig.ask('a.test.').decoded?.opt, undefined);
    assert.equal(rig.asked, 1);
  });
});

describe('questions', () => {
  type Change = Parameters<CacheRig['ask']>[2];
  const rows: readonly (readonly [name: string, type: string, change: Change, asked: number])[] = [
    ['in another spelling are the same', 'A', {}, 1],
    ['of another type are not', 'AAAA', {}, 2],
    ['of another class are not', 'A', { klass: 'CH' }, 2],
    ['with DO are not', 'A', { edns: { size: 1232, dnssecOk: true } }, 2],
    ['with CD are not', 'A', { flags: FLAG.RD | FLAG.CD }, 2],
    ['with AD are the same', 'A', { flags: FLAG.RD | FLAG.AD }, 1],
    ['with EDNS are the same', 'A', { edns: { size: 1232 } }, 1],
    ['over TCP are the same', 'A', { proto: 'tcp' }, 1],
    ['without RD are the same', 'A', { flags: 0 }, 1],
    ['of another opcode are not', 'A', { opcode: 4 }, 2],
  ];
  for (const [name, type, change, asked] of rows)
    it(name, () => {
      const rig = new CacheRig('cache', { answer: [A] });
      rig.ask('a.test.');
      rig.ask('A.TEST.', type, change);
      assert.equal(rig.asked, asked);
    });
  it('that are notifications are never answered from the cache, and their answers not kept (RFC 1996)', () => {
    const rig = new CacheRig('cache', { answer: [A] });
    for (let i = 0; i < 2; i++) rig.ask('a.test.', 'A', { opcode: 4 });
    assert.deepEqual([rig.asked, rig.entries], [2, [0, 0]]);
  });
  for (const type of ['AXFR', 'IXFR'])
    it(`for ${type} are always passed on`, () => {
      const rig = new CacheRig('cache', { answer: [A] });
      for (let i = 0; i < 2; i++) rig.ask('a.test.', type);
      assert.deepEqual([rig.asked, rig.entries], [2, [0, 0]]);
    });
  it('below a name that does not exist are asked for: another server may know them (RFC 8020 is for zones of one’s own)', () => {
    const rig = new CacheRig('cache', { rcode: 'NXDOMAIN', authority: [SOA] });
    for (const name of ['a.test.', 'b.a.test.', 'a.test.', 'b.a.test.']) rig.ask(name);
    assert.equal(rig.asked, 2);
  });
  it('for ANY are answered with what was said', () => {
    const rig = new CacheRig('cache', { answer: [A] });
    for (let i = 0; i < 2; i++) rig.ask('a.test.', 'ANY');
    assert.equal(rig.asked, 1);
  });
  it('for the root and for the longest name', () => {
    const long = `${`${'x'.repeat(63)}.`.repeat(3)}${'y'.repeat(61)}.`;
    const rig = new CacheRig('cache', (name) => ({ answer: [`${name} 20 IN A 192.0.2.1`] }));
    for (let i = 0; i < 2; i++)
      for (const name of ['.', long]) assert.deepEqual(rig.ask(name).decoded?.answer, [`${name} 20 IN A 192.0.2.1`]);
    assert.equal(rig.asked, 2);
  });
});

describe('AD', () => {
  const rows: readonly (readonly [
    name: string,
    stored: number,
    question: Parameters<CacheRig['ask']>[2],
    ad: boolean,
  ])[] = [
    ['is hidden from those who do not ask for it', FLAG.AD, {}, false],
    ['is shown to a client that sets it', FLAG.AD, { flags: FLAG.RD | FLAG.AD }, true],
    ['is shown to a client that sets DO', FLAG.AD, { edns: { size: 1232, dnssecOk: true } }, true],
    ['is not invented', 0, { flags: FLAG.RD | FLAG.AD }, false],
  ];
  for (const [name, stored, question, ad] of rows)
    it(name, () => {
      const rig = new CacheRig('cache', { flags: UPSTREAM | stored, answer: [A] });
      for (let i = 0; i < 2; i++)
        assert.equal(rig.ask('a.test.', 'A', question).decoded?.flags.includes('ad'), ad, i === 0 ? 'miss' : 'hit');
      assert.equal(rig.asked, 1);
    });
  it('is stored even when the first client does not want it', () => {
    const rig = new CacheRig('cache', { flags: FLAG.AD, answer: [A] });
    rig.ask('a.test.');
    assert.equal(rig.ask('a.test.', 'A', { flags: FLAG.AD }).decoded?.flags, 'qr,aa,ad');
  });
  it('is asked for upstream, whatever the client sends', () => {
    const seen: number[] = [];
    const spy: Handler = {
      serve: (query) => {
        seen.push(query.authenticUpstream, query.flags & FLAG.AD);
        return NEXT;
      },
    };
    const rig = new CacheRig('cache', { answer: [A] }, { inside: [spy] });
    rig.ask('a.test.');
    assert.deepEqual(seen, [1, 0]);
  });
});

describe('zones', () => {
  it('outside of which nothing is touched', () => {
    const rig = new CacheRig('cache 30 test', (name) => ({ flags: FLAG.AD, answer: [`${name} 900 IN A 192.0.2.1`] }));
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(ttls(rig.ask('a.test.')), [30]);
      const other = rig.ask('a.other.');
      assert.deepEqual([ttls(other), other.decoded?.flags], [[900], 'qr,rd,ad']);
    }
    assert.equal(rig.asked, 3);
    assert.deepEqual(rig.counts, { requests: 2, misses: 1, 'hits success': 1 });
  });
  const disabled: readonly (readonly [text: string, script: Script, name: string, asked: number])[] = [
    ['disable success', { answer: [A] }, 'a.test.', 2],
    ['disable success test', { answer: [A] }, 'a.test.', 2],
    ['disable success other', { answer: [A] }, 'a.test.', 1],
    ['disable denial', { answer: [A] }, 'a.test.', 1],
    ['disable denial', { authority: [SOA] }, 'a.test.', 2],
    ['disable denial test', { rcode: 'SERVFAIL' }, 'a.test.', 2],
    ['disable success', { rcode: 'NXDOMAIN', authority: [SOA] }, 'a.test.', 1],
  ];
  for (const [text, script, name, asked] of disabled)
    it(`${text}: ${JSON.stringify(script)}`, () => {
      const rig = new CacheRig(`cache {\n ${text}\n}`, script);
      const first = ttls(rig.ask(name));
      assert.deepEqual(ttls(rig.ask(name)), first, 'TTLs are within the limits even so');
      assert.equal(rig.asked, asked);
    });
});

describe('server failures', () => {
  it('are kept for as long as servfail says', () => {
    const rig = new CacheRig('cache {\n servfail 3s\n}', { rcode: 'SERVFAIL' });
    rig.ask('a.test.');
    rig.wait(2.9);
    rig.ask('a.test.');
    assert.equal(rig.asked, 1);
    rig.wait(0.1);
    rig.ask('a.test.');
    assert.equal(rig.asked, 2);
  });
  it('are not kept with servfail 0', () => {
    const rig = new CacheRig('cache {\n servfail 0\n}', { rcode: 'SERVFAIL', authority: [SOA] });
    assert.deepEqual(ttls(rig.ask('a.test.')), [0]);
    assert.deepEqual(rig.entries, [0, 0]);
  });
});

describe('questions that are asked at the same time', () => {
  /** While the first one is under way another one comes and is answered first. */
  function race(scripts: readonly Script[], type = 'A'): CacheRig {
    let left = 1;
    const first: Handler = {
      serve: () => {
        if (left-- > 0) rig.ask('a.test.', type);
        return NEXT;
      },
    };
    const rig: CacheRig = new CacheRig('cache', () => scripts[rig.asked - 1], { inside: [first] });
    rig.ask('a.test.');
    assert.equal(rig.asked, 2);
    return rig;
  }
  it('a failure does not hide an answer that is still good', () => {
    const rig = race([{ answer: [A] }, { rcode: 'SERVFAIL' }]);
    assert.deepEqual(rig.entries, [1, 1]);
    assert.equal(rig.ask('a.test.').decoded?.rcode, 'NOERROR');
  });
  it('an answer ends a failure', () => {
    assert.deepEqual(race([{ rcode: 'SERVFAIL' }, { answer: [A] }]).entries, [1, 0]);
  });
  it('of an answer and a denial the later one counts', () => {
    const gone = race([{ answer: [A] }, { rcode: 'NXDOMAIN', authority: [SOA] }]);
    assert.deepEqual([gone.entries, gone.ask('a.test.').decoded?.rcode], [[0, 1], 'NXDOMAIN']);
    const come = race([{ rcode: 'NXDOMAIN', authority: [SOA] }, { answer: [A] }]);
    assert.deepEqual([come.entries, come.ask('a.test.').decoded?.rcode], [[1, 0], 'NOERROR']);
  });
  it('each is kept under its own key', () => {
    const rig = race([{ answer: ['a.test. 20 IN AAAA 2001:db8::1'] }, { answer: [A] }], 'AAAA');
    assert.deepEqual(rig.ask('a.test.').decoded?.answer, [A]);
    assert.deepEqual(rig.ask('a.test.', 'AAAA').decoded?.answer, ['a.test. 20 IN AAAA 2001:db8::1']);
    assert.equal(rig.asked, 2);
  });
});

describe('answers that a plugin makes from its own data', () => {
  const mark: Handler = {
    serve: () => NEXT,
    finish: (_, answer) => {
      answer.local = true;
    },
  };
  it('have their TTLs within the limits, but are neither kept nor counted as misses', () => {
    const rig = new CacheRig('cache 30', { answer: ['a.test. 900 IN A 192.0.2.1'] }, { inside: [mark] });
    for (let i = 0; i < 2; i++) assert.deepEqual(ttls(rig.ask('a.test.')), [30]);
    assert.deepEqual([rig.asked, rig.entries, rig.counts], [2, [0, 0], { requests: 2 }]);
  });
  it('are not even looked up in zones that are known to be local', () => {
    const seen: number[] = [];
    const spy: Handler = {
      serve: (query) => {
        seen.push(query.authenticUpstream);
        return NEXT;
      },
    };
    const rig = new CacheRig('cache 30', { answer: [A] }, { inside: [spy], changes: { localZones: ['test.'] } });
    for (let i = 0; i < 2; i++) assert.deepEqual(ttls(rig.ask('a.test.')), [20]);
    assert.deepEqual([rig.asked, rig.entries, rig.counts, seen], [2, [0, 0], { requests: 2, misses: 2 }, [0, 0]]);
  });
});

describe('sizes', () => {
  const many = Array.from({ length: 40 }, (_, i) => `a.test. 20 IN A 192.0.2.${i}`);
  it('what does not fit the next client is cut at a record, with TC', () => {
    const rig = new CacheRig('cache', { answer: many, additional: ['x.test. 20 IN A 192.0.2.99'] });
    assert.equal(records(rig.ask('a.test.', 'A', { proto: 'tcp' })).length, 41);
    rig.wait(5);
    const { decoded, message, plainSize } = rig.ask('a.test.');
    // 24 octets of header and question, 16 a record.
    assert.deepEqual([decoded?.flags, decoded?.answer.length, message.length], ['qr,aa,tc,rd', 30, 504]);
    assert.deepEqual(new Set(ttls(rig.ask('a.test.'))), new Set([15]));
    assert.deepEqual(decoded?.additional, []);
    assert.equal(plainSize, 24 + 40 * 22 + 22);
    const edns = rig.ask('a.test.', 'A', { edns: { size: 512 } });
    assert.deepEqual([edns.decoded?.answer.length, edns.decoded?.opt?.size], [29, 512], 'the OPT takes its place');
    assert.equal(records(rig.ask('a.test.', 'A', { edns: { size: 1232 } })).length, 41);
    assert.equal(rig.asked, 1);
  });
  it('what was cut for the first client is not kept', () => {
    const rig = new CacheRig('cache', { answer: many });
    assert.equal(rig.ask('a.test.').decoded?.flags, 'qr,tc,rd');
    assert.deepEqual(rig.entries, [0, 0]);
    assert.equal(rig.ask('a.test.', 'A', { proto: 'tcp' }).decoded?.answer.length, 40);
  });
  it('what is longer than 16 KiB is not kept, but counted', () => {
    const text = `"${'x'.repeat(200)}"`;
    const answer = Array.from({ length: 80 }, () => `a.test. 20 IN TXT ${text}`);
    const rig = new CacheRig('cache {\n success 10000\n}', { answer });
    for (let i = 0; i < 2; i++) assert.equal(rig.ask('a.test.', 'TXT', { proto: 'tcp' }).decoded?.answer.length, 80);
    assert.deepEqual(rig.counts, { requests: 2, misses: 2, drops: 2 });
  });
  it('a table holds what its capacity says, and counts what it evicts', () => {
    const rig = new CacheRig('cache {\n success 1024\n}', (name) => ({ answer: [`${name} 900 IN A 192.0.2.1`] }));
    for (let i = 0; i < 4000; i++) rig.ask(`n${i}.test.`);
    const [success] = rig.entries;
    assert.ok(success > 600 && success <= 171 * 8, String(success));
    assert.ok(rig.counts['evictions success'] >= 4000 - 171 * 8, JSON.stringify(rig.counts));
  });
  it('a flood of denials does not touch the answers', () => {
    const rig = new CacheRig('cache {\n denial 1024\n}', (name) =>
      name.startsWith('n') ? { rcode: 'NXDOMAIN', authority: [SOA] } : { answer: [A] },
    );
    rig.ask('a.test.');
    for (let i = 0; i < 4000; i++) rig.ask(`n${i}.test.`);
    rig.ask('a.test.');
    assert.equal(rig.counts['hits success'], 1);
  });
});

describe('the OPT of an upstream', () => {
  const opt = (length: number): Handler => ({
    serve: () => NEXT,
    finish: (query, answer) => {
      const to = answer.option(15, length);
      answer.bytes.fill(0x61, to, to + length);
      answer.limitEnd = answer.at + query.limit - answer.optSize(query);
    },
  });
  it('stays behind: the client gets its own', () => {
    const rig = new CacheRig('cache', { answer: [A] }, { inside: [opt(2)] });
    const { decoded, message } = rig.ask('a.test.', 'A', { edns: { size: 1400 } });
    assert.deepEqual(decoded?.opt, { size: 1400, flags: 0 });
    assert.equal(message.length, 24 + 16 + 11);
    assert.equal(rig.ask('a.test.').decoded?.opt, undefined);
  });
  it('gives way to a longer one: what no longer fits is cut', () => {
    const narrow: Handler = {
      serve: () => NEXT,
      finish: (query, answer) => {
        answer.ownOpt = 1;
        query.limit = 24 + 16 + 15 + 11;
      },
    };
    const rig = new CacheRig('cache', { answer: [A, 'a.test. 20 IN A 192.0.2.2'] }, { inside: [narrow] });
    const { decoded } = rig.ask('a.test.', 'A', { edns: { size: 1400 } });
    assert.deepEqual([decoded?.answer.length, decoded?.flags], [1, 'qr,tc,rd']);
    assert.equal(rig.ask('a.test.').decoded?.answer.length, 2, 'it was kept whole');
    assert.equal(rig.asked, 1);
  });
});

describe('a message that is not well formed', () => {
  it('goes through as it is and is not kept', () => {
    const count = (by: number): Handler => ({
      serve: () => NEXT,
      finish: (_, answer) => {
        answer.answers += by;
      },
    });
    const rig = new CacheRig('cache 10', { answer: [A] }, { inside: [count(1)], outside: [count(-1)] });
    for (let i = 0; i < 2; i++) assert.deepEqual(rig.ask('a.test.').decoded?.answer, [A]);
    assert.deepEqual([rig.asked, rig.entries], [2, [0, 0]]);
  });
});
