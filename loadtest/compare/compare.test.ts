// The command as it is run, with rivals that are installed here; and what it refuses.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseFlags } from '#loadtest/flags/parse.ts';
import { RIVALS } from '#loadtest/peers/rivals.ts';
import { FLAGS } from './options.ts';

const SHORT = ['--seconds', '0.4', '--warmup', '0.1', '--rounds', '1', '--services', '50', '--window', '32'];
const folder = mkdtempSync(join(tmpdir(), 'shoal-compare-test-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs the command with temporary files in a folder of its own, where they would be seen when they stayed. */
function compare(...argv: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, TMPDIR: folder };
  return spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...argv], { encoding: 'utf8', env });
}

const missing = RIVALS.nsd.missing() ?? (availableParallelism() < 2 ? 'needs two processors' : false);

describe('NSD beside itself', { skip: missing }, () => {
  const rows = [
    { name: 'a table and a line of JSON', scenario: 'srv', least: '0', status: 0, stderr: /^$/ },
    {
      name: 'too low a ratio',
      scenario: 'clusterip-a',
      least: '1000',
      status: 1,
      stderr: /^nsd: [\d.]+ is below 1000\n$/,
    },
  ];
  for (const { name, scenario, least, ...want } of rows)
    it(name, () => {
      const { status, stdout, stderr } = compare(
        ...SHORT,
        '--subject=nsd',
        '--scenario',
        scenario,
        '--at-least',
        least,
      );
      assert.match(stderr, want.stderr);
      assert.equal(status, want.status);
      const lines = stdout.trimEnd().split('\n');
      assert.match(lines[0], /^server +answers\/CPU s +ratio +answers\/s +p50 ms +p99 ms +lost$/);
      assert.match(lines[2], /^nsd +[\d,]+ +1\.000 /);
      const found = JSON.parse(lines[3]);
      assert.deepEqual([found.scenario, found.services, found.subject.name], [scenario, 50, 'nsd']);
      assert.ok(found.subject.qps > 0 && found.rival.qps > 0);
      assert.deepEqual(readdirSync(folder), [], 'files that stayed');
    });

  it('one processor for both is refused', () => {
    const { status, stderr } = compare('--subject', 'nsd', '--server-cpu', '1');
    assert.equal(status, 1);
    assert.match(stderr, /need a processor each/);
  });
});

describe('names of elsewhere', { skip: RIVALS.dnsdist.missing() ?? missing }, () => {
  for (const scenario of ['forward-miss', 'cache-hit'])
    it(`${scenario}: dnsdist beside itself`, () => {
      const argv = ['--subject=dnsdist', '--against=dnsdist', '--scenario', scenario, '--at-least=0'];
      const { status, stdout, stderr } = compare(...SHORT, ...argv);
      assert.deepEqual([status, stderr], [0, '']);
      assert.ok(JSON.parse(stdout.trimEnd().split('\n')[3]).subject.qps > 0);
    });
});

it('who asks nobody else is not asked for names of elsewhere', () => {
  const { status, stderr } = compare(...SHORT, '--subject=nsd', '--scenario=forward-miss');
  assert.deepEqual([status, stderr], [1, 'nsd: asks nobody else, as forward-miss wants\n']);
});

describe('options', () => {
  it('are those of the figures that are published', () => {
    const options = parseFlags(FLAGS, []);
    assert.ok(options !== 'help');
    const { scenario, against, subject, seconds, rounds, services } = options;
    assert.deepEqual([scenario, against, subject], ['clusterip-a', 'nsd', 'shoal']);
    assert.deepEqual([seconds, rounds, services, options['at-least']], [5, 3, 10_000, 1]);
  });

  const rows: { argv: string[]; message: RegExp }[] = [
    {
      argv: ['--scenario', 'x'],
      message: /^--scenario: one of clusterip-a, nxdomain, srv, forward-miss, cache-hit, not "x"$/,
    },
    { argv: ['--against', 'x'], message: /^--against: one of nsd, knot, dnsdist, coredns, not "x"$/ },
    { argv: ['--against', 'shoal'], message: /^--against: one of nsd/ },
    { argv: ['--rounds', '0'], message: /^--rounds: a whole number from 1 to 100, not "0"$/ },
    { argv: ['--services', '2000000'], message: /^--services: a whole number from 1 to 1048574/ },
  ];
  for (const { argv, message } of rows)
    it(`refuse ${argv.join(' ')}`, () => assert.throws(() => parseFlags(FLAGS, argv), { name: 'FlagError', message }));
});
