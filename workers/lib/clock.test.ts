// One clock for all threads and processes of a machine.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { MonotonicClock } from './clock.ts';

/** Milliseconds of CLOCK_MONOTONIC. */
const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6;
const URL_TEXT = JSON.stringify(new URL('./clock.ts', import.meta.url).href);
const READ = `const { MonotonicClock } = await import(${URL_TEXT}); const now = new MonotonicClock().now;`;

/** What another clock says lies between two looks of this process; its rounding is below 1 ms. */
function assertBetween(before: number, said: number): void {
  assert.ok(said > before - 1 && said < monotonic() + 1, `${before} <= ${said} <= ${monotonic()}`);
}

describe('MonotonicClock', () => {
  it('has been read once when it is made', () => {
    const before = monotonic();
    assertBetween(before, new MonotonicClock().now);
  });
  it('stands still between ticks', async () => {
    const clock = new MonotonicClock();
    const { now, seconds } = clock;
    await new Promise((resolve) => setTimeout(resolve, 2));
    assert.deepEqual([clock.now, clock.seconds], [now, seconds]);
    clock.tick();
    assert.ok(clock.now > now);
  });
  it('never goes back', () => {
    const clock = new MonotonicClock();
    for (let i = 0, last = clock.now; i < 1000; i++, last = clock.now) {
      clock.tick();
      assert.ok(clock.now >= last);
    }
  });
  it('seconds are whole ones of the same time', () => {
    const clock = new MonotonicClock();
    assert.equal(clock.seconds, Math.floor(clock.now / 1000));
    assert.ok(Number.isInteger(clock.seconds));
  });
  it('a thread that began later has the same time', async () => {
    const before = monotonic();
    const code = `${READ} (await import('node:worker_threads')).parentPort.postMessage(now);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const said = await new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    assertBetween(before, said);
  });
  it('another process has the same time', () => {
    const before = monotonic();
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', `${READ} console.log(now);`]);
    assertBetween(before, Number(said));
  });
});
