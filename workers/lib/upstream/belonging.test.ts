import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encode, type Answer as Record } from 'dns-packet';
import type { Question } from '../../testing/case.ts';
import { decodeAnswer } from '../../testing/decoded.ts';
import { TestThread } from '../../testing/thread.ts';
import { ReplyReader } from './reply.ts';
import { openQuery } from './testing.ts';

const thread = new TestThread();
const reader = new ReplyReader();

function a(name: string, data = '192.0.2.1'): Record {
  return { type: 'A', name, ttl: 60, data };
}
function cname(name: string, data: string): Record {
  return { type: 'CNAME', name, ttl: 60, data };
}
function ns(name: string, data: string): Record {
  return { type: 'NS', name, ttl: 60, data };
}
function srv(name: string, target: string): Record {
  return { type: 'SRV', name, ttl: 60, data: { priority: 0, weight: 0, port: 1, target } };
}
function soa(name: string): Record {
  const data = { mname: 'ns.test', rname: 'root.test', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 };
  return { type: 'SOA', name, ttl: 60, data };
}
function chain(length: number): Record[] {
  return Array.from({ length }, (_, i) => cname(i === 0 ? 'www.ex.test' : `a${i}.other.test`, `a${i + 1}.other.test`));
}

interface Row {
  readonly name: string;
  readonly question?: Partial<Question>;
  readonly answers?: readonly Record[];
  readonly authorities?: readonly Record[];
  readonly additionals?: readonly Record[];
  /** Owners and types of what is passed on, section by section; all of it when left out. */
  readonly kept?: readonly [string[], string[], string[]];
  /** True: the reply is not used at all. */
  readonly foreign?: boolean;
}

const rows: readonly Row[] = [
  { name: 'an answer to the question', answers: [a('www.ex.test')] },
  { name: 'whatever its case', answers: [a('WWW.ex.TEST')] },
  {
    name: 'an address of somebody else beside the answer',
    answers: [a('www.ex.test'), a('bank.example')],
    kept: [['www.ex.test. A'], [], []],
  },
  { name: 'nothing but an address of somebody else', answers: [a('bank.example')], foreign: true },
  { name: 'the name above the one that was asked for', answers: [a('ex.test')], foreign: true },
  { name: 'a name below it', answers: [a('a.www.ex.test')], foreign: true },
  { name: 'aliases and their target', answers: [...chain(3), a('a3.other.test')] },
  { name: 'aliases in reverse order', answers: [a('a3.other.test'), ...chain(3).reverse()] },
  { name: 'aliases in a circle', answers: [cname('www.ex.test', 'b.test'), cname('b.test', 'www.ex.test')] },
  {
    name: 'an alias that leads nowhere, and an address of somebody else',
    answers: [cname('www.ex.test', 'b.test'), a('c.test')],
    kept: [['www.ex.test. CNAME'], [], []],
  },
  {
    name: 'an alias of somebody else',
    answers: [a('www.ex.test'), cname('bank.example', 'evil.test'), a('evil.test')],
    kept: [['www.ex.test. A'], [], []],
  },
  { name: '16 aliases', answers: chain(16) },
  { name: '17 aliases', answers: chain(17), foreign: true },
  {
    name: 'a DNAME above the name, with the CNAME made of it',
    answers: [
      { type: 'DNAME', name: 'ex.test', ttl: 60, data: 'other.test' },
      cname('www.ex.test', 'www.other.test'),
      a('www.other.test'),
    ],
  },
  {
    name: 'a DNAME beside the name',
    answers: [a('www.ex.test'), { type: 'DNAME', name: 'bank.example', ttl: 60, data: 'evil.test' }],
    kept: [['www.ex.test. A'], [], []],
  },
  {
    name: 'a record of another class',
    answers: [a('www.ex.test'), { type: 'TXT', name: 'www.ex.test', ttl: 60, class: 'CH', data: 'x' }],
    kept: [['www.ex.test. A'], [], []],
  },
  { name: 'a denial of the zone', authorities: [soa('ex.test')] },
  { name: 'a denial of the root', authorities: [soa('.')] },
  { name: 'a denial of the target', answers: [cname('www.ex.test', 'w.other.test')], authorities: [soa('other.test')] },
  { name: 'a denial of another zone', authorities: [soa('bank.example')], kept: [[], [], []] },
  {
    name: 'a denial of a zone below',
    authorities: [soa('a.www.ex.test'), soa('ex.test')],
    kept: [[], ['ex.test. SOA'], []],
  },
  {
    name: 'a delegation with glue',
    authorities: [ns('ex.test', 'ns1.ex.test'), ns('ex.test', 'ns.other.test')],
    additionals: [a('ns1.ex.test'), a('ns.other.test')],
  },
  {
    name: 'glue that nobody asked for',
    authorities: [ns('ex.test', 'ns1.ex.test')],
    additionals: [a('bank.example'), a('NS1.ex.test')],
    kept: [[], ['ex.test. NS'], ['NS1.ex.test. A']],
  },
  {
    name: 'glue of a delegation that is left out',
    authorities: [ns('bank.example', 'ns.bank.example')],
    additionals: [a('ns.bank.example')],
    kept: [[], [], []],
  },
  {
    name: 'targets of services',
    question: { type: 'SRV' },
    answers: [srv('www.ex.test', 'a.pod.test'), srv('www.ex.test', 'b.pod.test')],
    additionals: [a('a.pod.test'), a('b.pod.test'), a('c.pod.test')],
    kept: [['www.ex.test. SRV', 'www.ex.test. SRV'], [], ['a.pod.test. A', 'b.pod.test. A']],
  },
  {
    name: 'what an additional record names, in either order',
    question: { type: 'PTR' },
    answers: [{ type: 'PTR', name: 'www.ex.test', ttl: 60, data: 'printer.test' }],
    additionals: [a('host.test'), srv('printer.test', 'host.test')],
  },
  {
    name: 'an additional record about the question itself',
    answers: [a('www.ex.test')],
    additionals: [a('www.ex.test')],
  },
  {
    name: 'proofs for a client with DO',
    question: { edns: { size: 1400, dnssecOk: true } },
    authorities: [
      soa('ex.test'),
      { type: 'NSEC', name: 'v.ex.test', ttl: 60, data: { nextDomain: 'x.ex.test', rrtypes: ['A'] } },
    ],
  },
  {
    name: 'proofs for a client without',
    authorities: [
      soa('ex.test'),
      { type: 'NSEC', name: 'v.ex.test', ttl: 60, data: { nextDomain: 'x.ex.test', rrtypes: ['A'] } },
    ],
    kept: [[], ['ex.test. SOA'], []],
  },
  {
    name: 'a transfer is not judged',
    question: { type: 'AXFR', proto: 'tcp' },
    answers: [soa('www.ex.test'), a('b.test')],
  },
  { name: 'a notification is not judged', question: { opcode: 4 }, answers: [a('b.test')] },
];

const question = (row: Row): Question => ({ name: 'www.ex.test', type: 'A', proto: 'tcp', ...row.question });

function owners(records: readonly string[]): string[] {
  return records.map((record) => `${record.split(' ')[0]} ${record.split(' ')[3]}`);
}

function read(row: Row): { taken: boolean; foreign: boolean; dropped: number; sections: string[][]; plain: number[] } {
  const asked = question(row);
  const { answers = [], authorities = [], additionals = [] } = row;
  const reply = encode({
    type: 'response',
    flags: (asked.opcode ?? 0) << 11,
    questions: [{ name: asked.name, type: asked.type as 'A' }],
    answers: [...answers],
    authorities: [...authorities],
    additionals: [...additionals],
  });
  const query = openQuery(thread, asked);
  const taken = reader.read(query, query.answer, reply, 0, reply.length);
  const { foreign, dropped } = reader;
  const message = query.bytes.slice(query.answer.at, query.answer.at + (taken ? query.answer.seal(query) : 0));
  const plain = [query.answer.plainSize, message.length];
  query.release();
  if (!taken) return { taken, foreign, dropped, sections: [], plain };
  const { answer, authority, additional } = decodeAnswer(message);
  return { taken, foreign, dropped, sections: [answer, authority, additional].map((list) => owners([...list])), plain };
}

describe('what is passed on of a reply', () => {
  for (const row of rows) {
    test(row.name, () => {
      const { taken, foreign, dropped, sections } = read(row);
      assert.equal(foreign, row.foreign === true);
      assert.equal(taken, !foreign);
      if (foreign) return;
      const all = [row.answers ?? [], row.authorities ?? [], row.additionals ?? []].map((list) =>
        list.map((record) => `${record.name === '.' ? '' : record.name}. ${record.type}`),
      );
      assert.deepEqual(sections, row.kept ?? all);
      assert.equal(dropped, all.flat().length - sections.flat().length);
    });
  }
});

test('sizes are those of what is passed on', () => {
  const { plain } = read({ name: '', answers: [a('www.ex.test'), a('bank.example')] });
  assert.deepEqual(plain, [12 + 13 + 4 + 13 + 14, 12 + 13 + 4 + 2 + 14]);
});

describe('limits', () => {
  test('a thousand records of others cost little and none is passed on', () => {
    const others = Array.from({ length: 1000 }, (_, i) => a(`${i}.bank.example`));
    const { sections, dropped } = read({
      name: '',
      question: { proto: 'tcp' },
      answers: [a('www.ex.test')],
      authorities: others.map(({ name }) => ns(name, 'ns.evil.test')),
      additionals: others,
    });
    assert.deepEqual(sections, [['www.ex.test. A'], [], []]);
    assert.equal(dropped, 2000);
  });

  test('a thousand services with their addresses are passed on', () => {
    const targets = Array.from({ length: 600 }, (_, i) => `p${i}.svc.test`);
    const { sections, dropped } = read({
      name: '',
      question: { type: 'SRV', proto: 'tcp' },
      answers: targets.map((target) => srv('www.ex.test', target)),
      additionals: targets.map((target) => a(target)),
    });
    assert.equal(dropped, 0);
    assert.deepEqual(
      sections.map((list) => list.length),
      [600, 0, 600],
    );
  });
});
