// One writer, readers in other threads and processes: what they find is whole; a writer that is killed leaves nothing torn behind.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CHURN_NAMES, Churn, snapshot } from './testing/churn.ts';
import { witnessEntry, witnessName } from './testing/witness.ts';
import { ZoneWriter } from './writer.ts';

const PROGRAM = fileURLToPath(new URL('./testing/churn-process.ts', import.meta.url));
const LIMIT_MS = 20_000;

/** Polls until `condition`; fails after LIMIT_MS, or when one of `children` ends before. */
async function until(condition: () => boolean, what: string, children: readonly ChildProcess[] = []): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!condition()) {
    for (const child of children) assert.equal(child.exitCode, null, `a process ended before ${what}`);
    assert.ok(performance.now() < deadline, `${what} did not happen within ${LIMIT_MS} ms`);
    await sleep(2);
  }
}

function startProcess(churn: Churn, role: string, reader: number): ChildProcess | undefined {
  const handles = [churn.handles.zones, churn.handles.readers, churn.handles.control];
  const fds = handles.flatMap((handle) => (handle.kind === 'fd' ? [handle.fd] : []));
  if (fds.length < handles.length) return undefined;
  const sizes = handles.map((handle) => (handle.kind === 'fd' ? String(handle.bytes) : ''));
  return spawn(process.execPath, [PROGRAM, role, String(reader), ...sizes], {
    stdio: ['ignore', 'inherit', 'inherit', ...fds],
  });
}

function startThread(churn: Churn, role: string, reader: number): Worker {
  return new Worker(PROGRAM, { workerData: { role, reader, handles: churn.handles } });
}

function assertClean(churn: Churn, reader: number): void {
  const report = churn.report(reader);
  assert.equal(report.torn, 0, `reader ${reader}: ${JSON.stringify(report)}`);
  assert.equal(report.backwards, 0, `reader ${reader}: ${JSON.stringify(report)}`);
  assert.ok(
    report.found > 0 && report.found < report.lookups,
    `reader ${reader} saw names come and go: ${JSON.stringify(report)}`,
  );
}

test('readers in threads see the old or the new entry while the writer churns', async (t) => {
  const churn = new Churn();
  t.after(() => churn.stop());
  const threads = [0, 1].map((reader) => startThread(churn, 'read', reader));
  const ends = threads.map((thread) => once(thread, 'exit'));
  await until(() => {
    churn.write(2000);
    return churn.writes >= 40_000 && [0, 1].every((reader) => churn.report(reader).found > 20_000);
  }, 'enough writes and lookups');
  churn.stop();
  assert.deepEqual((await Promise.all(ends)).flat(), [0, 0]);
  for (const reader of [0, 1]) assertClean(churn, reader);
});

test('readers in processes see the old or the new entry while another process writes', async (t) => {
  const churn = new Churn();
  const children = [startProcess(churn, 'write', 0), startProcess(churn, 'read', 2), startProcess(churn, 'read', 3)];
  t.after(() => {
    churn.stop();
    for (const child of children) child?.kill('SIGKILL');
  });
  const running = children.filter((child) => child !== undefined);
  if (running.length < children.length) return t.skip('shared memory does not reach other processes here');
  const ends = running.map((child) => once(child, 'exit'));
  await until(
    () => churn.writes > 20_000 && [2, 3].every((reader) => churn.report(reader).found > 10_000),
    'enough writes and lookups',
    running,
  );
  churn.stop();
  for (const [code] of await Promise.all(ends)) assert.equal(code, 0);
  for (const reader of [2, 3]) assertClean(churn, reader);
});

test('a writer killed in the middle is succeeded without a torn or a lost name, under the eyes of readers', async (t) => {
  const churn = new Churn();
  const reader = startThread(churn, 'read', 5);
  const readerEnd = once(reader, 'exit');
  const children: ChildProcess[] = [];
  t.after(() => {
    churn.stop();
    for (const child of children) child.kill('SIGKILL');
  });
  for (let round = 0; round < 4; round++) {
    const child = startProcess(churn, 'write', 0);
    if (child === undefined) {
      churn.stop();
      await readerEnd;
      return t.skip('shared memory does not reach other processes here');
    }
    children.push(child);
    const end = once(child, 'exit');
    const start = churn.writes;
    await until(() => churn.writes > start + 1500 + round * 777, 'a writer at work', [child]);
    child.kill('SIGKILL');
    assert.deepEqual(await end, [null, 'SIGKILL']);
    const before = snapshot(churn.zones);
    const writer = ZoneWriter.open(churn.zones, churn.readers, 77);
    assert.deepEqual(snapshot(churn.zones), before, 'taking over changes nothing');
    assert.equal(writer.image('churn').names(), before.size);
    for (const [id, version] of before) {
      assert.equal(
        writer.image('churn').set(witnessName(id), witnessEntry(id, version)),
        false,
        `name ${id} is what it was`,
      );
    }
    churn.write(1000);
  }
  await until(() => churn.report(5).found > 1000, 'a reader that reads');
  churn.stop();
  await readerEnd;
  assertClean(churn, 5);
});

test('a reader killed inside its batch holds memory only until it is cleared', async (t) => {
  const churn = new Churn();
  const child = startProcess(churn, 'read', 6);
  t.after(() => {
    churn.stop();
    child?.kill('SIGKILL');
  });
  if (child === undefined) return t.skip('shared memory does not reach other processes here');
  const end = once(child, 'exit');
  await until(() => churn.report(6).lookups > 100, 'a reader that reads');
  child.kill('SIGKILL');
  await end;
  if ((churn.readers.state(6) & 1) === 0) churn.readers.enter(6);
  const fill = (): void => {
    const image = ZoneWriter.open(churn.zones, churn.readers, 77).image('churn');
    for (let id = 0; id < CHURN_NAMES; id++) image.set(witnessName(id), witnessEntry(id, 1));
  };
  assert.throws(fill, { code: 'ERR_ZONE_FULL' });
  churn.readers.clear(6);
  fill();
  assert.equal(snapshot(churn.zones).size, CHURN_NAMES);
});
