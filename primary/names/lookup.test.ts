import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FLAG } from '#wire/constants.ts';
import { upstreamAddress } from '#workers/lib/upstream/address.ts';
import { answering, type Received, replyTo, type Script, ScriptedUpstream, silent } from '#workers/testing/upstream.ts';
import { lookUp } from './lookup.ts';

const QUESTION = { name: 'dns.test', type: 'A' as const };
const open: ScriptedUpstream[] = [];
after(() => Promise.all(open.map((upstream) => upstream.close())));

async function ask(script: Script, timeout = 200): Promise<{ addresses: unknown[]; seen: Received[] }> {
  const upstream = await ScriptedUpstream.open(script);
  open.push(upstream);
  const reply = await lookUp(upstreamAddress('127.0.0.1', upstream.port), QUESTION, timeout);
  return { addresses: (reply.answers ?? []).map((answer) => 'data' in answer && answer.data), seen: upstream.seen };
}

const honest = answering('192.0.2.1');
const truncated: Script = (request) => [replyTo(request, { flags: FLAG.TC })];

test('an answer by UDP, to a question with RD', async () => {
  const { addresses, seen } = await ask(honest);
  assert.deepEqual(addresses, ['192.0.2.1']);
  assert.equal(seen[0].message.readUInt16BE(2), FLAG.RD);
});

test('what is truncated is asked for again by TCP', async () => {
  const { addresses, seen } = await ask((request) => (request.proto === 'tcp' ? honest : truncated)(request));
  assert.deepEqual(addresses, ['192.0.2.1']);
  assert.deepEqual(
    seen.map(({ proto }) => proto),
    ['udp', 'tcp'],
  );
});

const forgeries: readonly [name: string, script: Script][] = [
  ['a wrong id', (request) => [replyTo(request, { id: request.id ^ 1 })]],
  ['another name', (request) => [replyTo(request, { question: { name: 'evil.test', type: 'A' } })]],
  ['another type', (request) => [replyTo(request, { question: { name: 'dns.test', type: 'AAAA' } })]],
  ['the query itself', (request) => [request.message]],
  ['garbage', () => [Buffer.from('garbage')]],
  ['nothing but a header', (request) => [request.message.subarray(0, 12)]],
];
for (const [name, script] of forgeries) {
  test(`${name} is ignored, and waiting goes on`, async () => {
    const { addresses } = await ask((request) => [
      ...(script(request) as readonly Uint8Array[]),
      ...(honest(request) as readonly Uint8Array[]),
    ]);
    assert.deepEqual(addresses, ['192.0.2.1']);
  });
}

const failures: readonly [name: string, script: Script, message: RegExp][] = [
  ['silence', silent, /^read udp 127\.0\.0\.1:\d+: i\/o timeout$/],
  [
    'silence by TCP',
    (request) => (request.proto === 'tcp' ? [] : truncated(request)),
    /^read tcp 127\.0\.0\.1:\d+: i\/o timeout$/,
  ],
  [
    'a connection that is closed',
    (request) => (request.proto === 'tcp' ? ['close'] : truncated(request)),
    /^read tcp 127\.0\.0\.1:\d+: EOF$/,
  ],
  [
    'a wrong id by TCP',
    (request) => (request.proto === 'tcp' ? [replyTo(request, { id: request.id ^ 1 })] : truncated(request)),
    /^read tcp 127\.0\.0\.1:\d+: not the reply to the question$/,
  ],
];
for (const [name, script, message] of failures) {
  test(`${name} is an error that says so`, () => assert.rejects(ask(script, 50), { message }));
}

test('a host on which nobody listens', async () => {
  const upstream = await ScriptedUpstream.open(silent);
  await upstream.close();
  await assert.rejects(lookUp(upstreamAddress('127.0.0.1', upstream.port), QUESTION), {
    message: `read udp 127.0.0.1:${upstream.port}: connection refused`,
  });
});
