import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAG, OPCODE } from '#wire/constants.ts';
import { DROP } from '#workers/chain/outcome.ts';
import { ChainRunner, type Question } from '#workers/testing/case.ts';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { type Script, ScriptHandler } from '#workers/testing/script.ts';
import { TestThread } from '#workers/testing/thread.ts';
import { build } from './handler.ts';
import { plugin } from './setup.ts';

const QUESTION: Question = { name: 'a.test.', type: 'A' };
const ANSWER: Script = { flags: FLAG.AA, answer: ['a.test. 1 IN A 192.0.2.1'] };

function logged(corefile: string, question: Question, script: Script, server = 'dns://:53'): string[] {
  const thread = new TestThread();
  thread.clock.ahead = 0.165615;
  const options = plugin.setup(new TextDirective('log', corefile), testScope());
  const handler = build({ name: 'log', options, slots: null }, thread.host, {
    server,
    zones: ['.'],
    blockZones: ['.'],
  });
  new ChainRunner([handler, new ScriptHandler(script)], thread).ask(question);
  return thread.takeLines();
}

interface Row {
  readonly name: string;
  readonly corefile?: string;
  readonly question?: Partial<Question>;
  readonly script?: Script;
  readonly server?: string;
  readonly line: string;
}
const ROWS: readonly Row[] = [
  {
    name: 'the default format',
    line: '127.0.0.1:40000 - 4660 "A IN a.test. udp 24 false 512" NOERROR qr,aa,rd 46 0.000165615s',
  },
  {
    name: 'an error that the core writes, EDNS',
    question: { name: 'Kubernetes.default.svc.cluster.LOCAL.', edns: { size: 4096 }, port: 40272 },
    script: { outcome: 2 },
    line: '127.0.0.1:40272 - 4660 "A IN kubernetes.default.svc.cluster.local. udp 65 false 4096" SERVFAIL qr,rd 54 0.000165615s',
  },
  {
    name: '{combined}',
    corefile: 'log . "{combined}"',
    line: '127.0.0.1:40000 - 4660 "A IN a.test. udp 24 false 512" NOERROR qr,aa,rd 46 0.000165615s "0"',
  },
  {
    name: 'every field',
    corefile:
      'log . "{remote} {port} {local} {proto} {class} {type} {name} {size} {>id} {>opcode} {>do} {>bufsize} {rcode} {>rflags} {rsize} {duration}"',
    question: {
      client: 'fd00::7',
      proto: 'tcp',
      edns: { size: 1232, dnssecOk: true },
      klass: 'CH',
      type: 'TXT',
      id: 7,
    },
    line: '[fd00::7] 40000 [::] tcp CH TXT a.test. 35 7 0 true 65535 NOERROR qr,aa,rd 46 0.000165615s',
  },
  {
    name: 'a small EDNS size counts as 512',
    corefile: 'log . "{>bufsize}"',
    question: { edns: { size: 100 } },
    line: '512',
  },
  {
    name: 'the address of a bound listener',
    corefile: 'log . "{local}"',
    server: 'dns://127.0.0.1:53',
    line: '127.0.0.1',
  },
  {
    name: 'the address of a bound IPv6 listener',
    corefile: 'log . "{local}"',
    server: 'dns://[::1]:53',
    line: '[::1]',
  },
  {
    name: 'numbers for what has no name',
    corefile: 'log . "{type} {class} {rcode}"',
    question: { type: 'TYPE65280', klass: 'CLASS4096' },
    script: { outcome: 12 },
    line: 'TYPE65280 CLASS4096 12',
  },
  { name: 'nothing sent', corefile: 'log . "{rcode} {>rflags} {rsize}"', script: { outcome: DROP }, line: '- - 0' },
  {
    name: 'all flags in order',
    corefile: 'log . "{>rflags}"',
    question: { flags: FLAG.RD | FLAG.CD | FLAG.AD },
    script: { flags: FLAG.AA | FLAG.TC | FLAG.RA | FLAG.AD },
    line: 'qr,aa,tc,rd,ra,ad,cd',
  },
  {
    name: 'flags of a NOTIFY: RD is not copied',
    corefile: 'log . "{>rflags} {>opcode}"',
    question: { opcode: OPCODE.NOTIFY },
    line: 'qr,aa 4',
  },
  {
    name: 'what is unknown stays, metadata is empty',
    corefile: 'log . "{x} {/kubernetes/endpoint} {type}"',
    line: '{x} - A',
  },
  {
    name: 'a control character in a name is escaped as in zone files',
    corefile: 'log . "{name}"',
    question: { name: 'a\\010\\.b.test.' },
    line: 'a\\010\\.b.test.',
  },
  {
    name: 'the size is that before truncation',
    corefile: 'log . "{>rflags} {rsize}"',
    script: { answer: Array.from({ length: 40 }, (_, i) => `a.test. 1 IN A 192.0.2.${i}`) },
    line: `qr,rd ${24 + 40 * 22}`,
  },
];
for (const row of ROWS)
  test(`log: ${row.name}`, () => {
    const lines = logged(row.corefile ?? 'log', { ...QUESTION, ...row.question }, row.script ?? ANSWER, row.server);
    assert.deepEqual(lines, [`[INFO] ${row.line}`]);
  });

const SOA = 'test. 1 IN SOA ns.test. h.test. 1 2 3 4 5';
const KINDS: Readonly<Record<string, readonly [script: Script, question: Partial<Question>, classes: string]>> = {
  'an answer': [ANSWER, {}, 'success'],
  'NOERROR without anything': [{}, {}, 'success'],
  'a delegation': [{ authority: ['test. 1 IN NS ns.test.'] }, {}, 'success'],
  'no data': [{ authority: [SOA] }, {}, 'denial'],
  NXDOMAIN: [{ rcode: 'NXDOMAIN', authority: [SOA] }, {}, 'denial'],
  'NXDOMAIN with an answer': [{ ...ANSWER, rcode: 'NXDOMAIN' }, {}, 'error'],
  SERVFAIL: [{ outcome: 2 }, {}, 'error'],
  'a written SERVFAIL': [{ rcode: 'SERVFAIL' }, {}, 'error'],
  REFUSED: [{ outcome: 5 }, {}, 'error'],
  'a bare NXDOMAIN': [{ outcome: 3 }, {}, 'denial'],
  'a zone transfer': [ANSWER, { type: 'AXFR' }, 'error'],
  NOTIFY: [ANSWER, { opcode: OPCODE.NOTIFY }, 'error'],
  'a drop': [{ outcome: DROP }, {}, 'error'],
};
for (const [name, [script, question, wanted]] of Object.entries(KINDS))
  test(`log class of ${name} is ${wanted}`, () => {
    for (const known of ['success', 'denial', 'error', 'all']) {
      const lines = logged(`log {\n class ${known}\n}`, { ...QUESTION, ...question }, script);
      assert.equal(lines.length, known === wanted || known === 'all' ? 1 : 0, known);
    }
  });

test('an RRSIG outside its validity makes an answer an error for clients with DO (RFC 4034 §3.1.5)', () => {
  const rrsig = (inception: number, expiration: number) => {
    const time = (seconds: number) => (seconds >>> 0).toString(16).padStart(8, '0');
    // Covers A, algorithm 8, 2 labels, TTL 1, the times, key tag 0, signer test., one octet of signature (RFC 4034 §3.1).
    return `a.test. 1 IN RRSIG \\# 0001080200000001${time(expiration)}${time(inception)}0000047465737400ff`;
  };
  const now = Math.floor(Date.now() / 1000);
  const cases: readonly (readonly [inception: number, expiration: number, lines: number])[] = [
    [now - 10, now + 1000, 0],
    [now - 1000, now - 10, 1],
    [now + 1000, now + 2000, 1],
  ];
  for (const [inception, expiration, lines] of cases) {
    const script = { answer: [...(ANSWER.answer ?? []), rrsig(inception, expiration)] };
    const dnssec = { ...QUESTION, edns: { size: 4096, dnssecOk: true } };
    assert.equal(logged('log {\n class error\n}', dnssec, script).length, lines);
    assert.equal(logged('log {\n class error\n}', QUESTION, script).length, 0, 'without DO');
  }
});

test('the first rule whose name fits counts, also when its class does not', () => {
  const corefile = 'log sub.test. "one {name}" {\n class denial\n}\nlog test. "two {name}"';
  assert.deepEqual(logged(corefile, { name: 'x.sub.test.', type: 'A' }, {}), []);
  assert.deepEqual(logged(corefile, { name: 'x.test.', type: 'A' }, {}), ['[INFO] two x.test.']);
  assert.deepEqual(logged(corefile, { name: 'x.other.', type: 'A' }, {}), []);
});

const DURATIONS: readonly (readonly [milliseconds: number, text: string])[] = [
  [0, '0s'],
  [1, '0.001s'],
  [1000, '1s'],
  [12_345.678901, '12.345678901s'],
  [0.000001, '0.000000001s'],
  [100, '0.1s'],
];
for (const [milliseconds, text] of DURATIONS)
  test(`a duration of ${milliseconds} ms is ${text}, and the batch's clock stays`, () => {
    const thread = new TestThread();
    const options = { rules: [{ name: '.', format: '{duration}', classes: ['all'] as const }] };
    const handler = build({ name: 'log', options, slots: null }, thread.host, {
      server: 's',
      zones: [],
      blockZones: [],
    });
    thread.clock.now = 0;
    thread.clock.ahead = milliseconds;
    new ChainRunner([handler, new ScriptHandler({})], thread).ask(QUESTION);
    assert.deepEqual(thread.takeLines(), [`[INFO] ${text}`]);
    assert.equal(thread.clock.now, 0);
  });

const ADDRESSES: readonly string[] = [
  '::',
  '::1',
  '1::',
  '2001:db8::1:0:0:1',
  '1:0:2:0:3:0:4:0',
  '1:2:3:4:5:6:7:8',
  'fe80::ab:cd',
  '1:2:3:4:5:6::',
  '::3:4:5:6:7:8',
  '0:2:3:4:5:6:7:8',
];
for (const address of ADDRESSES)
  test(`{remote} ${address} (RFC 5952)`, () => {
    assert.deepEqual(logged('log . "{remote}"', { ...QUESTION, client: address }, {}), [`[INFO] [${address}]`]);
  });
