import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ffiMissing } from './ffi.ts';
import { pinThread } from './system.ts';

test('a pinned thread may run on its processor only', { skip: ffiMissing() }, () => {
  const source = `
    import { readFileSync } from 'node:fs';
    import { pinThread } from './system.ts';
    pinThread(0);
    console.log(/Cpus_allowed_list:\\s+(\\S+)/.exec(readFileSync('/proc/thread-self/status', 'utf8'))[1]);`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', source], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  assert.equal(stdout.trim(), '0');
});

test('a processor that is not there is refused', { skip: ffiMissing() }, () => {
  assert.throws(() => pinThread(1023), {
    code: 'EINVAL',
    message: 'sched_setaffinity processor 1023: invalid argument',
  });
});

for (const cpu of [-1, 1024, 0.5, Number.NaN]) {
  test(`${cpu} is no processor`, () => assert.throws(() => pinThread(cpu), RangeError));
}
