// Upstreams that lead back to this server, and the probes that find out: what threads do of what the primary decides.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RCODE } from '#wire/constants.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { answering, replyTo, silent } from '../../testing/upstream.ts';
import { A, play, type Scene } from './scene.ts';
import { plugin } from './setup.ts';

const NETWORK_ERROR = 23;
const LOOP = { directives: ['loop'] };
const seriesOf = (scene: Scene, upstream: number, zone = '.'): string =>
  `shoal_loop_quarantined{to="${scene.upstreams[upstream].text}",zone="${zone}"}`;

describe('an upstream in quarantine', () => {
  play('is not asked: SERVFAIL, and why', async (scene) => {
    const upstream = await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to', LOOP);
    rig.set(seriesOf(scene, 0), 1);
    const { outcome, failure, explanation } = await rig.ask(A);
    assert.equal(outcome, RCODE.SERVFAIL);
    assert.equal(failure, 'what upstreams are asked comes back to this server');
    assert.equal(explanation, NETWORK_ERROR);
    assert.equal(upstream.seen.length, 0);
    assert.equal(rig.count('coredns_forward_healthcheck_broken_total{}'), 0);
  });

  play('is asked again when it is over', async (scene) => {
    await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to', LOOP);
    rig.set(seriesOf(scene, 0), 1);
    assert.equal((await rig.ask(A)).outcome, RCODE.SERVFAIL);
    rig.set(seriesOf(scene, 0), 0);
    assert.equal((await rig.ask(A)).decoded?.rcode, 'NOERROR');
  });

  for (const policy of ['random', 'sequential', 'round_robin', 'latency']) {
    play(`leaves the others to be asked: ${policy}`, async (scene) => {
      for (let i = 1; i <= 3; i++) await scene.upstream(answering(`192.0.2.${i}`));
      const rig = scene.rig(`forward . to {\n policy ${policy}\n}`, LOOP);
      rig.set(seriesOf(scene, 0), 1);
      rig.set(seriesOf(scene, 2), 1);
      for (let i = 0; i < 10; i++) assert.equal((await rig.ask(A)).decoded?.rcode, 'NOERROR');
      assert.deepEqual(
        scene.upstreams.map(({ seen }) => seen.length),
        [0, 10, 0],
      );
    });
  }

  play('is not what is asked when all others fail', async (scene) => {
    const [looping, failing] = [await scene.upstream(answering('192.0.2.1')), await scene.upstream(silent)];
    const rig = scene.rig('forward . to {\n policy sequential\n failover SERVFAIL\n}', LOOP);
    rig.set(seriesOf(scene, 0), 1);
    failing.script = (request) => [replyTo(request, { rcode: RCODE.SERVFAIL })];
    assert.equal((await rig.ask(A)).decoded?.rcode, 'SERVFAIL');
    assert.equal(looping.seen.length, 0);
    assert.ok(failing.seen.length > 0);
  });

  play('is so for one rule and not for another one', async (scene) => {
    await scene.upstream(answering('192.0.2.1'));
    const { text } = scene.upstreams[0];
    const rig = scene.rig(`forward a.test to\nforward . ${text}`, LOOP);
    rig.set(seriesOf(scene, 0, 'a.test.'), 1);
    assert.equal((await rig.ask({ name: 'www.a.test', type: 'A' })).outcome, RCODE.SERVFAIL);
    assert.equal((await rig.ask({ name: 'www.b.test', type: 'A' })).decoded?.rcode, 'NOERROR');
  });
});

describe('a probe', () => {
  const NAME = '4547991504243258144.3688648895315093531.';

  for (const [name, block, proto] of [
    ['by UDP', '', 'udp'],
    ['by TCP, when told to', ' {\n force_tcp\n}', 'tcp'],
  ] as const) {
    play(`asks the upstream for HINFO ${name}, in quarantine as well`, async (scene) => {
      const upstream = await scene.upstream((request) => [replyTo(request, { rcode: RCODE.NXDOMAIN })]);
      const rig = scene.rig(`forward . to${block}`, LOOP);
      rig.set(seriesOf(scene, 0), 1);
      assert.equal(await rig.probe(`. ${upstream.text}`, NAME), true);
      const [request] = upstream.seen;
      assert.deepEqual([request.name, request.type, request.proto], [NAME, 'HINFO', proto]);
      assert.equal(request.message.readUInt16BE(2), 0x0100, 'RD');
      assert.equal(request.message.length, 12 + NAME.length + 1 + 4);
    });
  }

  play('that gets no answer says so, and is not held against the upstream', async (scene) => {
    const upstream = await scene.upstream(silent);
    const rig = scene.rig('forward . to {\n health_check 20ms\n}', LOOP);
    assert.equal(await rig.probe(`. ${upstream.text}`, NAME), false);
    assert.deepEqual(
      upstream.seen.map(({ type }) => type),
      ['HINFO'],
      'health is not looked at',
    );
  });

  play('through an upstream that nobody asks gets no answer', async (scene) => {
    await scene.upstream(answering('192.0.2.1'));
    const rig = scene.rig('forward . to', LOOP);
    assert.equal(await rig.probe('. 192.0.2.99:53', NAME), false);
  });
});

describe('the zone of probes', () => {
  const rows: readonly [name: string, zones: string[], directives: string[], zone: string | undefined][] = [
    ['is that of the rule', ['.'], ['loop'], 'a.test.'],
    ['is that of the block when it has less', ['www.a.test.'], ['loop'], 'www.a.test.'],
    ['is none without loop', ['.'], [], undefined],
    ['is none when the block is never asked for it', ['b.test.'], ['loop'], undefined],
  ];
  for (const [name, zones, directives, zone] of rows) {
    test(name, () => {
      const scope = testScope(zones, directives);
      const { rules } = plugin.setup(new TextDirective('forward', 'forward a.test 192.0.2.1'), scope);
      assert.equal(rules[0].probeZone, zone);
    });
  }
});
