import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAnswer } from '../../testing/decoded.ts';
import { TestThread } from '../../testing/thread.ts';
import { Shuffle } from '../random.ts';
import { ReplyReader } from './reply.ts';
import { openQuery, replyHex } from './testing.ts';

const thread = new TestThread();
const reader = new ReplyReader();
const random = new Shuffle(42);
/** Everything that a reply may hold, well formed. */
const WHOLE = replyHex('ex.test', 1, {
  answers: ['c00c 0005 0001 0000003c 0004 0177 c00c', 'c025 0001 0001 0000003c 0004 c0000203'],
  authorities: ['c00c 0006 0001 0000003c 0018 c00c c025 00000001 00000002 00000003 00000004 00000005'],
  additionals: ['c025 0021 0001 0000003c 000a 0001 0002 0003 0178 c025', '00 0029 04d0 00008000 0006 000f 0002 0003'],
});

/** A copy with a few octets changed, cut or grown now and then. */
function mutate(message: Buffer): Buffer {
  let copy = Buffer.from(message);
  const changes = random.below(6);
  for (let i = 0; i < changes; i++) copy[random.below(copy.length)] = random.next();
  if (random.below(4) === 0) copy = copy.subarray(0, 25 + random.below(copy.length - 25));
  return random.below(8) === 0 ? Buffer.concat([copy, copy.subarray(12)]) : copy;
}

test('whatever an upstream sends, the answer is well formed, within the limit, and the rest of memory untouched', () => {
  const { bytes } = thread.host.arena;
  let taken = 0;
  for (let round = 0; round < 30_000; round++) {
    const edns = random.below(2) === 0 ? {} : { edns: { size: 512 + random.below(1000) } };
    const query = openQuery(thread, { name: 'ex.test', type: 'A', ...edns });
    const { answer } = query;
    const reply = mutate(WHOLE);
    const behind = answer.at + query.limit;
    bytes.fill(0xee, behind, behind + 64);
    if (reader.read(query, answer, reply, 0, reply.length)) {
      taken++;
      const length = answer.seal(query);
      assert.ok(length <= query.limit, `${length} octets of ${query.limit}`);
      // The reply's own RDATA may be nonsense to dns-packet; names, counts and lengths may not.
      assert.ok(readable(bytes.slice(answer.at, answer.at + length)), reply.toString('hex'));
    } else assert.equal(answer.end, answer.at, 'nothing is written for a reply that is not taken');
    for (let i = behind; i < behind + 64; i++) assert.equal(bytes[i], 0xee);
    query.release();
  }
  assert.ok(taken > 3000, `only ${taken} were taken`);
});

/** True when a second reader agrees that all records are there. */
function readable(message: Uint8Array): boolean {
  const query = openQuery(thread, { name: 'ex.test', type: 'A', proto: 'tcp' });
  const copy = Buffer.from(message);
  const again = new ReplyReader();
  const ok = again.read(query, query.answer, copy, 0, copy.length);
  query.release();
  return ok;
}

test('the message that is mutated is one that dns-packet reads', () => {
  const query = openQuery(thread, { name: 'ex.test', type: 'A', edns: { size: 1232 } });
  assert.ok(reader.read(query, query.answer, WHOLE, 0, WHOLE.length));
  const length = query.answer.seal(query);
  const decoded = decodeAnswer(query.bytes.slice(query.answer.at, query.answer.at + length));
  assert.equal(decoded.answer.length + decoded.authority.length + decoded.additional.length, 4);
  query.release();
});
