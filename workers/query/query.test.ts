// Names and hashes of a query, renaming, and the move into its own workspace when it has to wait.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writePeer } from '#native/datagram.ts';
import { hashLabel, hashName } from '#wire/hash.ts';
import { decodeName, encodeName } from '#wire/name.ts';
import { encodeQuestion, type Question } from '../testing/case.ts';
import { TEST_SEED, TestThread } from '../testing/thread.ts';
import { type Query, type Resumer, WORKSPACE } from './query.ts';
import { ACCEPTED, readQuery } from './read.ts';

const thread = new TestThread();
const { pool, requestAt, answerAt } = thread;

/** Runs `check` with a query that has been read from a receive slot. */
function withQuery(question: Question, check: (query: Query) => void): void {
  const query = pool.acquire() as Query;
  const request = encodeQuestion(question);
  query.bytes.set(request, requestAt);
  query.peerAt = requestAt + 4096;
  writePeer(query.bytes, query.peerAt, '192.0.2.9', 4711);
  query.answer.open(answerAt);
  assert.equal(readQuery(query, requestAt, request.length, TEST_SEED), ACCEPTED);
  check(query);
  query.release();
}

const lower = (query: Query): string => decodeName(query.bytes, query.lowerAt);
const written = (query: Query): string => decodeName(query.bytes, query.nameAt);
const hashOf = (name: string): number => hashName(TEST_SEED, encodeName(name), 0, 255);

describe('readLabels', () => {
  const names: readonly [name: string, qname: string, labels: number][] = [
    ['the root', '.', 0],
    ['one label', 'local.', 1],
    ['mixed case', 'Web.Default.SVC.cluster.local.', 5],
    ['127 labels, the most there can be', 'a.'.repeat(127), 127],
    ['long labels', `${'X'.repeat(63)}.${'y'.repeat(63)}.`, 2],
    ['octets that are no letters', '\\000\\255\\@.x.', 2],
  ];
  for (const [name, qname, labels] of names)
    it(name, () => {
      withQuery({ name: qname, type: 'A' }, (query) => {
        const wire = encodeName(qname);
        assert.equal(query.labels, labels);
        assert.equal(query.nameLength, wire.length);
        assert.equal(lower(query), decodeName(wire).toLowerCase());
        assert.equal(written(query), decodeName(wire));
        assert.equal(query.nameHash, hashName(TEST_SEED, wire, 0, wire.length));
        assert.equal(query.suffixHash[labels], TEST_SEED);
        assert.equal(query.labelAt[labels], wire.length - 1);
        for (let i = 0, at = 0; i < labels; at += wire[at] + 1, i++) {
          assert.equal(query.labelAt[i], at);
          assert.equal(query.labelHash[i], hashLabel(TEST_SEED, wire, at));
          assert.equal(query.suffixHash[i], hashName(TEST_SEED, wire, at, wire.length));
        }
      });
    });
});

describe('the part of a name before its zone', () => {
  const rows: readonly [name: string, qname: string, zoneLabels: number, before: string][] = [
    ['below a zone', 'Web.Default.svc.cluster.local.', 2, 'web.default.svc.'],
    ['the zone itself', 'cluster.local.', 2, '.'],
    ['in the root zone', 'a.b.', 0, 'a.b.'],
  ];
  for (const [name, qname, zoneLabels, before] of rows)
    it(name, () => {
      withQuery({ name: qname, type: 'A' }, (query) => {
        assert.equal(query.zoneOffset(zoneLabels), encodeName(before).length - 1);
        assert.equal(query.relativeHash(zoneLabels), hashOf(before));
      });
    });
});

describe('rename', () => {
  const other = encodeName('Other.Example.');
  it('gives another QNAME and leaves the message alone', () => {
    withQuery({ name: 'Web.test.', type: 'A' }, (query) => {
      query.rename(other, 0, other.length);
      assert.deepEqual([written(query), lower(query)], ['Other.Example.', 'other.example.']);
      assert.equal(query.nameHash, hashOf('other.example.'));
      assert.equal(decodeName(query.bytes, query.at + 12), 'Web.test.');
    });
  });
  it('restoreName takes back every one of them', () => {
    withQuery({ name: 'Web.test.', type: 'A' }, (query) => {
      query.rename(other, 0, other.length);
      query.rename(other, 6, other.length - 6);
      assert.equal(written(query), 'Example.');
      query.restoreName();
      assert.deepEqual([written(query), lower(query), query.labels], ['Web.test.', 'web.test.', 2]);
      assert.equal(query.nameHash, hashOf('web.test.'));
    });
  });
  it('to a suffix of the present name', () => {
    withQuery({ name: 'a.b.c.', type: 'A' }, (query) => {
      query.rename(query.bytes, query.nameAt + 2, query.nameLength - 2);
      assert.equal(written(query), 'b.c.');
      query.rename(query.bytes, query.nameAt + 2, query.nameLength - 2);
      assert.equal(written(query), 'c.');
    });
  });
  it('to the root', () => {
    withQuery({ name: 'a.b.', type: 'A' }, (query) => {
      query.rename(new Uint8Array(1), 0, 1);
      assert.deepEqual([written(query), query.labels, query.nameHash], ['.', 0, TEST_SEED]);
      query.restoreName();
      assert.equal(written(query), 'a.b.');
    });
  });
  it('a retained query gets back the name of the moved message', () => {
    withQuery({ name: 'Web.test.', type: 'A' }, (query) => {
      query.rename(other, 0, other.length);
      query.retain();
      query.bytes.fill(0xff, requestAt, requestAt + 512);
      assert.equal(written(query), 'Other.Example.');
      query.restoreName();
      assert.equal(written(query), 'Web.test.');
    });
  });
});

describe('retain', () => {
  it('nothing of the receive slot, its peer record or the send slot is needed afterwards', () => {
    withQuery({ name: 'Web.test.', type: 'A', edns: { size: 1232 } }, (query) => {
      const { answer, bytes } = query;
      answer.start(query, 0, 0);
      answer.recordFrom(12, query.nameLength, 1, 1, 60, Uint8Array.of(192, 0, 2, 1), 0, 4);
      const message = bytes.slice(query.at, query.at + query.length);
      const peer = bytes.slice(query.peerAt, query.peerAt + 80);
      const begun = bytes.slice(answer.at + 12, answer.end);
      query.retain();
      bytes.fill(0xff, requestAt, requestAt + 8192);
      bytes.fill(0xff, answerAt, answerAt + 1024);
      assert.deepEqual(bytes.slice(query.at, query.at + query.length), message);
      assert.deepEqual(bytes.slice(query.peerAt, query.peerAt + 80), peer);
      assert.deepEqual(bytes.slice(answer.at + 12, answer.end), begun);
      assert.equal(written(query), 'Web.test.');
      assert.equal(query.optionsAt, query.at + query.length);
      assert.equal(answer.at, query.workspace + WORKSPACE.ANSWER);
      assert.equal(answer.limitEnd, answer.at + 1232 - 11);
      assert.equal(query.waiting, 1);
    });
  });
  it('a second time it changes nothing', () => {
    withQuery({ name: 'a.', type: 'A' }, (query) => {
      query.retain();
      const { at, nameAt, optionsAt, peerAt } = query;
      query.retain();
      assert.deepEqual([query.at, query.nameAt, query.optionsAt, query.peerAt], [at, nameAt, optionsAt, peerAt]);
    });
  });
  it('a message that stands in the workspace already stays', () => {
    withQuery({ name: 'a.', type: 'A' }, (query) => {
      const { bytes, workspace } = query;
      const to = workspace + WORKSPACE.REQUEST;
      bytes.copyWithin(to, query.at, query.at + query.length);
      assert.equal(readQuery(query, to, query.length, TEST_SEED), ACCEPTED);
      query.peerAt = workspace + WORKSPACE.PEER;
      query.answer.open(workspace + WORKSPACE.ANSWER);
      query.retain();
      assert.deepEqual([query.at, query.nameAt, query.waiting], [to, to + 12, 1]);
    });
  });
  it('a longest message fits, and ends before the answer', () => {
    assert.ok(WORKSPACE.REQUEST + 65_535 <= WORKSPACE.ANSWER);
    assert.ok(WORKSPACE.ANSWER + 65_535 <= WORKSPACE.BYTES);
  });
});

describe('resume', () => {
  it('goes to whoever runs the chain', () => {
    withQuery({ name: 'a.', type: 'A' }, (query) => {
      const told: unknown[] = [];
      const resumer: Resumer = {
        resume: (...args) => void told.push(...args),
        runBehind: () => assert.fail('not behind'),
      };
      query.resumer = resumer;
      query.resume(3);
      assert.deepEqual(told, [query, 3]);
    });
  });
});
