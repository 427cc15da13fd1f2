import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { RCODE } from '#wire/constants.ts';
import { answering, Gate, replyTo, type Script, type ScriptedUpstream, silent, until } from '../../testing/upstream.ts';
import type { ForwardRig } from './rig.ts';
import { A, PROXY, play, type Scene } from './scene.ts';

const first = answering('192.0.2.1');
const second = answering('192.0.2.2');
const LONG = 'read_timeout 5s\n max_fails 0';

/** Two upstreams in this order, and a rig that knows how long a reply takes and has savings for ten second requests. */
async function warm(scene: Scene, options = LONG, hedge = 'hedge 95% 100%'): Promise<ForwardRig> {
  await scene.upstream(first);
  await scene.upstream(second);
  const rig = scene.rig(`forward . to {\n policy sequential\n ${hedge}\n ${options}\n}`);
  for (let i = 0; i < 70; i++) await rig.ask({ ...A, name: `warm${i}.test` });
  for (const upstream of scene.upstreams) upstream.seen.length = 0;
  return rig;
}

const hedges = (rig: ForwardRig, result: string): number => rig.count(`shoal_forward_hedges_total{result="${result}"}`);
const requests = ({ upstreams }: Scene): number[] => upstreams.map(({ seen }: ScriptedUpstream) => seen.length);

describe('hedge', () => {
  play('the second upstream answers for a silent first one, long before its time is over', async (scene) => {
    const rig = await warm(scene);
    const sent = hedges(rig, 'sent');
    const won = hedges(rig, 'won');
    scene.upstreams[0].script = silent;
    const { decoded, failure } = await rig.ask(A);
    assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.2']);
    assert.equal(failure, '');
    assert.deepEqual(requests(scene), [1, 1]);
    assert.equal(hedges(rig, 'sent'), sent + 1);
    assert.equal(hedges(rig, 'won'), won + 1);
    assert.equal(rig.count('shoal_forward_waiting{directive="1",server="dns://:53",zone="."}'), 0);
  });

  play('the first one wins when it is quicker after all; the reply of the other one is ignored', async (scene) => {
    const rig = await warm(scene);
    const won = hedges(rig, 'won');
    const gates = [new Gate(), new Gate()];
    scene.upstreams[0].script = gates[0].before(first);
    scene.upstreams[1].script = gates[1].before(second);
    const answer = rig.ask(A);
    await until(() => scene.upstreams[1].seen.length === 1, 'the second request');
    gates[0].open();
    assert.deepEqual((await answer).decoded?.answer, ['www.example.test. 60 IN A 192.0.2.1']);
    gates[1].open();
    const ignored = `shoal_proxy_replies_ignored_total{${PROXY},to="${scene.upstreams[1].text}"}`;
    await until(() => rig.count(ignored) === 1, 'the late reply');
    assert.equal(hedges(rig, 'won'), won);
  });

  play('a forged reply does not win', async (scene) => {
    const rig = await warm(scene);
    scene.upstreams[0].script = silent;
    scene.upstreams[1].script = (request) => [
      replyTo(request, { question: { name: 'evil.test', type: 'A' } }),
      ...(second(request) as readonly Uint8Array[]),
    ];
    assert.deepEqual((await rig.ask(A)).decoded?.answer, ['www.example.test. 60 IN A 192.0.2.2']);
  });

  play('when the second one fails, the first one is waited for', async (scene) => {
    const rig = await warm(scene, 'read_timeout 150ms\n max_fails 0');
    const gate = new Gate();
    scene.upstreams[0].script = (request) => (request.index < 1 ? silent(request) : gate.before(first)(request));
    scene.upstreams[1].script = silent;
    // The first attempt ends, then the second one, then the first upstream is asked again.
    const answer = rig.ask(A);
    await until(() => scene.upstreams[0].seen.length === 2, 'another attempt');
    gate.open();
    assert.deepEqual((await answer).decoded?.answer, ['www.example.test. 60 IN A 192.0.2.1']);
  });

  play('both fail until there are no attempts left', async (scene) => {
    const rig = await warm(scene, 'read_timeout 60ms\n max_fails 0\n max_connect_attempts 2');
    for (const upstream of scene.upstreams) upstream.script = silent;
    const { outcome, failure } = await rig.ask(A);
    assert.equal(outcome, RCODE.SERVFAIL);
    assert.match(failure, /i\/o timeout$/);
    assert.equal(rig.count('shoal_forward_waiting{directive="1",server="dns://:53",zone="."}'), 0);
  });

  play('with failover, a reply that is passed over leaves the query to the other one', async (scene) => {
    const rig = await warm(scene, `${LONG}\n failover SERVFAIL`);
    const gate = new Gate();
    scene.upstreams[0].script = gate.before(first);
    scene.upstreams[1].script = (request) => [replyTo(request, { rcode: RCODE.SERVFAIL })];
    const answer = rig.ask(A);
    await until(() => rig.count('shoal_forward_failovers_total{to="upstream"}') === 1, 'the reply of the second one');
    gate.open();
    assert.deepEqual((await answer).decoded?.answer, ['www.example.test. 60 IN A 192.0.2.1']);
  });

  play('no more than the budget', async (scene) => {
    const rig = await warm(scene, LONG, 'hedge 95% 1%');
    const sent = hedges(rig, 'sent');
    const denied = hedges(rig, 'denied');
    const gate = new Gate();
    scene.upstreams[0].script = gate.before(first);
    const answers = Array.from({ length: 5 }, (_, i) => rig.ask({ ...A, name: `w${i}.test` }));
    await until(() => hedges(rig, 'denied') - denied + hedges(rig, 'sent') - sent >= 5, 'all decisions');
    gate.open();
    for (const answer of answers) assert.equal((await answer).decoded?.rcode, 'NOERROR');
    assert.ok(hedges(rig, 'sent') <= 1, `${hedges(rig, 'sent')} second requests for 75 queries`);
  });

  play('nobody else is asked when all others are down', async (scene) => {
    const rig = await warm(scene, 'read_timeout 5s\n max_fails 1\n health_check 10ms');
    const [one, two] = scene.upstreams;
    await two.close();
    const failures = `coredns_proxy_healthcheck_failures_total{${PROXY},to="${two.text}"}`;
    const gate = new Gate();
    one.script = gate.before(first);
    // The second request of this query fails, so that its upstream is probed.
    const lost = rig.ask(A);
    await until(() => rig.count(failures) >= 2, 'the second one is down');
    const [sent, denied] = [hedges(rig, 'sent'), hedges(rig, 'denied')];
    const answer = rig.ask({ ...A, name: 'other.test' });
    await until(() => hedges(rig, 'denied') === denied + 1, 'the decision');
    gate.open();
    assert.equal((await answer).decoded?.rcode, 'NOERROR');
    assert.equal(hedges(rig, 'sent'), sent);
    scene.upstreams.pop();
    await lost;
  });

  play('over TCP', async (scene) => {
    const rig = await warm(scene, `${LONG}\n force_tcp`);
    const slow: Script = silent;
    scene.upstreams[0].script = slow;
    assert.deepEqual((await rig.ask(A)).decoded?.answer, ['www.example.test. 60 IN A 192.0.2.2']);
  });
});

describe('policy latency', () => {
  /** Answers after so many milliseconds. */
  const slow =
    (script: Script, milliseconds: number): Script =>
    async (request) => {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      return script(request);
    };

  play('the slow one is hardly asked', async (scene) => {
    await scene.upstream(slow(first, 30));
    await scene.upstream(second);
    const rig = scene.rig('forward . to {\n policy latency\n}');
    for (let i = 0; i < 100; i++) await rig.ask({ ...A, name: `w${i}.test` });
    const [, quick] = requests(scene);
    assert.ok(quick >= 90, `${quick} of 100`);
    const [{ text }] = scene.upstreams;
    assert.ok(rig.count(`shoal_forward_latency_seconds{to="${text}"}`) > 0.02);
    assert.equal(rig.count(`shoal_forward_latency_threads{to="${text}"}`), 1);
  });

  play('of equal ones each gets its share of what is under way at once', async (scene) => {
    const gate = new Gate();
    for (let i = 0; i < 3; i++) await scene.upstream(gate.before(first));
    const rig = scene.rig('forward . to {\n policy latency\n}');
    const answers = rig.askAll(Array.from({ length: 6 }, (_, i) => ({ ...A, name: `w${i}.test` })));
    await until(() => requests(scene).reduce((a, b) => a + b) === 6, 'all requests');
    gate.open();
    await Promise.all(answers);
    assert.ok(Math.max(...requests(scene)) <= 4, String(requests(scene)));
  });

  play('a refusal does not count as quick', async (scene) => {
    const gone = await scene.upstream(silent);
    const { port } = gone;
    await gone.close();
    scene.upstreams.length = 0;
    await scene.upstream(second);
    const rig = scene.rig(`forward . 127.0.0.1:${port} to {\n policy latency\n max_fails 0\n}`);
    for (let i = 0; i < 40; i++) assert.equal((await rig.ask({ ...A, name: `w${i}.test` })).decoded?.rcode, 'NOERROR');
    const misses = rig.count(`coredns_proxy_conn_cache_misses_total{proto="udp",${PROXY},to="127.0.0.1:${port}"}`);
    const hits = rig.count(`coredns_proxy_conn_cache_hits_total{proto="udp",${PROXY},to="127.0.0.1:${port}"}`);
    assert.ok(misses + hits <= 5, `${misses + hits} of 40 queries went to nobody first`);
  });

  play('one that has been slow and is not any more is asked again', async (scene) => {
    const gate = new Gate();
    await scene.upstream(gate.before(first));
    await scene.upstream(second);
    const rig = scene.rig('forward . to {\n policy latency\n read_timeout 40ms\n max_fails 0\n}');
    for (let i = 0; i < 5; i++) await rig.ask({ ...A, name: `slow${i}.test` });
    gate.open();
    // The clock of the rig is real, and an estimate of 40 ms fades within a minute only: nothing but the load on the other one leads back.
    scene.upstreams[1].script = slow(second, 60);
    const asked = scene.upstreams[0].seen.length;
    for (let i = 0; i < 60 && scene.upstreams[0].seen.length === asked; i++)
      await rig.ask({ ...A, name: `w${i}.test` });
    assert.ok(scene.upstreams[0].seen.length > asked);
  });
});
