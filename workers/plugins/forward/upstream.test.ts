import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { FLAG, RCODE } from '#wire/constants.ts';
import { WRITTEN } from '../../chain/outcome.ts';
import { answering, Gate, type Received, replyTo, type Script, silent, until } from '../../testing/upstream.ts';
import { A, PROXY, play } from './scene.ts';

const BY_TCP = { ...A, proto: 'tcp' as const };

/** By UDP nothing but TC, by TCP the whole answer. */
const tooLongForUdp: Script = (request) =>
  request.proto === 'tcp' ? answering('192.0.2.1')(request) : [replyTo(request, { flags: FLAG.TC })];

describe('which transport', () => {
  const rows: readonly { name: string; options: string; client: 'udp' | 'tcp'; upstream: 'udp' | 'tcp' }[] = [
    { name: 'UDP client', options: '', client: 'udp', upstream: 'udp' },
    { name: 'TCP client', options: '', client: 'tcp', upstream: 'tcp' },
    { name: 'force_tcp', options: 'force_tcp', client: 'udp', upstream: 'tcp' },
    { name: 'prefer_udp', options: 'prefer_udp', client: 'tcp', upstream: 'udp' },
    { name: 'force_tcp and prefer_udp', options: 'force_tcp\n prefer_udp', client: 'udp', upstream: 'tcp' },
  ];
  for (const row of rows) {
    play(`${row.name}: ${row.upstream}`, async (scene) => {
      const upstream = await scene.upstream(answering('192.0.2.1'));
      const rig = scene.rig(`forward . to {\n ${row.options}\n}`);
      const { decoded } = await rig.ask({ ...A, proto: row.client });
      assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.1']);
      assert.deepEqual(
        upstream.seen.map(({ proto }) => proto),
        [row.upstream],
      );
    });
  }

  play('a truncated reply goes to a UDP client as it is', async (scene) => {
    const upstream = await scene.upstream(tooLongForUdp);
    const { decoded } = await scene.rig('forward . to').ask(A);
    assert.equal(decoded?.flags, 'qr,tc,rd');
    assert.equal(upstream.seen.length, 1);
  });

  play('with prefer_udp it is asked for again by TCP', async (scene) => {
    const upstream = await scene.upstream(tooLongForUdp);
    const { decoded } = await scene.rig('forward . to {\n prefer_udp\n}').ask(A);
    assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.1']);
    assert.deepEqual(
      upstream.seen.map(({ proto }) => proto),
      ['udp', 'tcp'],
    );
  });

  play('a datagram that was too long to be received: nothing but TC', async (scene) => {
    await scene.upstream((request) => {
      const reply = answering('192.0.2.1')(request) as Buffer[];
      return [Buffer.concat([reply[0], Buffer.alloc(65_507 - reply[0].length)])];
    });
    const { decoded } = await scene.rig('forward . to').ask(A);
    assert.equal(decoded?.flags, 'qr,aa,tc,rd,ra');
    assert.deepEqual(decoded.answer, []);
  });
});

describe('TCP connections', () => {
  play('carry many queries, and replies in any order find theirs', async (scene) => {
    const held: (() => void)[] = [];
    const upstream = await scene.upstream(
      (request) =>
        new Promise((resolve) => {
          held.push(() => resolve(answering(`192.0.2.${request.name.split('.')[0]}`)(request) as Buffer[]));
        }),
    );
    const rig = scene.rig('forward . to');
    const names = ['1', '2', '3', '4', '5', '6', '7'];
    const all = rig.askAll(names.map((n) => ({ name: `${n}.test`, type: 'A', proto: 'tcp' as const })));
    await until(() => upstream.seen.length === names.length, 'all have been asked');
    assert.ok(upstream.accepted <= 4, `${upstream.accepted} connections`);
    for (const release of held.reverse()) release();
    const answers = await Promise.all(all);
    assert.deepEqual(
      answers.map(({ decoded }) => decoded?.answer[0]),
      names.map((n) => `${n}.test. 60 IN A 192.0.2.${n}`),
    );
  });

  play('are used again', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to');
    for (let i = 0; i < 5; i++) await rig.ask(BY_TCP);
    assert.equal(upstream.accepted, 1);
    const labels = `proto="tcp",${PROXY},to="${upstream.text}"`;
    assert.equal(rig.count(`coredns_proxy_conn_cache_misses_total{${labels}}`), 1);
    assert.equal(rig.count(`coredns_proxy_conn_cache_hits_total{${labels}}`), 4);
  });

  play('expire: close when nothing was asked for so long', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to {\n expire 40ms\n}');
    await rig.ask(BY_TCP);
    await until(() => upstream.connections === 0, 'the connection has been closed');
    await rig.ask(BY_TCP);
    assert.equal(upstream.accepted, 2);
  });

  play('max_age: are not used any longer than that', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to {\n expire 30ms\n max_age 30ms\n}');
    await rig.ask(BY_TCP);
    const opened = performance.now();
    while (performance.now() - opened < 31) await rig.ask(BY_TCP);
    await rig.ask(BY_TCP);
    assert.ok(upstream.accepted >= 2, 'a second connection');
  });

  play('max_idle_conns: only so many are kept', async (scene) => {
    const gate = new Gate();
    const upstream = await scene.upstream(gate.before(answering('192.0.2.1')));
    const rig = scene.rig('forward . to {\n max_idle_conns 1\n}');
    const all = rig.askAll(['a', 'b', 'c'].map((name) => ({ ...BY_TCP, name: `${name}.test` })));
    await until(() => upstream.seen.length === 3, 'all have been asked');
    assert.equal(upstream.accepted, 3);
    gate.open();
    await Promise.all(all);
    await until(() => upstream.connections === 1, 'one connection is left');
  });

  play('one that the server has closed is replaced without counting an attempt', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to {\n max_connect_attempts 1\n}');
    await rig.ask(BY_TCP);
    // The server ends it in the moment that the next query comes.
    upstream.script = (request) => {
      upstream.script = answering('192.0.2.2');
      return request.index === 1 ? ['close'] : [];
    };
    const { decoded, failure } = await rig.ask(BY_TCP);
    assert.equal(failure, '');
    assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.2']);
    assert.equal(upstream.accepted, 2);
  });

  play('one that ends before the first reply is a failure', async (scene) => {
    const upstream = await scene.upstream(() => ['close']);
    const rig = scene.rig('forward . to {\n max_connect_attempts 2\n max_fails 0\n}');
    const { outcome, failure } = await rig.ask(BY_TCP);
    assert.equal(outcome, RCODE.SERVFAIL);
    assert.equal(failure, 'EOF');
    assert.equal(upstream.seen.length, 2);
  });

  play('one on which a reply is missing gets no new queries', async (scene) => {
    const upstream = await scene.upstream((request) => (request.index === 0 ? [] : answering('192.0.2.1')(request)));
    const rig = scene.rig('forward . to {\n read_timeout 40ms\n max_fails 0\n}');
    const { decoded } = await rig.ask(BY_TCP);
    assert.equal(decoded?.rcode, 'NOERROR');
    assert.equal(new Set(upstream.seen.map(({ port }) => port)).size, 2);
  });

  play('nobody listens', async (scene) => {
    const upstream = await scene.upstream(silent);
    const rig = scene.rig('forward . to {\n max_fails 0\n}');
    await upstream.close();
    scene.upstreams.length = 0;
    const { outcome, failure } = await rig.ask(BY_TCP);
    assert.equal(outcome, RCODE.SERVFAIL);
    assert.equal(failure, `dial tcp ${upstream.text}: connect: connection refused`);
  });

  play('a silent server: the timeout names both ends', async (scene) => {
    const upstream = await scene.upstream(silent);
    const rig = scene.rig('forward . to {\n read_timeout 30ms\n max_fails 0\n}');
    const { failure } = await rig.ask(BY_TCP);
    assert.match(failure, new RegExp(`^read tcp 127\\.0\\.0\\.1:\\d+->${upstream.text}: i/o timeout$`));
  });

  play('messages that are no replies are ignored and counted', async (scene) => {
    const upstream = await scene.upstream((request: Received) => [
      Buffer.alloc(3),
      Buffer.from('a message, but no reply to anything'),
      replyTo(request, { id: request.id ^ 1 }),
      replyTo(request, { question: { name: 'evil.test', type: 'A' } }),
      ...(answering('192.0.2.1')(request) as Buffer[]),
    ]);
    const rig = scene.rig('forward . to');
    const { decoded } = await rig.ask(BY_TCP);
    assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.1']);
    assert.equal(rig.count(`shoal_proxy_replies_ignored_total{${PROXY},to="${upstream.text}"}`), 3);
  });

  play('a reply of 60 KiB', async (scene) => {
    const answers = Array.from({ length: 1300 }, (_, i) => ({
      name: A.name,
      type: 'A' as const,
      ttl: 1,
      data: `192.0.${i >> 8}.${i & 255}`,
    }));
    await scene.upstream((request) => [replyTo(request, { answers })]);
    const { outcome, decoded } = await scene.rig('forward . to').ask(BY_TCP);
    assert.equal(outcome, WRITTEN);
    assert.equal(decoded?.answer.length, 1300);
  });

  play('health probes go by TCP with force_tcp', async (scene) => {
    const upstream = await scene.upstream((request) => (request.name === '.' ? [replyTo(request)] : []));
    const rig = scene.rig('forward . to {\n force_tcp\n read_timeout 30ms\n max_connect_attempts 1\n}');
    await rig.ask(A);
    await until(() => upstream.seen.some(({ name }) => name === '.'), 'the probe');
    assert.equal(upstream.seen.find(({ name }) => name === '.')?.proto, 'tcp');
  });
});

describe('sockets of a thread', () => {
  play('are shared by rules and closed with the last of them', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig(`forward a.test ${upstream.text}\nforward . ${upstream.text}`, {
      tuning: { forwardSockets: 1 },
    });
    await rig.ask({ name: 'a.test', type: 'A' });
    await rig.ask({ name: 'b.test', type: 'A' });
    assert.equal(upstream.ports, 1);
    await rig.ask({ name: 'a.test', type: 'A', proto: 'tcp' });
    await rig.ask({ name: 'b.test', type: 'A', proto: 'tcp' });
    assert.equal(upstream.accepted, 1);
    rig.close();
    await until(() => upstream.connections === 0, 'the connection has been closed');
  });
});
