import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { upstreamAddress } from '../../lib/upstream/address.ts';
import { HealthCheck } from '../../lib/upstream/health.ts';
import { ManualDeadlines } from '../../lib/upstream/testing.ts';
import { Upstreams } from '../../lib/upstream/upstreams.ts';
import { TestThread } from '../../testing/thread.ts';
import { answering, until } from '../../testing/upstream.ts';
import { A, PROXY, play } from './scene.ts';
import { UpstreamStates } from './state.ts';

describe('what a thread knows of upstreams', () => {
  const tuning = { forwardSockets: 1, forwardSocketQueries: 1000, udpIo: 'auto' as const };
  const upstreams = Upstreams.of(new TestThread({ tuning, deadlines: new ManualDeadlines() }).host);
  const states = UpstreamStates.of(upstreams);

  /** A health check that knows whether it was closed. */
  class Probing extends HealthCheck {
    closed = false;

    constructor() {
      const udp = upstreams.udp(upstreamAddress('127.0.0.1', 53), { hits: 0, misses: 0, ignored: 0 });
      super(upstreams.context, udp, { interval: 500, recursion: true, domain: '.' }, []);
    }

    override close(): void {
      this.closed = true;
      super.close();
    }
  }

  test('is one for a thread', () => assert.equal(UpstreamStates.of(upstreams), states));

  test('latency is shared as long as somebody asks the upstream', () => {
    const first = states.latency('10.0.0.1:53');
    assert.equal(states.latency('10.0.0.1:53'), first);
    assert.notEqual(states.latency('10.0.0.2:53'), first);
    assert.equal(states.releaseLatency('10.0.0.1:53'), false);
    assert.equal(states.latency('10.0.0.1:53'), first);
    assert.equal(states.releaseLatency('10.0.0.1:53'), false);
    assert.equal(states.releaseLatency('10.0.0.1:53'), true);
    assert.notEqual(states.latency('10.0.0.1:53'), first);
  });

  test('health is shared, and probing ends with the last one who asks', () => {
    const make = (): Probing => new Probing();
    const health = states.health('key', make) as Probing;
    assert.equal(states.health('key', make), health);
    states.releaseHealth('key', health);
    assert.equal(health.closed, false);
    states.releaseHealth('key', health);
    assert.equal(health.closed, true);
    assert.notEqual(states.health('key', make), health);
  });
});

describe('rules that ask the same upstream', () => {
  play('know together that it is down', async (scene) => {
    const dead = await scene.upstream(() => ['close']);
    const good = await scene.upstream(answering('192.0.2.2'));
    const block = '{\n policy sequential\n max_fails 1\n health_check 5ms\n force_tcp\n}';
    const rig = scene.rig(`forward a.test to ${block}\nforward . ${dead.text} ${good.text} ${block}`);
    assert.equal((await rig.ask({ ...A, name: 'w.a.test' })).decoded?.rcode, 'NOERROR');
    const failures = `coredns_proxy_healthcheck_failures_total{${PROXY},to="${dead.text}"}`;
    await until(() => rig.count(failures) >= 2, 'the upstream is down', 5000);
    const asked = dead.seen.filter(({ type }) => type === 'A').length;
    assert.equal((await rig.ask(A)).decoded?.rcode, 'NOERROR');
    assert.equal(dead.seen.filter(({ type }) => type === 'A').length, asked);
  });
});
