import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAG } from '#wire/constants.ts';
import { Chain } from '#workers/chain/chain.ts';
import type { Handler } from '#workers/chain/handler.ts';
import { LATER, WRITTEN } from '#workers/chain/outcome.ts';
import type { Answer } from '#workers/query/answer.ts';
import { type Query, WORKSPACE } from '#workers/query/query.ts';
import { ACCEPTED, readQuery } from '#workers/query/read.ts';
import { ChainRunner, checkCase, type DnsCase, encodeQuestion } from '#workers/testing/case.ts';
import { decodeAnswer } from '#workers/testing/decoded.ts';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { type Script, ScriptHandler, writeRecord } from '#workers/testing/script.ts';
import { TestThread } from '#workers/testing/thread.ts';
import { build } from './handler.ts';
import { plugin } from './setup.ts';

const SCOPE = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };

function open(corefile: string, script: Script | ((name: string, type: number) => Script)) {
  const thread = new TestThread();
  const options = plugin.setup(new TextDirective('rewrite', corefile), testScope());
  const backend = new ScriptHandler(script);
  const handlers = [build({ name: 'rewrite', options, slots: null }, thread.host, SCOPE), backend];
  return { backend, runner: new ChainRunner(handlers, thread) };
}

/** A row: what the client asks and gets, and what stands behind. */
interface Row extends DnsCase {
  readonly corefile: string;
  /** `NAME TYPE` as the next plugin sees it; undefined when it sees nothing. */
  readonly asked?: string;
  readonly script?: Script;
}

const AA = FLAG.AA;
const A = (owner: string) => `${owner} 30 IN A 10.0.0.1`;

/** What a rule makes of a question: the next plugin answers with the name that it is asked for. */
const QUESTIONS: readonly (readonly [corefile: string, name: string, asked: string])[] = [
  ['rewrite name a.test b.test', 'a.test.', 'b.test.'],
  ['rewrite name a.test b.test', 'x.a.test.', 'x.a.test.'],
  ['rewrite name a.test b.test', 'A.Test.', 'b.test.'],
  ['rewrite name prefix p www', 'p.test.', 'www.test.'],
  ['rewrite name prefix p www', 'pq.test.', 'pq.test.'],
  ['rewrite name suffix .old.test .new.example', 'a.b.old.test.', 'a.b.new.example.'],
  ['rewrite name suffix .old.test .new.example', 'old.test.', 'old.test.'],
  ['rewrite name suffix old.test new.test', 'bold.test.', 'bnew.test.'],
  ['rewrite name substring mid x.y', 'a.mid.test.', 'a.x.y.test.'],
  ['rewrite name substring mid x', 'amid.mid.test.', 'ax.x.test.'],
  ['rewrite name substring mid x', 'a.midst.test.', 'a.midst.test.'],
  [
    'rewrite name regex (.*)-(us-west-1)\\.test {1}.service.{2}.consul',
    'ftp-us-west-1.test.',
    'ftp.service.us-west-1.consul.',
  ],
  ['rewrite name regex ^a z', 'abc.test.', 'z.'],
  ['rewrite continue name a.test b.test\nrewrite name b.test c.test', 'a.test.', 'c.test.'],
  ['rewrite name a.test b.test\nrewrite name b.test c.test', 'a.test.', 'b.test.'],
  ['rewrite name suffix . .example', 'a.test.', 'a.test.example.'],
  ['rewrite name regex foo\\\\\\.bar\\.(.*)\\. ok.{1}', 'foo\\.bar.test.', 'ok.test.'],
];
for (const [corefile, name, asked] of QUESTIONS)
  test(`${corefile}: ${name} is asked as ${asked}`, () => {
    const { backend, runner } = open(corefile, {});
    const { decoded } = runner.ask({ name, type: 'A' });
    assert.deepEqual(backend.asked, [`${asked} 1`]);
    assert.equal(decoded?.rcode, 'NOERROR');
  });

const ROWS: readonly Row[] = [
  {
    title: "exact: the owner is mapped back, in the client's spelling",
    corefile: 'rewrite name old.test much-longer-name.example',
    name: 'Old.Test.',
    type: 'A',
    script: { flags: AA, answer: [A('much-longer-name.example.')] },
    qr: 'qr,aa,rd',
    answer: [A('Old.Test.')],
  },
  {
    title: 'exact: a shorter name',
    corefile: 'rewrite name much-longer-name.example b.',
    name: 'much-longer-name.example.',
    type: 'A',
    script: { answer: [A('b.'), 'b. 5 IN AAAA fd00::1'] },
    answer: [A('much-longer-name.example.'), 'much-longer-name.example. 5 IN AAAA fd00::1'],
  },
  {
    title: 'exact: names below the new one and names in RDATA are mapped too',
    corefile: 'rewrite name old.test new.test',
    name: 'old.test.',
    type: 'A',
    script: {
      answer: ['new.test. 5 IN CNAME www.new.test.', A('www.new.test.'), 'x.test. 5 IN CNAME NEW.test.'],
      authority: ['new.test. 5 IN NS ns.other.'],
      additional: ['_s.new.test. 5 IN SRV 0 1 2 new.test.'],
    },
    answer: ['old.test. 5 IN CNAME www.old.test.', A('www.old.test.'), 'x.test. 5 IN CNAME old.test.'],
    authority: ['old.test. 5 IN NS ns.other.'],
    additional: ['_s.old.test. 5 IN SRV 0 1 2 old.test.'],
  },
  {
    title: 'exact: a name that only ends alike is not mapped',
    corefile: 'rewrite name old.test new.test',
    name: 'old.test.',
    type: 'MX',
    script: { answer: ['new.test. 5 IN MX 1 anew.test.'] },
    answer: ['old.test. 5 IN MX 1 anew.test.'],
  },
  {
    title: 'suffix without answer: the client gets another owner',
    corefile: 'rewrite name suffix .old.test .new.test',
    name: 'a.old.test.',
    type: 'A',
    script: { answer: [A('a.new.test.')] },
    answer: [A('a.new.test.')],
  },
  {
    title: 'suffix with answer auto',
    corefile: 'rewrite name suffix .old.test .new.example answer auto',
    name: 'A.old.test.',
    type: 'A',
    script: { answer: ['a.new.example. 5 IN CNAME b.new.example.', A('b.new.example.')] },
    answer: ['A.old.test. 5 IN CNAME b.old.test.', A('b.old.test.')],
  },
  {
    title: 'suffix with answer auto, flat',
    corefile: 'rewrite name suffix .old.test .new.example answer auto',
    name: 'A.old.test.',
    type: 'A',
    script: { answer: [A('a.new.example.'), A('a.new.example.')] },
    answer: [A('A.old.test.'), A('A.old.test.')],
  },
  {
    title: 'regex with answer auto',
    corefile: 'rewrite stop {\n name regex (.*)\\.legacy\\.test {1}.svc.test\n answer auto\n}',
    name: 'web.Legacy.test.',
    type: 'A',
    script: { answer: [A('web.svc.test.')] },
    answer: [A('web.Legacy.test.')],
  },
  {
    title: 'regex with answer auto: SOA in the authority is for another name',
    corefile: 'rewrite name regex (.*)\\.legacy\\.test {1}.svc.test answer auto',
    name: 'web.legacy.test.',
    type: 'A',
    script: { authority: ['test. 5 IN SOA ns.test. h.test. 1 2 3 4 5'] },
    authority: ['test. 5 IN SOA ns.test. h.test. 1 2 3 4 5'],
  },
  {
    title: 'prefix with answer auto',
    corefile: 'rewrite name prefix p www answer auto',
    name: 'p.test.',
    type: 'A',
    script: { answer: [A('www.test.')] },
    answer: [A('p.test.')],
  },
  {
    title: 'substring with answer auto',
    corefile: 'rewrite name substring mid x answer auto',
    name: 'a.mid.test.',
    type: 'A',
    script: { answer: [A('a.x.test.')] },
    answer: [A('a.mid.test.')],
  },
  {
    title: 'answer name',
    corefile:
      'rewrite name regex (.*)-(west)\\.rocks {1}.service.{2}.consul answer name (.*)\\.service\\.(west)\\.consul {1}-{2}.rocks',
    name: 'ftp-west.rocks.',
    type: 'A',
    script: {
      answer: [
        'ftp.service.west.consul. 5 IN CNAME x.service.west.consul.',
        A('x.service.west.consul.'),
        A('else.consul.'),
      ],
    },
    answer: ['ftp-west.rocks. 5 IN CNAME x.service.west.consul.', A('x-west.rocks.'), A('else.consul.')],
  },
  {
    title: 'answer value',
    corefile: 'rewrite name suffix .old .new answer value (.*)\\.new {1}.old',
    name: 'a.old.',
    type: 'MX',
    script: {
      answer: ['a.new. 5 IN MX 7 m.new.', 'a.new. 5 IN NAPTR 1 2 "s" "x" "" t.new.'],
      authority: ['new. 5 IN SOA ns.new. h.new. 1 2 3 4 5'],
      additional: [A('m.new.'), '1.2. 5 IN PTR a.new.'],
    },
    answer: ['a.new. 5 IN MX 7 m.old.', 'a.new. 5 IN NAPTR 1 2 "s" "x" "" t.old.'],
    authority: ['new. 5 IN SOA ns.old. h.new. 1 2 3 4 5'],
    additional: [A('m.new.'), '1.2. 5 IN PTR a.old.'],
  },
  {
    title: 'continue: names find back through all steps',
    corefile: 'rewrite continue name a.test b.test\nrewrite name suffix .test .example answer auto',
    name: 'A.test.',
    type: 'A',
    script: { answer: ['b.example. 5 IN CNAME x.b.example.', A('x.b.example.')] },
    answer: ['A.test. 5 IN CNAME x.A.test.', A('x.A.test.')],
  },
  {
    title: 'no rule applies',
    corefile: 'rewrite name a.test b.test',
    name: 'C.test.',
    type: 'A',
    script: { flags: AA, answer: [A('c.test.')] },
    qr: 'qr,aa,rd',
    answer: [A('C.test.')],
  },
  {
    title: "an error from below has the client's question",
    corefile: 'rewrite name a.test b.test',
    name: 'A.test.',
    type: 'A',
    script: { outcome: 5 },
    rcode: 'REFUSED',
    qr: 'qr,rd',
    outcome: 5,
  },
  {
    title: 'type',
    corefile: 'rewrite type A AAAA',
    name: 'a.test.',
    type: 'A',
    script: { answer: ['a.test. 5 IN AAAA fd00::1'] },
    asked: 'a.test. 28',
    answer: ['a.test. 5 IN AAAA fd00::1'],
  },
  {
    title: 'type, error from below',
    corefile: 'rewrite type A AAAA',
    name: 'a.test.',
    type: 'A',
    script: { outcome: 2 },
    asked: 'a.test. 28',
    rcode: 'SERVFAIL',
  },
  { title: 'another type', corefile: 'rewrite type A AAAA', name: 'a.test.', type: 'MX', asked: 'a.test. 15' },
  {
    title: 'class',
    corefile: 'rewrite class CH IN',
    name: 'a.test.',
    type: 'TXT',
    klass: 'CH',
    script: { answer: ['a.test. 5 IN TXT "x"'] },
    answer: ['a.test. 5 IN TXT "x"'],
  },
  {
    title: 'type and name',
    corefile: 'rewrite continue type A AAAA\nrewrite name a.test b.test',
    name: 'a.test.',
    type: 'A',
    script: { answer: ['b.test. 5 IN AAAA fd00::1', 'b.test. 5 IN CNAME c.'] },
    asked: 'b.test. 28',
    answer: ['a.test. 5 IN AAAA fd00::1', 'a.test. 5 IN CNAME c.'],
  },
  {
    title: 'ttl: one value, in all sections',
    corefile: 'rewrite ttl a.test 15',
    name: 'a.test.',
    type: 'A',
    script: { answer: [A('a.test.')], authority: ['test. 5 IN NS n.test.'], additional: ['n.test. 500 IN A 10.0.0.9'] },
    answer: ['a.test. 15 IN A 10.0.0.1'],
    authority: ['test. 15 IN NS n.test.'],
    additional: ['n.test. 15 IN A 10.0.0.9'],
  },
  {
    title: 'ttl: a range',
    corefile: 'rewrite ttl suffix test 10-40',
    name: 'a.test.',
    type: 'A',
    script: { answer: ['a.test. 5 IN A 10.0.0.1', 'a.test. 30 IN A 10.0.0.2', 'a.test. 300 IN A 10.0.0.3'] },
    answer: ['a.test. 10 IN A 10.0.0.1', 'a.test. 30 IN A 10.0.0.2', 'a.test. 40 IN A 10.0.0.3'],
  },
  {
    title: 'ttl: another name',
    corefile: 'rewrite ttl b.test 15',
    name: 'a.test.',
    type: 'A',
    script: { answer: [A('a.test.')] },
    answer: [A('a.test.')],
  },
  {
    title: 'ttl: of a renamed response',
    corefile: 'rewrite continue ttl regex ^a 15\nrewrite name a.test b.test',
    name: 'a.test.',
    type: 'A',
    script: { answer: ['b.test. 5 IN CNAME c.test.'] },
    answer: ['a.test. 15 IN CNAME c.test.'],
  },
  {
    title: 'rcode of an answer',
    corefile: 'rewrite rcode a.test NXDOMAIN NOERROR',
    name: 'a.test.',
    type: 'A',
    script: { rcode: 'NXDOMAIN' },
    rcode: 'NOERROR',
  },
  {
    title: 'rcode of an error from below',
    corefile: 'rewrite rcode a.test SERVFAIL NXDOMAIN',
    name: 'a.test.',
    type: 'A',
    script: { outcome: 2 },
    rcode: 'NXDOMAIN',
  },
  {
    title: 'rcode: another one',
    corefile: 'rewrite rcode a.test SERVFAIL NXDOMAIN',
    name: 'a.test.',
    type: 'A',
    script: { outcome: 5 },
    rcode: 'REFUSED',
  },
  {
    title: 'EDNS stays with the client',
    corefile: 'rewrite name a.test b.test',
    name: 'a.test.',
    type: 'A',
    edns: { size: 1232 },
    script: { answer: ['b.test. 5 IN CNAME c.'] },
    answer: ['a.test. 5 IN CNAME c.'],
  },
];
for (const row of ROWS)
  test(`rewrite: ${row.title}`, () => {
    const { backend, runner } = open(row.corefile, row.script ?? {});
    const asked = runner.ask(row);
    checkCase(asked, row);
    if (row.asked !== undefined) assert.deepEqual(backend.asked, [row.asked]);
  });

test('a result that is no name: SERVFAIL, and nobody is asked', () => {
  for (const to of ['a..b', `${'x'.repeat(64)}`, `${'y'.repeat(60)}.`.repeat(5)]) {
    const { backend, runner } = open(`rewrite name a.test ${to}`, {});
    const asked = runner.ask({ name: 'a.test.', type: 'A' });
    assert.equal(asked.decoded?.rcode, 'SERVFAIL');
    assert.equal(asked.decoded?.question, 'a.test. IN A');
    assert.equal(asked.failure, 'invalid name after rewrite');
    assert.deepEqual(backend.asked, []);
  }
});

test('a longer name in every owner: what does not fit any longer is cut with TC', () => {
  const records = Array.from({ length: 29 }, (_, i) => `b. 5 IN A 10.0.0.${i}`);
  const { runner } = open(`rewrite name ${'long.'.repeat(20)}test b`, { answer: records });
  const asked = runner.ask({ name: `${'long.'.repeat(20)}test.`, type: 'A' });
  assert.equal(asked.decoded?.flags, 'qr,tc,rd');
  assert.ok(asked.message.length <= 512);
  assert.equal(asked.decoded?.answer.length, 24);
  assert.equal(asked.plainSize, 122 + 29 * (106 + 14));
});

test('plainSize follows the new names', () => {
  const { runner } = open('rewrite name old.test new-name.test', {
    answer: [A('new-name.test.'), 'x. 5 IN CNAME new-name.test.'],
  });
  assert.equal(runner.ask({ name: 'old.test.', type: 'A' }).plainSize, 12 + 14 + (10 + 14) + (3 + 10 + 10));
});

test('queries that wait for each other get their own names back', () => {
  const thread = new TestThread();
  const corefile = 'rewrite name suffix .old .new answer auto\nrewrite name regex (.*)\\.legacy {1}.svc answer auto';
  const options = plugin.setup(new TextDirective('rewrite', corefile), testScope());
  const waiting: Query[] = [];
  const later: Handler = {
    serve: (query) => {
      waiting.push(query);
      return LATER;
    },
  };
  const done: string[] = [];
  const complete = (query: Query, answer: Answer) => {
    const length = answer.seal(query);
    done.push(decodeAnswer(answer.bytes.slice(answer.at, answer.at + length)).answer.join());
    query.release();
  };
  const chain = new Chain(
    [build({ name: 'rewrite', options, slots: null }, thread.host, SCOPE), later],
    ['rewrite', 'later'],
    { complete },
  );
  for (const name of ['A.old.', 'B.legacy.', 'c.else.']) {
    const query = thread.pool.acquire();
    assert.ok(query !== undefined);
    const request = encodeQuestion({ name, type: 'A' });
    query.bytes.set(request, thread.requestAt);
    query.peerAt = query.workspace + WORKSPACE.PEER;
    query.answer.open(thread.answerAt);
    assert.equal(readQuery(query, thread.requestAt, request.length, thread.host.seed), ACCEPTED);
    assert.equal(chain.run(query, query.answer), LATER);
  }
  for (const index of [1, 0, 2]) {
    const query = waiting[index];
    query.answer.start(query, 0, 0);
    writeRecord(
      query,
      query.answer,
      ['a.new. 5 IN A 10.0.0.1', 'b.svc. 5 IN CNAME x.b.svc.', 'c.else. 5 IN A 10.0.0.3'][index],
    );
    query.resume(WRITTEN);
  }
  assert.deepEqual(done, ['B.legacy. 5 IN CNAME x.B.legacy.', 'A.old. 5 IN A 10.0.0.1', 'c.else. 5 IN A 10.0.0.3']);
});
