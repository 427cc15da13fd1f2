// The generator as it is run.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Report } from '#loadtest/generator/report.ts';
import { Responder } from '#loadtest/generator/testing/responder.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-loadtest-'));
after(() => rmSync(folder, { recursive: true }));
const names = join(folder, 'names');
writeFileSync(names, 'a.example A\n');
const broken = join(folder, 'broken');
writeFileSync(broken, 'a.example A\nb.example\n');

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Not the synchronous kind: the server that it asks lives in this process. */
function generator(...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, 'main.ts'), ...argv], (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function ask(...argv: readonly string[]): Promise<Ended> {
  const responder = await Responder.open();
  const words = ['--server', `127.0.0.1:${responder.port}`, '--names', names, '--seconds', '0.2', '--warmup', '0'];
  try {
    return await generator(...words, ...argv);
  } finally {
    responder.close();
  }
}

it('--json prints one line of JSON and nothing else', async () => {
  const { status, stdout, stderr } = await ask('--json', '--server-pid', String(process.pid), '--edns', '1232');
  assert.deepEqual([status, stderr, stdout.indexOf('\n')], [0, '', stdout.length - 1]);
  const report = JSON.parse(stdout) as Report;
  assert.deepEqual(report.rcodes, { NOERROR: report.answered });
  assert.ok(report.answered > 0 && report.serverCpuSeconds !== undefined);
});

it('without --json it prints a summary', async () => {
  const { status, stdout } = await ask('--rate', '1000');
  assert.equal(status, 0);
  assert.match(stdout, /^server +127\.0\.0\.1:\d+ \(open, 1,000\/s, 8 clients, \w+\)\nqueries +\d+ sent/);
});

describe('what it says when it cannot', () => {
  const server = ['--server', '127.0.0.1:9'];
  const short = ['--seconds', '0.1', '--warmup', '0', '--timeout', '0.05'];
  const rows: { name: string; argv: string[]; status: number; stderr: RegExp }[] = [
    { name: 'no flags', argv: [], status: 2, stderr: /^--server ADDRESS:PORT must be given\n$/ },
    { name: 'no names', argv: server, status: 2, stderr: /^--names FILE must be given\n$/ },
    {
      name: 'no such file',
      argv: [...server, '--names', '/nowhere/names'],
      status: 1,
      stderr: /^names file: ENOENT.*\n$/,
    },
    { name: 'a line that is wrong', argv: [...server, '--names', broken], status: 1, stderr: /broken:2 - expected/ },
    {
      name: 'nobody answers',
      argv: [...server, '--names', names, ...short],
      status: 1,
      stderr: /^no answer from 127\.0\.0\.1:9\n$/,
    },
    {
      name: 'no such process',
      argv: [...server, '--names', names, '--server-pid', '4194305'],
      status: 1,
      stderr: /^process 4194305 is not there/,
    },
  ];
  for (const { name, argv, status, stderr } of rows)
    it(name, async () => {
      const ended = await generator(...argv);
      assert.match(ended.stderr, stderr);
      assert.equal(ended.status, status);
    });
});

it('--help explains every flag', async () => {
  const { status, stdout } = await generator('--help');
  assert.equal(status, 0);
  for (const flag of [
    'server',
    'names',
    'seconds',
    'clients',
    'window',
    'rate',
    'edns',
    'warmup',
    'server-pid',
    'json',
  ])
    assert.ok(stdout.includes(`\n  --${flag}`), flag);
});
