// Many writers and readers in threads and processes, some of them killed or stopped anywhere: every answer that is found is one that was
// stored for exactly that question.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Struggle } from './testing/struggle.ts';

const PROGRAM = fileURLToPath(new URL('./testing/struggle-process.ts', import.meta.url));
const LIMIT_MS = 20_000;

async function until(condition: () => boolean, what: string, children: readonly ChildProcess[] = []): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!condition()) {
    for (const child of children) assert.equal(child.exitCode, null, `a process ended before ${what}`);
    assert.ok(performance.now() < deadline, `${what} did not happen within ${LIMIT_MS} ms`);
    await sleep(2);
  }
}

/** Undefined where shared memory does not reach other processes. */
function startProcess({ handles }: Struggle, peer: number): ChildProcess | undefined {
  const { answers, control } = handles;
  if (answers.kind !== 'fd' || control.kind !== 'fd') return undefined;
  return spawn(process.execPath, [PROGRAM, String(peer), String(answers.bytes), String(control.bytes)], {
    stdio: ['ignore', 'inherit', 'inherit', answers.fd, control.fd],
  });
}

function assertClean(struggle: Struggle, peer: number): void {
  const report = struggle.report(peer);
  assert.equal(report.wrong, 0, `peer ${peer}: ${JSON.stringify(report)}`);
  assert.ok(report.found > 0 && report.found < report.lookups, `peer ${peer} found some: ${JSON.stringify(report)}`);
}

test('threads that store and look up the same questions', async (t) => {
  const struggle = new Struggle();
  t.after(() => struggle.stop());
  const peers = [0, 1, 2];
  const threads = peers.map((peer) => new Worker(PROGRAM, { workerData: { peer, handles: struggle.handles } }));
  const ends = threads.map((thread) => once(thread, 'exit'));
  await until(() => peers.every((peer) => struggle.report(peer).found > 30_000), 'enough lookups');
  assert.ok(struggle.stores > 2000);
  struggle.stop();
  assert.deepEqual((await Promise.all(ends)).flat(), [0, 0, 0]);
  for (const peer of peers) assertClean(struggle, peer);
});

test('processes that are killed in the middle', async (t) => {
  const struggle = new Struggle();
  const witness = startProcess(struggle, 0);
  if (witness === undefined) return t.skip('shared memory does not reach other processes here');
  const children = [witness];
  t.after(() => {
    struggle.stop();
    for (const child of children) child.kill('SIGKILL');
  });
  const end = once(witness, 'exit');
  for (let round = 0; round < 4; round++) {
    const child = startProcess(struggle, 1 + round) as ChildProcess;
    children.push(child);
    const killed = once(child, 'exit');
    await until(() => struggle.report(1 + round).found > 300 + 777 * round, 'a peer at work', [witness, child]);
    child.kill('SIGKILL');
    assert.deepEqual(await killed, [null, 'SIGKILL']);
  }
  const { lookups } = struggle.report(0);
  await until(() => struggle.report(0).lookups > lookups + 5000, 'lookups after them', [witness]);
  struggle.stop();
  assert.deepEqual(await end, [0, null]);
  for (let peer = 0; peer <= 4; peer++) assertClean(struggle, peer);
});

test('a process that is stopped while the ring goes around, and goes on in the middle of what it wrote', async (t) => {
  const struggle = new Struggle();
  const children = [0, 1].map((peer) => startProcess(struggle, peer));
  t.after(() => {
    struggle.stop();
    for (const child of children) child?.kill('SIGKILL');
  });
  const running = children.filter((child) => child !== undefined);
  if (running.length < children.length) return t.skip('shared memory does not reach other processes here');
  const ends = running.map((child) => once(child, 'exit'));
  await until(() => [0, 1].every((peer) => struggle.report(peer).found > 300), 'both at work', running);
  for (let round = 0; round < 12; round++) {
    running[1].kill('SIGSTOP');
    const start = struggle.stores;
    // A ring holds some 150 answers: several laps.
    await until(() => struggle.stores > start + 700, 'laps of the ring', running);
    const { lookups } = struggle.report(1);
    running[1].kill('SIGCONT');
    await until(() => struggle.report(1).lookups > lookups + 200, 'the stopped one goes on', running);
  }
  struggle.stop();
  for (const [code] of await Promise.all(ends)) assert.equal(code, 0);
  for (const peer of [0, 1]) assertClean(struggle, peer);
});
