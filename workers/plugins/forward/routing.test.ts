import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { RCODE } from '#wire/constants.ts';
import { NEXT, WRITTEN } from '../../chain/outcome.ts';
import { answering, replyTo, type Script, ScriptedUpstream, silent } from '../../testing/upstream.ts';
import { A, play } from './scene.ts';

const saying =
  (rcode: number): Script =>
  (request) => [replyTo(request, { rcode })];
const good = answering('192.0.2.1');
const nodata = saying(RCODE.NOERROR);

describe('failover', () => {
  interface Row {
    readonly name: string;
    readonly scripts: readonly Script[];
    readonly options: string;
    /** Requests of each upstream, and what the client gets. */
    readonly seen: readonly number[];
    readonly rcode: string;
  }
  const { SERVFAIL, REFUSED, NXDOMAIN } = RCODE;
  const rows: readonly Row[] = [
    {
      name: 'the next one knows',
      scripts: [saying(SERVFAIL), good],
      options: 'failover SERVFAIL',
      seen: [1, 1],
      rcode: 'NOERROR',
    },
    {
      name: 'a code that is not listed is the answer',
      scripts: [saying(REFUSED), good],
      options: 'failover SERVFAIL',
      seen: [1, 0],
      rcode: 'REFUSED',
    },
    {
      name: 'without it every code is the answer',
      scripts: [saying(SERVFAIL), good],
      options: '',
      seen: [1, 0],
      rcode: 'SERVFAIL',
    },
    {
      name: 'nobody knows: the last one counts',
      scripts: [saying(SERVFAIL), saying(REFUSED), saying(SERVFAIL)],
      options: 'failover SERVFAIL REFUSED',
      seen: [1, 1, 1],
      rcode: 'SERVFAIL',
    },
    {
      name: 'one upstream alone',
      scripts: [saying(SERVFAIL)],
      options: 'failover SERVFAIL',
      seen: [1],
      rcode: 'SERVFAIL',
    },
    {
      name: 'does not count as a failed attempt',
      scripts: [saying(SERVFAIL), saying(SERVFAIL), good],
      options: 'failover SERVFAIL\n max_connect_attempts 1',
      seen: [1, 1, 1],
      rcode: 'NOERROR',
    },
    {
      name: 'past one that is silent, back to the first one, whose reply counts now',
      scripts: [saying(NXDOMAIN), silent],
      options: 'failover NXDOMAIN\n max_fails 0\n read_timeout 20ms',
      seen: [2, 1],
      rcode: 'NXDOMAIN',
    },
    {
      name: 'a malformed reply is none',
      scripts: [
        (request) => {
          const reply = replyTo(request, { rcode: SERVFAIL });
          reply.writeUInt16BE(1, 6);
          return [reply, ...(good(request) as readonly Uint8Array[])];
        },
        saying(REFUSED),
      ],
      options: 'failover SERVFAIL',
      seen: [1, 0],
      rcode: 'NOERROR',
    },
  ];
  for (const { name, scripts, options, seen, rcode } of rows) {
    play(name, async (scene) => {
      for (const script of scripts) await scene.upstream(script);
      const rig = scene.rig(`forward . to {\n policy sequential\n ${options}\n}`);
      const { decoded, outcome } = await rig.ask(A);
      assert.equal(outcome, WRITTEN);
      assert.equal(decoded?.rcode, rcode);
      assert.deepEqual(
        scene.upstreams.map((upstream) => upstream.seen.length),
        seen,
      );
    });
  }

  play('is counted, and so are the replies that were left', async (scene) => {
    await scene.upstream(saying(RCODE.SERVFAIL));
    await scene.upstream(good);
    const rig = scene.rig('forward . to {\n policy sequential\n failover SERVFAIL\n}');
    for (let i = 0; i < 3; i++) await rig.ask(A);
    assert.equal(rig.count('shoal_forward_failovers_total{to="upstream"}'), 3);
    const [{ text }] = scene.upstreams;
    const left = `coredns_proxy_request_duration_seconds{proxy_name="forward",rcode="SERVFAIL",to="${text}"}`;
    assert.equal(rig.count(left), 3);
  });

  play('works for TCP clients over one connection each', async (scene) => {
    await scene.upstream(saying(RCODE.SERVFAIL));
    await scene.upstream(good);
    const rig = scene.rig('forward . to {\n policy sequential\n failover SERVFAIL\n}');
    for (let i = 0; i < 3; i++) assert.equal((await rig.ask({ ...A, proto: 'tcp' })).decoded?.rcode, 'NOERROR');
    assert.deepEqual(
      scene.upstreams.map(({ accepted }) => accepted),
      [1, 1],
    );
  });
});

describe('next', () => {
  /** A first rule for everything with `options`, whose upstream says `script`; then `second` with another upstream that is good. */
  async function ask(
    scene: Parameters<Parameters<typeof play>[1]>[0],
    script: Script,
    options: string,
    second: string,
  ): Promise<{ rcode: string | undefined; outcome: number; second: number }> {
    await scene.upstream(script);
    const other = await ScriptedUpstream.open(good);
    try {
      const rig = scene.rig(`forward . to {\n ${options}\n}\n${second.replace('other', other.text)}`);
      const { decoded, outcome } = await rig.ask(A);
      return { rcode: decoded?.rcode, outcome, second: other.seen.length };
    } finally {
      await other.close();
    }
  }

  const passedOn: readonly [options: string, script: Script][] = [
    ['next NXDOMAIN', saying(RCODE.NXDOMAIN)],
    ['next REFUSED NXDOMAIN', saying(RCODE.NXDOMAIN)],
    ['next_on_nodata', nodata],
    ['next NOERROR', good],
    ['next SERVFAIL\n failover SERVFAIL', saying(RCODE.SERVFAIL)],
  ];
  for (const [options, script] of passedOn) {
    play(`${options.replaceAll('\n', ',')}: the next directive answers`, async (scene) => {
      const { rcode, second } = await ask(scene, script, options, 'forward . other');
      assert.equal(rcode, 'NOERROR');
      assert.equal(second, 1);
    });
  }

  const kept: readonly [name: string, options: string, script: Script, second: string, rcode: string][] = [
    ['another code', 'next NXDOMAIN', saying(RCODE.REFUSED), 'forward . other', 'REFUSED'],
    ['nodata without next_on_nodata', 'next NXDOMAIN', nodata, 'forward . other', 'NOERROR'],
    ['an answer with next_on_nodata', 'next_on_nodata', good, 'forward . other', 'NOERROR'],
    ['NXDOMAIN with next_on_nodata', 'next_on_nodata', saying(RCODE.NXDOMAIN), 'forward . other', 'NXDOMAIN'],
    ['the last directive', 'next NXDOMAIN\n next_on_nodata', saying(RCODE.NXDOMAIN), '', 'NXDOMAIN'],
  ];
  for (const [name, options, script, second, rcode] of kept) {
    play(`${name}: the reply counts`, async (scene) => {
      const found = await ask(scene, script, options, second);
      assert.equal(found.rcode, rcode);
      assert.equal(found.second, 0);
    });
  }

  play('nobody behind takes the name: the chain goes on behind forward, as in the reference', async (scene) => {
    const { outcome, second } = await ask(scene, saying(RCODE.NXDOMAIN), 'next NXDOMAIN', 'forward b.test other');
    assert.equal(outcome, RCODE.SERVFAIL);
    assert.notEqual(outcome, NEXT);
    assert.equal(second, 0);
  });

  play('a directive that excepts the name is left out', async (scene) => {
    const third = await ScriptedUpstream.open(answering('192.0.2.3'));
    const rest = `forward . other {\n except example.test\n}\nforward . ${third.text}`;
    const found = await ask(scene, saying(RCODE.NXDOMAIN), 'next NXDOMAIN', rest);
    assert.equal(found.second, 0);
    assert.equal(third.seen.length, 1);
    await third.close();
  });

  play('is counted', async (scene) => {
    await scene.upstream(saying(RCODE.NXDOMAIN));
    const rig = scene.rig('forward . to {\n next NXDOMAIN\n}\nforward . 127.0.0.1:1 {\n max_connect_attempts 1\n}');
    const { failure } = await rig.ask(A);
    assert.match(failure, /connection refused$/);
    assert.equal(rig.count('shoal_forward_failovers_total{to="directive"}'), 1);
    assert.equal(rig.count('shoal_forward_waiting{directive="1",server="dns://:53",zone="."}'), 0);
  });
});

describe('several directives', () => {
  const rows: readonly [name: string, which: number][] = [
    ['www.a.test', 0],
    ['x.sub.a.test', 1],
    ['a.test', 0],
    ['b.test', 2],
    ['internal.b.test', 3],
  ];
  for (const [name, which] of rows) {
    play(`${name} goes to directive ${which + 1}`, async (scene) => {
      const all = await Promise.all(Array.from({ length: 4 }, () => ScriptedUpstream.open(good)));
      const rig = scene.rig(`forward a.test ${all[0].text} {
        except sub.a.test
      }
      forward sub.a.test ${all[1].text}
      forward . ${all[2].text} {
        except internal.b.test
      }
      forward . ${all[3].text}`);
      assert.equal((await rig.ask({ name, type: 'A' })).decoded?.rcode, 'NOERROR');
      assert.deepEqual(
        all.map(({ seen }) => seen.length),
        [0, 1, 2, 3].map((i) => (i === which ? 1 : 0)),
      );
      await Promise.all(all.map((upstream) => upstream.close()));
    });
  }
});
