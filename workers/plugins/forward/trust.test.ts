import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Answer } from 'dns-packet';
import { type Received, replyTo, type Script } from '../../testing/upstream.ts';
import { A, PROXY, play } from './scene.ts';

const BLOCKED = 'shoal_forward_rebinds_blocked_total{}';
const EDNS = { edns: { size: 1232 } };

function a(name: string, data: string): Answer {
  return { type: 'A', name, ttl: 60, data };
}
function says(...answers: Answer[]): Script {
  return (request) => [replyTo(request, { answers })];
}
/** HTTPS records as octets: priority 1, target `.`, one parameter. */
function https(name: string, parameter: string): Answer {
  const data = Buffer.from(`000100${parameter}`, 'hex');
  return { type: 'UNKNOWN_65', name, ttl: 60, data } as unknown as Answer;
}

describe('rebind_protect', () => {
  const { name } = A;
  const inside: readonly (readonly [what: string, script: Script, type?: string])[] = [
    ['a private address', says(a(name, '10.1.2.3'))],
    ['one among others', says(a(name, '192.0.2.1'), a(name, '127.0.0.1'))],
    ['at the end of aliases', says({ type: 'CNAME', name, ttl: 60, data: 'b.test' }, a('b.test', '169.254.169.254'))],
    ['an IPv6 address', says({ type: 'AAAA', name, ttl: 60, data: 'fd00::1' }), 'AAAA'],
    ['a mapped one', says({ type: 'AAAA', name, ttl: 60, data: '::ffff:10.0.0.1' }), 'AAAA'],
    ['a hint for IPv4', says(https(name, '00040008c0000201 0a000001'.replaceAll(' ', ''))), 'HTTPS'],
    ['a hint for IPv6', says(https(name, '00060010fd000000000000000000000000000001')), 'HTTPS'],
    [
      'an additional record',
      (request) => [
        replyTo(request, {
          answers: [{ type: 'SRV', name, ttl: 60, data: { port: 1, target: 'b.test' } }],
          additionals: [a('b.test', '192.168.0.1')],
        }),
      ],
      'SRV',
    ],
  ];
  for (const [what, script, type = 'A'] of inside)
    play(`${what}: an empty answer that says why`, async (scene) => {
      await scene.upstream(script);
      const rig = scene.rig('forward . to {\n rebind_protect\n}');
      const { decoded, message } = await rig.ask({ ...A, ...EDNS, type });
      assert.equal(decoded?.rcode, 'NOERROR');
      assert.deepEqual([decoded.answer, decoded.authority, decoded.additional], [[], [], []]);
      assert.ok(Buffer.from(message).includes(Buffer.from('000f0002000f', 'hex')), 'code 15, Blocked');
      assert.equal(rig.count(BLOCKED), 1);
    });

  const outside: readonly (readonly [what: string, script: Script, type?: string])[] = [
    ['public addresses', says(a(name, '192.0.2.1'))],
    ['hints to public addresses', says(https(name, '00040004c0000201')), 'HTTPS'],
    ['a parameter that is no hint', says(https(name, '000300040a000001')), 'HTTPS'],
    ['a hint that is cut off', says(https(name, '000400080a00')), 'HTTPS'],
    ['a text', says({ type: 'TXT', name, ttl: 60, data: '10.0.0.1' }), 'TXT'],
  ];
  for (const [what, script, type = 'A'] of outside)
    play(`${what} pass`, async (scene) => {
      await scene.upstream(script);
      const rig = scene.rig('forward . to {\n rebind_protect\n}');
      assert.equal((await rig.ask({ ...A, type })).decoded?.answer.length, 1);
      assert.equal(rig.count(BLOCKED), 0);
    });

  play('except: names of these zones may have them, but nobody may by an alias to one', async (scene) => {
    await scene.upstream((request: Received) =>
      request.name === 'evil.test.'
        ? [
            replyTo(request, {
              answers: [
                { type: 'CNAME', name: 'evil.test', ttl: 60, data: 'a.corp.test' },
                a('a.corp.test', '10.0.0.1'),
              ],
            }),
          ]
        : [replyTo(request, { answers: [a(request.name, '10.0.0.1')] })],
    );
    const rig = scene.rig('forward . to {\n rebind_protect except corp.test lab.test\n}');
    const count = async (asked: string): Promise<number | undefined> =>
      (await rig.ask({ name: asked, type: 'A' })).decoded?.answer.length;
    assert.deepEqual(
      [await count('corp.test'), await count('a.LAB.test'), await count('xcorp.test'), await count('evil.test')],
      [1, 1, 0, 0],
    );
  });

  play('without it they pass', async (scene) => {
    await scene.upstream(says(a(name, '10.1.2.3')));
    assert.equal((await scene.rig('forward . to').ask(A)).decoded?.answer.length, 1);
  });
});

describe('case_randomize', () => {
  const DIRECTIVE = 'forward . to {\n case_randomize\n}';
  const QUESTION = { name: 'abcdefghij.klmnopqrst.example.test', type: 'A' };
  const exact: Script = (request) => [replyTo(request, { answers: [a(request.name, '192.0.2.1')] })];
  const folding: Script = (request) => exact({ ...request, name: request.name.toLowerCase() });

  play('every request has letters of its own; clients get theirs', async (scene) => {
    const upstream = await scene.upstream(exact);
    const rig = scene.rig(DIRECTIVE);
    for (let i = 0; i < 8; i++) {
      const { decoded } = await rig.ask(QUESTION);
      assert.deepEqual(decoded?.answer, [`${QUESTION.name}. 60 IN A 192.0.2.1`]);
    }
    const spellings = upstream.seen.map((request) => request.name);
    assert.equal(new Set(spellings).size, 8);
    for (const spelling of spellings) assert.equal(spelling.toLowerCase(), `${QUESTION.name}.`);
  });

  play('other letters by UDP: TCP decides', async (scene) => {
    const upstream = await scene.upstream((request) =>
      request.proto === 'tcp'
        ? exact(request)
        : [replyTo({ ...request, name: request.name.toLowerCase() }, { answers: [a(request.name, '192.0.2.66')] })],
    );
    const rig = scene.rig(DIRECTIVE);
    assert.deepEqual((await rig.ask(QUESTION)).decoded?.answer, [`${QUESTION.name}. 60 IN A 192.0.2.1`]);
    assert.deepEqual(
      upstream.seen.map(({ proto }) => proto),
      ['udp', 'tcp'],
    );
    assert.equal(rig.count(`shoal_proxy_case_folded_total{${PROXY},to="${upstream.text}"}`), 1);
    assert.deepEqual(rig.thread.takeLines(), []);
  });

  play(
    'an upstream that folds by TCP, too, gets the client’s letters from then on, and that is told once',
    async (scene) => {
      const upstream = await scene.upstream(folding);
      const rig = scene.rig(DIRECTIVE);
      const lower = { ...QUESTION, name: QUESTION.name.toLowerCase() };
      for (let i = 0; i < 4; i++)
        assert.deepEqual((await rig.ask(lower)).decoded?.answer, [`${QUESTION.name}. 60 IN A 192.0.2.1`]);
      assert.deepEqual(
        upstream.seen.map(({ proto }) => proto),
        ['udp', 'tcp', 'udp', 'udp', 'udp'],
      );
      const lines = rig.thread.takeLines();
      assert.equal(lines.length, 1);
      assert.match(lines[0], /does not give the case of letters back/);
    },
  );

  play('another question is none, whatever its letters', async (scene) => {
    const upstream = await scene.upstream((request) => [
      replyTo(request, { question: { name: 'bank.example', type: 'A' }, answers: [a('bank.example', '192.0.2.66')] }),
      ...(exact(request) as Uint8Array[]),
    ]);
    const rig = scene.rig(DIRECTIVE);
    assert.deepEqual((await rig.ask(QUESTION)).decoded?.answer, [`${QUESTION.name}. 60 IN A 192.0.2.1`]);
    assert.equal(upstream.seen.length, 1);
  });
});
