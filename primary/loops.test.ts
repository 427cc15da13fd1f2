// What the primary makes of sightings of its probes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Log } from '#ops/log/log.ts';
import { freePort } from '#workers/net/rig.ts';
import { Loops } from './loops.ts';
import { readConfiguration } from './plan/configuration.ts';

const log = new Log({ atomicBytes: 4096, write: (_bytes, from, to) => to - from, close: () => undefined });

/** Loops of a Corefile with the directive, and the probe's name; nobody listens, so that no probe is ever answered. */
async function open(): Promise<{ loops: Loops; lines: string[]; seen: (times: number, name?: string) => void }> {
  const text = '. {\n bind 127.0.0.1\n loop\n whoami\n}';
  const configuration = readConfiguration({ file: 'Corefile', text }, await freePort('127.0.0.1'), {}, log);
  const lines: string[] = [];
  const loops = new Loops(log, (line) => lines.push(line));
  loops.start(configuration);
  const probe = configuration.blocks[0].get('loop')?.name ?? '';
  const seen = (times: number, name = probe): void => {
    for (let i = 0; i < times; i++)
      loops.sighting({
        kind: 'loop',
        thread: 1,
        source: '127.0.0.1:9',
        listener: 'dns://127.0.0.1:53',
        zone: '.',
        name,
      });
  };
  return { loops, lines, seen };
}

describe('Loops', () => {
  it('a probe that comes and is doubled once is no loop', async () => {
    const { loops, lines, seen } = await open();
    seen(2);
    assert.deepEqual(lines, []);
    loops.stop();
  });
  it('the third time ends the process, with a line that says where', async () => {
    const { loops, lines, seen } = await open();
    seen(3);
    assert.equal(lines.length, 1);
    assert.match(lines[0], /^plugin\/loop: Loop \(127\.0\.0\.1:9 -> 127\.0\.0\.1:53\) detected for zone "\."/);
    loops.stop();
  });
  it('probes of somebody else do not matter', async () => {
    const { loops, lines, seen } = await open();
    seen(9, '1.2.');
    assert.deepEqual(lines, []);
    loops.stop();
  });
  it('after the end nothing is seen any more', async () => {
    const { loops, lines, seen } = await open();
    loops.stop();
    seen(9);
    assert.deepEqual(lines, []);
  });
});
