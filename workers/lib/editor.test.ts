import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEADER_BYTES, RCODE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import type { Handler } from '../chain/handler.ts';
import { NEXT } from '../chain/outcome.ts';
import type { Answer } from '../query/answer.ts';
import type { Query } from '../query/query.ts';
import { ChainRunner } from '../testing/case.ts';
import { type Script, ScriptHandler } from '../testing/script.ts';
import { TestThread } from '../testing/thread.ts';
import { MessageEditor } from './editor.ts';

const A = 'a.test. 5 IN A 10.0.0.1';
const FULL: Script = {
  answer: [
    'a.test. 5 IN CNAME b.test.',
    'b.test. 5 IN A 10.0.0.1',
    'B.test. 5 IN AAAA fd00::1',
    'b.test. 5 IN MX 3 mail.b.test.',
  ],
  authority: ['test. 5 IN SOA ns.test. h.test. 1 2 3 4 5', 'test. 5 IN NS ns.test.'],
  additional: [
    '_s._tcp.a.test. 5 IN SRV 1 2 3 ns.test.',
    'ns.test. 5 IN NAPTR 1 2 "s" "x" "" b.test.',
    'x.test. 5 IN TXT "t"',
  ],
};

/** A handler that edits what comes up. */
function editing(edit: (editor: MessageEditor, query: Query, answer: Answer) => void): Handler {
  const editor = new MessageEditor();
  return { serve: () => NEXT, finish: (query, answer) => edit(editor, query, answer) };
}

function ask(script: Script, edit: (editor: MessageEditor, query: Query, answer: Answer) => void, size = 4096) {
  const runner = new ChainRunner([editing(edit), new ScriptHandler(script)], new TestThread());
  return runner.ask({ name: 'a.test.', type: 'A', edns: { size } });
}

test('read and write give the same records, in fewer octets', () => {
  const plain = ask(FULL, () => {});
  const edited = ask(FULL, (editor, query, answer) => {
    assert.equal(editor.read(answer), true);
    assert.equal(editor.count, 9);
    editor.write(query, answer, 1, 1);
  });
  for (const section of ['answer', 'authority', 'additional'] as const)
    assert.deepEqual(edited.decoded?.[section], FULL[section]);
  assert.equal(edited.plainSize, plain.plainSize);
  assert.ok(edited.message.length < plain.message.length - 60, `${edited.message.length} of ${plain.message.length}`);
});

test('owners, TTLs, names in RDATA, order, type and class of the question can be changed', () => {
  const name = encodeName('New.Example.');
  const edited = ask({ answer: [A, 'x.test. 5 IN MX 3 y.test.'] }, (editor, query, answer) => {
    editor.read(answer);
    assert.equal(editor.setOwner(0, name, 0, name.length), true);
    assert.equal(editor.setTarget(1, name, 0, name.length), true);
    assert.equal(editor.target(0), 0);
    editor.ttl[1] = 77;
    editor.order[0] = 1;
    editor.order[1] = 0;
    editor.write(query, answer, 28, 3);
  });
  assert.deepEqual(edited.decoded?.answer, ['x.test. 77 IN MX 3 New.Example.', 'New.Example. 5 IN A 10.0.0.1']);
  assert.equal(edited.decoded?.question, 'a.test. CH AAAA');
});

test('compression is case-sensitive: every owner keeps its spelling', () => {
  const edited = ask(
    { answer: ['B.test. 5 IN A 10.0.0.1', 'b.test. 5 IN A 10.0.0.1', 'b.TEST. 5 IN A 10.0.0.1'] },
    (editor, query, answer) => {
      editor.read(answer);
      editor.write(query, answer, 1, 1);
    },
  );
  assert.deepEqual(edited.decoded?.answer, [
    'B.test. 5 IN A 10.0.0.1',
    'b.test. 5 IN A 10.0.0.1',
    'b.TEST. 5 IN A 10.0.0.1',
  ]);
});

test('SRV targets are not compressed (RFC 2782)', () => {
  const edited = ask({ answer: ['a.test. 5 IN SRV 1 2 3 a.test.'] }, (editor, query, answer) => {
    editor.read(answer);
    editor.write(query, answer, 1, 1);
  });
  assert.equal(edited.message.length - 11, HEADER_BYTES + 12 + 2 + 10 + 6 + 8);
});

for (const size of [512, 600, 1232])
  test(`what does not fit into ${size} octets is cut at a record, with TC`, () => {
    const records = Array.from({ length: 100 }, (_, i) => `h${i}.test. 5 IN A 10.0.0.${i}`);
    const edited = ask(
      { answer: [A] },
      (editor, query, answer) => {
        editor.read(answer);
        for (let i = 1; i < records.length; i++) {
          const name = encodeName(`h${i}.test.`);
          editor.type[i] = 1;
          editor.klass[i] = 1;
          editor.order[i] = i;
          editor.section[i] = 0;
          editor.rdataAt[i] = editor.rdataAt[0];
          editor.rdataLength[i] = 4;
          editor.setOwner(i, name, 0, name.length);
        }
        editor.count = records.length;
        editor.write(query, answer, 1, 1);
      },
      size,
    );
    assert.ok(edited.message.length <= size && edited.message.length > size - 25, `${edited.message.length}`);
    assert.match(edited.decoded?.flags ?? '', /tc/);
    const owners = records.slice(1).reduce((sum, record) => sum + (record.split(' ')[0].length + 1) + 14, 0);
    assert.equal(edited.plainSize, 24 + 22 + owners);
  });

test('a malformed message is refused and stays as it is', () => {
  const edited = ask({ answer: [A, A] }, (editor, _query, answer) => {
    const { bytes, questionEnd } = answer;
    bytes[questionEnd + 16] = 0xff;
    assert.equal(editor.read(answer), false);
    bytes[questionEnd + 16] = 0xc0;
  });
  assert.deepEqual(edited.decoded?.answer, [A, A]);
});

test('a CNAME in front of the others', () => {
  const owner = encodeName('New.Example.');
  const edited = ask(FULL, (editor, query, answer) => {
    editor.read(answer);
    const target = editor.ownerAt[1];
    const length = editor.ownerLength[1];
    assert.equal(editor.prependAlias(owner, 0, owner.length, editor.bytes, target, length, 7), true);
    editor.write(query, answer, 1, 1);
  });
  assert.deepEqual(edited.decoded?.answer, ['New.Example. 7 IN CNAME b.test.', ...(FULL.answer ?? [])]);
  assert.deepEqual(edited.decoded?.authority, FULL.authority);
  assert.deepEqual(edited.decoded?.additional, FULL.additional);
});

test('names that swell beyond the scratch memory are refused', () => {
  const long = `${`${'x'.repeat(63)}.`.repeat(3)}${'y'.repeat(61)}.`;
  const thread = new TestThread();
  const runner = new ChainRunner(
    [
      editing((editor, _query, answer) => {
        if (!editor.read(answer)) answer.outcome = RCODE.SERVFAIL;
      }),
      new ScriptHandler(() => ({
        answer: Array.from({ length: 4070 }, (_, i) => `${long} 5 IN A 10.0.${i >> 8}.${i & 255}`),
      })),
    ],
    thread,
  );
  assert.equal(runner.ask({ name: long, type: 'A', proto: 'tcp' }).decoded?.rcode, 'SERVFAIL');
});

test('empty RDATA of types with names passes through', () => {
  const edited = ask({ answer: ['a.test. 5 IN CNAME \\# '] }, (editor, query, answer) => {
    assert.equal(editor.read(answer), true);
    assert.equal(editor.target(0), 0);
    editor.write(query, answer, 1, 1);
    answer.answers = 0;
    answer.end = answer.questionEnd;
  });
  assert.equal(edited.decoded?.rcode, 'NOERROR');
});
