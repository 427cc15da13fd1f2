import assert from 'node:assert/strict';
import { RCODE } from '#wire/constants.ts';
import { answering, Gate, replyTo, silent, until } from '../../testing/upstream.ts';
import { A, PROXY, play } from './scene.ts';

const COALESCED = 'shoal_forward_coalesced_total{}';

for (const proto of ['udp', 'tcp'] as const) {
  play(`50 equal questions at once by ${proto} make one request`, async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to', { queries: 64 });
    const names = ['www.example.test', 'WWW.example.test', 'www.EXAMPLE.test'];
    const all = await Promise.all(
      rig.askAll(Array.from({ length: 50 }, (_, i) => ({ ...A, proto, id: i, name: names[i % 3] }))),
    );
    assert.equal(upstream.seen.length, 1);
    assert.equal(rig.count(COALESCED), 49);
    for (const [i, { decoded, message }] of all.entries()) {
      assert.match(decoded?.answer[0] ?? '', / IN A 192\.0\.2\.1$/);
      assert.equal(Buffer.from(message).readUInt16BE(0), i);
      assert.ok(Buffer.from(message).includes(names[i % 3].split('.')[1]), 'the spelling is the client’s');
    }
    assert.equal(rig.count('shoal_forward_waiting{directive="1",server="dns://:53",zone="."}'), 0);
  });
}

play('one that comes while the first one is in flight waits for it', async (scene) => {
  const gate = new Gate();
  const upstream = await scene.upstream(gate.before(answering('192.0.2.1')));
  const rig = scene.rig('forward . to');
  const first = rig.ask(A);
  await until(() => upstream.seen.length === 1, 'the first request');
  const second = rig.ask(A);
  gate.open();
  assert.deepEqual((await second).decoded?.answer, (await first).decoded?.answer);
  assert.equal(upstream.seen.length, 1);
  await rig.ask(A);
  assert.equal(upstream.seen.length, 2, 'what has been answered is asked for again');
});

play('questions with different subnets are asked for apart', async (scene) => {
  const upstream = await scene.upstream(answering('192.0.2.1'));
  const rig = scene.rig('forward . to');
  await Promise.all(
    rig.askAll([A, { ...A, edns: { size: 1232 } }, { ...A, edns: { size: 1400 } }, { ...A, type: 'TXT' }]),
  );
  assert.equal(upstream.seen.length, 4);
});

play('a failure is everybody’s', async (scene) => {
  const upstream = await scene.upstream(silent);
  const rig = scene.rig('forward . to {\n read_timeout 30ms\n max_connect_attempts 1\n}');
  const all = await Promise.all(rig.askAll([A, A, A]));
  assert.deepEqual(
    all.map(({ outcome }) => outcome),
    [RCODE.SERVFAIL, RCODE.SERVFAIL, RCODE.SERVFAIL],
  );
  for (const { failure } of all) assert.match(failure, /i\/o timeout$/);
  assert.equal(upstream.seen.length, 1);
});

play('all of them go on to the next directive', async (scene) => {
  const first = await scene.upstream((request) => [replyTo(request, { rcode: RCODE.NXDOMAIN })]);
  const second = await scene.upstream(answering('192.0.2.2'));
  const rig = scene.rig(`forward . ${first.text} {\n next NXDOMAIN\n}\nforward . ${second.text}`);
  const all = await Promise.all(rig.askAll([A, A, A]));
  for (const { decoded } of all) assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.2']);
  assert.deepEqual([first.seen.length, second.seen.length], [1, 1]);
});

play('max_concurrent counts those that wait for others', async (scene) => {
  const gate = new Gate();
  await scene.upstream(gate.before(answering('192.0.2.1')));
  const rig = scene.rig('forward . to {\n max_concurrent 2\n}');
  const all = rig.askAll([A, A, A]);
  assert.equal((await all[2]).outcome, RCODE.REFUSED);
  gate.open();
  assert.equal((await all[1]).decoded?.answer.length, 1);
  await all[0];
});

play('foreign records are left out and counted', async (scene) => {
  const upstream = await scene.upstream((request) => [
    replyTo(request, {
      answers: [
        { type: 'A', name: request.name, ttl: 60, data: '192.0.2.1' },
        { type: 'A', name: 'bank.example', ttl: 60, data: '192.0.2.66' },
      ],
      additionals: [{ type: 'A', name: 'bank.example', ttl: 60, data: '192.0.2.66' }],
    }),
  ]);
  const rig = scene.rig('forward . to');
  const { decoded } = await rig.ask(A);
  assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.1']);
  assert.deepEqual(decoded?.additional, []);
  assert.equal(
    rig.count(`shoal_proxy_records_dropped_total{${PROXY},to="${upstream.text}"}`.replace(/{(.*),(to.*)}/, '{$1,$2}')),
    2,
  );
});

play('an answer to another question is SERVFAIL, at once', async (scene) => {
  const upstream = await scene.upstream((request) => [
    replyTo(request, { answers: [{ type: 'A', name: 'bank.example', ttl: 60, data: '192.0.2.66' }] }),
  ]);
  const rig = scene.rig('forward . to');
  const { outcome, failure } = await rig.ask(A);
  assert.equal(outcome, RCODE.SERVFAIL);
  assert.match(failure, /another question/);
  assert.equal(upstream.seen.length, 1);
  assert.equal(rig.count(`shoal_proxy_replies_refused_total{${PROXY},to="${upstream.text}"}`), 1);
});
