import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseFlags } from '#loadtest/flags/parse.ts';
import { Responder } from '#loadtest/generator/testing/responder.ts';
import { missingExecutable } from '#loadtest/peers/executable.ts';
import type { RunningPeer } from '#loadtest/peers/peer.ts';
import { measure } from './measure.ts';
import { FLAGS, type Options } from './options.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-measure-'));
after(() => rmSync(folder, { recursive: true }));
const names = join(folder, 'names');
writeFileSync(names, 'a.example A\n');

function optionsOf(...argv: readonly string[]): Options {
  const options = parseFlags(FLAGS, ['--seconds', '0.2', '--warmup', '0', '--client-cpu', '0', ...argv]);
  assert.ok(options !== 'help');
  return options;
}

/** This process as the server. */
async function withPeer(check: (peer: RunningPeer) => Promise<void>): Promise<void> {
  const responder = await Responder.open();
  try {
    await check({ name: 'self', port: responder.port, pids: [process.pid], stop: async () => {} });
  } finally {
    responder.close();
  }
}

describe('the generator as a process', { skip: missingExecutable('taskset') ?? false }, () => {
  it('measures with the options of the comparison', () =>
    withPeer(async (peer) => {
      const report = await measure(peer, names, optionsOf('--clients', '2', '--window', '10'));
      assert.deepEqual([report.clients, report.window, report.loop], [2, 10, 'closed']);
      assert.ok(report.answered > 0 && report.serverCpuSeconds !== undefined);
    }));

  it('in an open loop, too', () =>
    withPeer(async (peer) => {
      const report = await measure(peer, names, optionsOf('--rate', '500'));
      assert.deepEqual([report.loop, report.rate], ['open', 500]);
    }));

  it('tells what it printed when it fails', () =>
    withPeer(async (peer) => {
      await assert.rejects(measure(peer, join(folder, 'none'), optionsOf()), /names file: ENOENT/);
    }));

  it('tells when the processor is not there', () =>
    withPeer(async (peer) => {
      const cpu = String(Math.max(1000, availableParallelism()));
      await assert.rejects(measure(peer, names, optionsOf('--client-cpu', cpu)), /taskset/);
    }));
});
