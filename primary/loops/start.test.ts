// The probe at the start: two of them have to come round.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Script, ScriptedUpstream, silent, until } from '#workers/testing/upstream.ts';
import { StartProbe } from './start.ts';

const OPTIONS = {
  name: '1.42.example.org.',
  zone: 'example.org.',
  mark: '42',
  quarantine: false,
  interval: 0,
  retryMin: 1000,
  retryMax: 1000,
};

/** A probe of a listener that does what `script` says. */
async function withProbe(
  script: Script,
  body: (probe: StartProbe, server: ScriptedUpstream, names: string[]) => Promise<void>,
): Promise<void> {
  const server = await ScriptedUpstream.open(script);
  const names: string[] = [];
  const probe = new StartProbe(OPTIONS, { address: '127.0.0.1', port: server.port }, (name) => names.push(name));
  try {
    probe.start();
    await body(probe, server, names);
  } finally {
    probe.stop();
    await server.close();
  }
}

const see = (probe: StartProbe, name: string, times: number): (string | undefined)[] =>
  Array.from({ length: times }, () =>
    probe.sighted({
      kind: 'loop',
      thread: 1,
      source: '127.0.0.1:9',
      listener: 'dns://:53',
      zone: 'example.org.',
      name,
    }),
  );

describe('a probe at the start', () => {
  it('that comes round is followed by another one, and that one decides', () =>
    withProbe(silent, async (probe, server, names) => {
      await until(() => server.seen.length === 1, 'the first probe');
      assert.equal(server.seen[0].name, OPTIONS.name);
      assert.deepEqual(see(probe, OPTIONS.name, 3), [undefined, undefined, undefined]);
      await until(() => server.seen.length === 2, 'the second probe');
      const { name, type } = server.seen[1];
      assert.equal(type, 'HINFO');
      assert.match(name, /^\d+\.42\.example\.org\.$/);
      assert.deepEqual(names, [OPTIONS.name, name]);
      assert.ok(probe.isOf(name) && !probe.isOf(OPTIONS.name));
      const [, , line] = see(probe, name, 3);
      assert.equal(
        line,
        `plugin/loop: Loop (127.0.0.1:9 -> :53) detected for zone "example.org.", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO ${name}"`,
      );
    }));

  it('that is played back by who has learnt its name stops nobody', () =>
    withProbe(silent, async (probe, server) => {
      await until(() => server.seen.length === 1, 'the first probe');
      assert.deepEqual(new Set(see(probe, OPTIONS.name, 100)), new Set([undefined]));
    }));

  it('that was seen twice is none to worry about', () =>
    withProbe(silent, async (probe, server) => {
      await until(() => server.seen.length === 1, 'the first probe');
      see(probe, OPTIONS.name, 2);
      see(probe, '7.42.example.org.', 9);
      assert.ok(probe.isOf(OPTIONS.name));
    }));
});
