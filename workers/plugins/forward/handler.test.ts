import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { RCODE } from '#wire/constants.ts';
import type { Handler } from '../../chain/handler.ts';
import { NEXT, WRITTEN } from '../../chain/outcome.ts';
import type { Query } from '../../query/query.ts';
import {
  answering,
  Gate,
  type Received,
  replyTo,
  type Script,
  ScriptedUpstream,
  silent,
  until,
} from '../../testing/upstream.ts';
import type { ForwardRig } from './rig.ts';
import { A, PROXY, play, Scene } from './scene.ts';

/** Says one thing to the first request and leaves the rest to `then`. */
function first(reaction: (request: Received) => readonly Uint8Array[], then: Script): Script {
  return (request) => (request.index === 0 ? reaction(request) : then(request));
}

for (const io of ['batched', 'dgram'] as const) {
  describe(`a query by UDP over ${io} sockets`, () => {
    const scene = new Scene();
    after(() => scene.close());

    test('is answered with what the upstream says', async () => {
      await scene.upstream(answering('192.0.2.1'));
      const rig = scene.rig('forward . to', { io });
      const { outcome, decoded, failure } = await rig.ask(A);
      assert.equal(outcome, WRITTEN);
      assert.equal(failure, '');
      assert.equal(decoded?.id, 4660, "the client's id");
      assert.equal(decoded.flags, 'qr,aa,rd,ra');
      assert.deepEqual(decoded.answer, ['www.example.test. 60 IN A 192.0.2.1']);
      assert.equal(decoded.opt, undefined);
    });
  });
}

describe('what the upstream gets', () => {
  play('is the message as received, but for the id', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to');
    const question = {
      name: 'WwW.eXample.test',
      type: 'A',
      flags: 0x0130,
      edns: { size: 1400, dnssecOk: true },
      id: 7,
    };
    const { decoded } = await rig.ask(question);
    const { message } = upstream.seen[0];
    assert.equal(message.readUInt16BE(2), 0x0130, 'RD, AD, CD');
    assert.equal(message.subarray(13, 16).toString(), 'WwW');
    assert.equal(message.readUInt16BE(message.length - 8), 1400);
    assert.equal(message.readUInt16BE(message.length - 4), 0x8000);
    assert.equal(decoded?.question, 'WwW.eXample.test. IN A');
    assert.equal(decoded.opt?.size, 1400);
  });

  play('has AD set when a plugin in front wants it', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const wish = {
      serve(query: { authenticUpstream: number }): number {
        query.authenticUpstream = 1;
        return -2;
      },
    };
    const { decoded } = await scene.rig('forward . to', { before: [wish] }).ask(A);
    assert.equal(upstream.seen[0].message.readUInt16BE(2), 0x0120);
    assert.equal(decoded?.flags, 'qr,aa,rd,ra', "nothing of it in the client's answer");
  });

  play('carries the name that a plugin gave the query', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const renamed = Uint8Array.of(5, 111, 116, 104, 101, 114, 4, 116, 101, 115, 116, 0);
    const rename = {
      serve(query: { rename(from: Uint8Array, at: number, length: number): void }): number {
        query.rename(renamed, 0, renamed.length);
        return -2;
      },
    };
    const rig = scene.rig('forward . to', { before: [rename] });
    const { decoded } = await rig.ask({ ...A, edns: { size: 1232 } });
    assert.equal(upstream.seen[0].name, 'other.test.');
    assert.equal(upstream.seen[0].message.readUInt16BE(10), 1, 'the OPT goes along');
    assert.deepEqual(decoded?.answer, ['other.test. 60 IN A 192.0.2.1']);
  });

  play('has an id of its own for every query, and one of several ports', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to', { tuning: { forwardSockets: 8 } });
    for (let i = 0; i < 64; i++) await rig.ask({ ...A, id: 1 });
    assert.ok(new Set(upstream.seen.map(({ id }) => id)).size > 60);
    assert.ok(upstream.ports > 4 && upstream.ports <= 8, `${upstream.ports} ports`);
  });

  play('comes from new ports after so many queries', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to', { tuning: { forwardSockets: 1, forwardSocketQueries: 10 } });
    for (let i = 0; i < 100; i++) assert.equal((await rig.ask(A)).decoded?.rcode, 'NOERROR');
    assert.ok(upstream.ports >= 5, `${upstream.ports} ports`);
  });

  play('is one batch from one socket when the queries came in one', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to', { tuning: { forwardSockets: 64 } });
    await Promise.all(rig.askAll(Array.from({ length: 8 }, () => A)));
    assert.equal(upstream.ports, 1);
  });

  play('may be of another class', async (scene) => {
    const upstream = await scene.upstream((request) => [replyTo(request, { rcode: RCODE.REFUSED })]);
    upstream.script = ({ message }) => {
      const reply = Buffer.from(message);
      reply[2] |= 0x80;
      reply[3] |= RCODE.REFUSED;
      return [reply];
    };
    const { decoded } = await scene.rig('forward . to').ask({ name: 'version.bind', type: 'TXT', klass: 'CH' });
    assert.equal(decoded?.rcode, 'REFUSED');
    assert.equal(decoded.question, 'version.bind. CH TXT');
  });
});

describe('zones', () => {
  play('what is not below FROM, or is excepted, goes to the next rule or plugin', async (scene) => {
    const a = await scene.upstream(answering('192.0.2.1'));
    const b = await scene.upstream(answering('192.0.2.2'));
    const rig = scene.rig(
      `forward example.test ${a.text} {\n except internal.example.test other.example.test\n}\nforward test ${b.text}`,
    );
    const who = async (name: string): Promise<string> =>
      (await rig.ask({ name, type: 'A' })).decoded?.answer[0]?.split(' ').at(-1) ?? 'nobody';
    assert.equal(await who('www.Example.test'), '192.0.2.1');
    assert.equal(await who('example.test'), '192.0.2.1');
    assert.equal(await who('a.INTERNAL.example.test'), '192.0.2.2');
    assert.equal(await who('internal.example.test'), '192.0.2.2');
    assert.equal(await who('xinternal.example.test'), '192.0.2.1');
    const outside = await rig.ask({ name: 'example.org', type: 'A' });
    assert.equal(outside.failure, 'plugin/forward: no next plugin found');
  });

  play('FROM itself is never excepted', async (scene) => {
    await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward example.test to {\n except example.test\n}');
    assert.equal((await rig.ask({ name: 'example.test', type: 'A' })).outcome, WRITTEN);
    assert.equal((await rig.ask({ name: 'a.example.test', type: 'A' })).outcome, RCODE.SERVFAIL);
  });
});

describe('metadata', () => {
  /** What `{/forward/upstream}` of a line says. */
  const said = (rig: ForwardRig, query: Query): string => {
    const { log } = rig.thread.host;
    const value = rig.forward.metadata.valueOf('forward/upstream');
    log.appendText(value?.append(log, query, query.answer) === true ? '' : '-');
    log.endLine();
    return rig.thread.takeLines()[0];
  };

  play('forward/upstream: who was asked, once somebody was', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const lines: string[] = [];
    let rig: ForwardRig | undefined;
    const before: Handler = {
      serve: (query) => {
        if (rig !== undefined) lines.push(said(rig, query));
        return NEXT;
      },
      finish: (query) => {
        if (rig !== undefined) lines.push(said(rig, query));
      },
    };
    rig = scene.rig('forward . to', { before: [before] });
    await rig.ask({ name: 'a.test', type: 'A' });
    await rig.ask({ name: 'b.test', type: 'A' });
    assert.deepEqual(lines, ['-', upstream.text, '-', upstream.text]);
    assert.equal(rig.forward.metadata.valueOf('forward/other'), undefined);
  });
});

describe('replies that are none (RFC 5452)', () => {
  const rows: readonly [string, (request: Received) => readonly Uint8Array[]][] = [
    ['another id', (request) => [replyTo(request, { id: request.id ^ 1 })]],
    ['another name', (request) => [replyTo(request, { question: { name: 'evil.test', type: 'A' } })]],
    ['the name in other case', (request) => [replyTo(request, { question: { name: 'www.EXAMPLE.test', type: 'A' } })]],
    ['another type', (request) => [replyTo(request, { question: { name: 'www.example.test', type: 'AAAA' } })]],
    ['the query itself', (request) => [request.message]],
    ['a header alone', (request) => [replyTo(request).subarray(0, 12)]],
    ['garbage', () => [Buffer.from('not a message at all, but long enough for a header')]],
    ['less than a header', () => [Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(11)]],
    [
      'more records promised than there are',
      (request) => {
        const reply = replyTo(request);
        reply.writeUInt16BE(65_535, 6);
        return [reply];
      },
    ],
    [
      'an owner that points at itself',
      (request) => {
        const reply = Buffer.concat([replyTo(request), Buffer.from('c022000100010000003c000401020304', 'hex')]);
        reply.writeUInt16BE(1, 6);
        return [reply];
      },
    ],
    [
      'a flood of guesses',
      (request) => Array.from({ length: 200 }, (_, i) => replyTo(request, { id: (request.id + 1 + i) & 0xffff })),
    ],
  ];
  for (const [name, hostile] of rows) {
    play(`${name}: is ignored and counted, the honest reply that follows is taken`, async (scene) => {
      const upstream = await scene.upstream((request) => [
        ...hostile(request),
        ...(answering('192.0.2.1')(request) as Buffer[]),
      ]);
      const rig = scene.rig('forward . to');
      const { decoded } = await rig.ask(A);
      assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.1']);
      const ignored = rig.count(`shoal_proxy_replies_ignored_total{${PROXY},to="${upstream.text}"}`);
      assert.ok(ignored >= 1, 'counted');
    });
  }

  play('a second reply to the same request changes nothing', async (scene) => {
    const upstream = await scene.upstream((request) => {
      const reply = answering('192.0.2.1')(request) as Buffer[];
      return [...reply, ...reply];
    });
    const rig = scene.rig('forward . to');
    await rig.ask(A);
    await rig.ask(A);
    const ignored = `shoal_proxy_replies_ignored_total{${PROXY},to="${upstream.text}"}`;
    await until(() => rig.count(ignored) === 2, 'both copies are counted');
  });

  play('replies in any order find their queries', async (scene) => {
    const held: (() => void)[] = [];
    const upstream = await scene.upstream(
      (request) =>
        new Promise((resolve) => {
          held.push(() => resolve(answering(`192.0.2.${request.name.split('.')[0]}`)(request) as Buffer[]));
        }),
    );
    const rig = scene.rig('forward . to');
    const names = ['1', '2', '3', '4', '5', '6'];
    const all = rig.askAll(names.map((n) => ({ name: `${n}.test`, type: 'A' })));
    await until(() => upstream.seen.length === names.length, 'all have been asked');
    for (const release of held.reverse()) release();
    const answers = await Promise.all(all);
    assert.deepEqual(
      answers.map(({ decoded }) => decoded?.answer[0]),
      names.map((n) => `${n}.test. 60 IN A 192.0.2.${n}`),
    );
  });
});

describe('failures', () => {
  play('a silent upstream: as many tries as it may have, then SERVFAIL with both ends', async (scene) => {
    const upstream = await scene.upstream(silent);
    const rig = scene.rig('forward . to {\n read_timeout 50ms\n}');
    const { outcome, failure, decoded } = await rig.ask(A);
    assert.equal(outcome, RCODE.SERVFAIL);
    assert.match(failure, new RegExp(`^read udp 127\\.0\\.0\\.1:\\d+->${upstream.text}: i/o timeout$`));
    assert.equal(decoded?.rcode, 'SERVFAIL');
    assert.equal(upstream.seen.filter(({ name }) => name !== '.').length, 2);
    assert.notEqual(upstream.seen[0].id, upstream.seen.filter(({ name }) => name !== '.')[1].id, 'another id');
  });

  play('the next upstream is tried', async (scene) => {
    const dead = await scene.upstream(silent);
    await scene.upstream(answering('192.0.2.2'));
    const rig = scene.rig('forward . to {\n policy sequential\n read_timeout 50ms\n}');
    const { decoded } = await rig.ask(A);
    assert.deepEqual(decoded?.answer, ['www.example.test. 60 IN A 192.0.2.2']);
    assert.ok(dead.seen.length > 0);
  });

  play('a reply that comes too late is not taken for that of the next attempt', async (scene) => {
    const gate = new Gate();
    const slow = await scene.upstream(gate.before(answering('192.0.2.66')));
    const rig = scene.rig('forward . to {\n read_timeout 60ms\n max_connect_attempts 3\n}');
    const asked = rig.ask(A);
    await until(() => slow.seen.filter(({ name }) => name !== '.').length === 2, 'the second attempt');
    slow.script = answering('192.0.2.1');
    gate.open();
    const { decoded } = await asked;
    assert.equal(decoded?.answer.length, 1);
  });

  play('nobody listens: the refusal fails the attempt at once', async (scene) => {
    const upstream = await scene.upstream(silent);
    const rig = scene.rig('forward . to');
    await upstream.close();
    scene.upstreams.length = 0;
    const { failure } = await rig.ask(A);
    assert.match(failure, /^read udp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: read: connection refused$/);
  });

  play('max_connect_attempts', async (scene) => {
    const upstream = await scene.upstream(silent);
    const rig = scene.rig('forward . to {\n read_timeout 20ms\n max_connect_attempts 5\n}');
    await rig.ask(A);
    assert.equal(upstream.seen.filter(({ name }) => name !== '.').length, 5);
  });

  play('max_concurrent: REFUSED, and counted', async (scene) => {
    const gate = new Gate();
    await scene.upstream(gate.before(answering('192.0.2.1')));
    const rig = scene.rig('forward . to {\n max_concurrent 2\n}');
    const asked = rig.askAll([A, A, A]);
    const refused = await asked[2];
    assert.equal(refused.outcome, RCODE.REFUSED);
    assert.equal(refused.failure, 'concurrent queries exceeded maximum 2');
    assert.equal(rig.count('coredns_forward_max_concurrent_rejects_total{}'), 1);
    gate.open();
    assert.equal((await asked[0]).outcome, WRITTEN);
    assert.equal((await asked[1]).outcome, WRITTEN);
    assert.equal((await rig.ask(A)).outcome, WRITTEN, 'there is room again');
  });

  play('no room for one more waiting query: SERVFAIL, and counted', async (scene) => {
    const gate = new Gate();
    await scene.upstream(gate.before(answering('192.0.2.1')));
    const rig = scene.rig('forward . to');
    const asked = rig.askAll(Array.from({ length: 8 }, () => A));
    const last = await asked[7];
    assert.equal(last.outcome, RCODE.SERVFAIL);
    assert.equal(last.failure, 'too many queries are waiting for upstreams');
    assert.equal(rig.count('shoal_forward_overloads_total{}'), 1);
    gate.open();
    for (const one of asked.slice(0, 7)) assert.equal((await one).outcome, WRITTEN);
  });

  play('a socket that cannot be connected, because the address is one of many', async (scene) => {
    const rig = scene.rig('forward . 255.255.255.255');
    const { outcome, failure } = await rig.ask(A);
    assert.equal(outcome, RCODE.SERVFAIL);
    assert.equal(failure, 'dial udp 255.255.255.255:53: connect: permission denied');
  });
});

describe('health', () => {
  const probes = (upstream: ScriptedUpstream): Received[] => upstream.seen.filter(({ name }) => name === '.');

  play('a failed query starts probing, any reply ends it', async (scene) => {
    const upstream = await scene.upstream((request) =>
      request.name === '.' ? [replyTo(request, { rcode: RCODE.REFUSED })] : [],
    );
    const rig = scene.rig('forward . to {\n read_timeout 30ms\n max_connect_attempts 1\n health_check 1ms\n}');
    assert.equal(probes(upstream).length, 0);
    await rig.ask(A);
    await until(() => probes(upstream).length === 1, 'the first probe');
    const [probe] = probes(upstream);
    assert.equal(probe.type, 'NS');
    assert.equal(probe.message.readUInt16BE(2), 0x0100);
    await rig.ask(A);
    await until(() => probes(upstream).length === 2, 'the next failure probes again');
    const before = probes(upstream).length;
    upstream.script = answering('192.0.2.1');
    for (let i = 0; i < 5; i++) await rig.ask(A);
    assert.equal(probes(upstream).length, before, 'none between');
    assert.equal(rig.count(`coredns_proxy_healthcheck_failures_total{${PROXY},to="${upstream.text}"}`), 0);
  });

  play('no_rec and domain', async (scene) => {
    const upstream = await scene.upstream((request) => (request.type === 'NS' ? [replyTo(request)] : []));
    const rig = scene.rig(
      'forward . to {\n read_timeout 30ms\n max_connect_attempts 1\n health_check 20ms no_rec domain probe.test\n}',
    );
    await rig.ask(A);
    await until(() => upstream.seen.some(({ type }) => type === 'NS'), 'the probe');
    const probe = upstream.seen.find(({ type }) => type === 'NS');
    assert.equal(probe?.name, 'probe.test.');
    assert.equal(probe.message.readUInt16BE(2), 0);
  });

  play('an upstream that is down is passed over until a probe is answered', async (scene) => {
    const dead = await ScriptedUpstream.open(silent);
    const port = dead.port;
    await dead.close();
    const up = await scene.upstream(answering('192.0.2.2'));
    const rig = scene.rig(
      `forward . 127.0.0.1:${port} ${up.text} {\n policy sequential\n max_fails 1\n health_check 20ms\n}`,
    );
    const failures = `coredns_proxy_healthcheck_failures_total{${PROXY},to="127.0.0.1:${port}"}`;
    assert.equal((await rig.ask(A)).decoded?.rcode, 'NOERROR');
    await until(() => rig.count(failures) >= 2, 'two probes have failed');
    const tried = rig.count(`coredns_proxy_conn_cache_hits_total{proto="udp",${PROXY},to="127.0.0.1:${port}"}`);
    const asked = Array.from({ length: 5 }, () => rig.ask(A));
    for (const one of await Promise.all(asked)) assert.equal(one.outcome, WRITTEN);
    const later = rig.count(`coredns_proxy_conn_cache_hits_total{proto="udp",${PROXY},to="127.0.0.1:${port}"}`);
    assert.ok(later - tried <= 2, 'none but probes');
  });

  play('all down: one of them is asked all the same, and counted', async (scene) => {
    const upstream = await scene.upstream(silent);
    const rig = scene.rig('forward . to {\n read_timeout 30ms\n max_fails 1\n health_check 10ms\n}');
    // Probes time out after a second; refusals are quicker.
    await upstream.close();
    scene.upstreams.length = 0;
    await rig.ask(A);
    const failures = `coredns_proxy_healthcheck_failures_total{${PROXY},to="${upstream.text}"}`;
    await until(() => rig.count(failures) >= 2, 'the upstream is down');
    const { outcome } = await rig.ask(A);
    assert.equal(outcome, RCODE.SERVFAIL);
    assert.equal(rig.count('coredns_forward_healthcheck_broken_total{}'), 1, 'one attempt only');
  });

  play('all down with failfast_all_unhealthy_upstreams', async (scene) => {
    const upstream = await scene.upstream(silent);
    const rig = scene.rig(
      'forward . to {\n read_timeout 30ms\n max_fails 1\n health_check 10ms\n failfast_all_unhealthy_upstreams\n}',
    );
    await upstream.close();
    scene.upstreams.length = 0;
    await rig.ask(A);
    const failures = `coredns_proxy_healthcheck_failures_total{${PROXY},to="${upstream.text}"}`;
    await until(() => rig.count(failures) >= 2, 'the upstream is down');
    const { outcome, failure } = await rig.ask(A);
    assert.equal(outcome, RCODE.SERVFAIL);
    assert.equal(failure, 'no healthy proxies');
  });

  play('max_fails 0: no probes', async (scene) => {
    const upstream = await scene.upstream(silent);
    const rig = scene.rig('forward . to {\n read_timeout 20ms\n max_fails 0\n health_check 1ms\n}');
    await rig.ask(A);
    await rig.ask(A);
    assert.equal(probes(upstream).length, 0);
  });
});

describe('policies', () => {
  const octet = (address: string): Script => answering(address);

  for (const [policy, expected] of [
    ['sequential', 'all the first'],
    ['round_robin', 'in turn'],
    ['random', 'all of them'],
  ] as const) {
    play(`${policy}: ${expected}`, async (scene) => {
      for (const n of [1, 2, 3]) await scene.upstream(octet(`192.0.2.${n}`));
      const rig = scene.rig(`forward . to {\n policy ${policy}\n}`);
      const who: string[] = [];
      for (let i = 0; i < 30; i++) who.push((await rig.ask(A)).decoded?.answer[0].at(-1) ?? '?');
      const counts = ['1', '2', '3'].map((n) => who.filter((w) => w === n).length);
      if (policy === 'sequential') assert.deepEqual(counts, [30, 0, 0]);
      else if (policy === 'round_robin') {
        assert.deepEqual(counts, [10, 10, 10]);
        assert.notEqual(who[0], who[1]);
      } else assert.ok(Math.min(...counts) > 0, `${counts}`);
    });
  }
});

describe('metrics', () => {
  play('durations by reply code, sockets opened and used again', async (scene) => {
    const upstream = await scene.upstream(
      first((request) => [replyTo(request, { rcode: RCODE.NXDOMAIN })], answering('192.0.2.1')),
    );
    const rig = scene.rig('forward . to', { tuning: { forwardSockets: 1 } });
    for (let i = 0; i < 3; i++) await rig.ask(A);
    const to = `to="${upstream.text}"`;
    assert.equal(rig.count(`coredns_proxy_request_duration_seconds{${PROXY},rcode="NXDOMAIN",${to}}`), 1);
    assert.equal(rig.count(`coredns_proxy_request_duration_seconds{${PROXY},rcode="NOERROR",${to}}`), 2);
    assert.equal(rig.count(`coredns_proxy_conn_cache_misses_total{proto="udp",${PROXY},${to}}`), 1);
    assert.equal(rig.count(`coredns_proxy_conn_cache_hits_total{proto="udp",${PROXY},${to}}`), 2);
  });
});
