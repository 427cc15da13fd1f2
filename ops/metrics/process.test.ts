// Metrics of a group of processes, over processes that come and go.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { COUNTER_SLOTS } from '#memory/counters.ts';
import { Segment } from '#memory/segment.ts';
import { PROCESS_METRICS, ProcessGroup, registerProcessMetrics } from './process.ts';
import { MetricRegistry } from './registry.ts';
import { readExposition, writeProcess } from './testing.ts';

const linux = { skip: process.platform !== 'linux' };

describe('ProcessGroup', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shoal-proc-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Writes how a process stands: CPU hundredths; kB of its own, of files, shared; descriptors. */
  function stands(pid: number, cpu: number, [anonymous, file, shared] = [0, 0, 0], fds = 0): void {
    const stat = `${pid} (node) S 1 1 1 0 -1 0 0 0 0 0 ${cpu} 0 0 0\n`;
    const status = `RssAnon:\t${anonymous} kB\nRssFile:\t${file} kB\nRssShmem:\t${shared} kB\n`;
    writeProcess(root, pid, { stat, status, fds });
  }

  test('CPU time adds up, and does not fall when a resolver ends or its process id is used anew', () => {
    const pids = [91, 92];
    const group = new ProcessGroup(() => pids, root);
    stands(process.pid, 100);
    stands(91, 200);
    stands(92, 400);
    const replace = (pid: number): void => {
      pids[1] = pid;
      stands(pid, 50);
    };
    const steps: { name: string; act: () => void; want: number }[] = [
      { name: 'at first', act: () => undefined, want: 7 },
      { name: 'asked again', act: () => undefined, want: 7 },
      { name: 'one works', act: () => stands(91, 300), want: 8 },
      { name: 'one ends', act: () => rmSync(join(root, '92'), { recursive: true }), want: 8 },
      { name: 'another takes its place', act: () => replace(93), want: 8.5 },
      { name: 'a process id comes back with less', act: () => stands(91, 10), want: 8.6 },
      { name: 'all resolvers have ended', act: () => pids.splice(0), want: 8.6 },
    ];
    for (const step of steps) {
      step.act();
      assert.equal(group.cpu().toFixed(2), step.want.toFixed(2), step.name);
    }
  });

  test('memory: every process by name, shared parts once in the total', () => {
    const group = new ProcessGroup(() => [91, 92], root);
    stands(process.pid, 0, [10, 50, 7]);
    stands(91, 0, [20, 40, 9]);
    stands(92, 0, [30, 60, 8]);
    assert.deepEqual(group.resident(), [
      { labels: { process: 'primary' }, value: 67 * 1024 },
      { labels: { process: 'resolver-1' }, value: 69 * 1024 },
      { labels: { process: 'resolver-2' }, value: 98 * 1024 },
    ]);
    assert.deepEqual(group.totalResident(), [{ value: (60 + 60 + 9) * 1024 }]);
  });

  test('descriptors: the process with most of them', () => {
    const group = new ProcessGroup(() => [91], root);
    stands(process.pid, 0, [0, 0, 0], 4);
    stands(91, 0, [0, 0, 0], 9);
    assert.deepEqual(group.openFds(), [{ value: 9 }]);
  });

  test('without /proc: this process as Node sees it, and no descriptors', () => {
    const group = new ProcessGroup(() => [91], join(root, 'nowhere'));
    assert.ok(group.cpu() > 0);
    assert.ok(group.totalResident()[0].value > 1 << 20);
    assert.deepEqual([group.resident(), group.openFds()], [[], []]);
  });
});

describe('registerProcessMetrics', () => {
  const open = (resolvers: () => readonly number[]): MetricRegistry => {
    const registry = new MetricRegistry(Segment.create('counters', 128 + COUNTER_SLOTS * 8));
    const facts = { version: '0.1.0', compatible: '1.14.7', revision: 'abc', resolvers, threads: () => 3 };
    registerProcessMetrics(registry, facts);
    return registry;
  };

  test('all of them, of real processes', linux, async () => {
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    const families = readExposition(await open(() => [child.pid ?? 0]).render());
    child.stdin.end();
    await once(child, 'exit');
    assert.deepEqual([...families.keys()].sort(), PROCESS_METRICS.map((metric) => metric.name).sort());
    const value = (name: string): number => families.get(name)?.samples[0].value ?? Number.NaN;
    assert.equal(value('shoal_threads'), 3);
    assert.ok(value('process_cpu_seconds_total') > 0);
    assert.ok(value('process_open_fds') < value('process_max_fds'));
    assert.ok(Math.abs(value('process_start_time_seconds') - (Date.now() / 1000 - process.uptime())) < 60);
    const resident = families.get('shoal_process_resident_bytes')?.samples ?? [];
    assert.deepEqual(
      resident.map((sample) => sample.labels.process),
      ['primary', 'resolver-1'],
    );
    const total = resident.reduce((sum, sample) => sum + sample.value, 0);
    assert.ok(
      value('process_resident_memory_bytes') > 1 << 20 && value('process_resident_memory_bytes') <= total * 1.5,
    );
  });

  test('build info names the reference and this server', async () => {
    const families = readExposition(await open(() => []).render());
    const runtime = `node ${process.version}`;
    assert.deepEqual(families.get('coredns_build_info')?.samples, [
      { name: 'coredns_build_info', labels: { goversion: runtime, revision: 'abc', version: '1.14.7' }, value: 1 },
    ]);
    assert.deepEqual(families.get('shoal_build_info')?.samples[0].labels, {
      revision: 'abc',
      runtime,
      version: '0.1.0',
    });
  });
});
