// What is read from /proc: the real one for this process, and files written here for what is rare.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type ProcessReading, readFdLimit, readProcess } from './proc.ts';
import { writeProcess } from './testing.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'shoal-proc-'));
after(() => rmSync(ROOT, { recursive: true }));
const KB = 1024;
const STATUS = 'Name:\tx\nVmRSS:\t  600 kB\nRssAnon:\t  100 kB\nRssFile:\t  200 kB\nRssShmem:\t  300 kB\nThreads:\t4\n';
const stat = (name: string, utime: number, stime: number): string =>
  `7 (${name}) S 1 7 7 0 -1 4194304 900 0 0 0 ${utime} ${stime} 0 0 20 0 11 0 100 1000 50\n`;

describe('readProcess', () => {
  const rows: { name: string; stat: string; status: string; fds: number; want: ProcessReading }[] = [
    {
      name: 'times in hundredths, memory in kB',
      stat: stat('node', 150, 25),
      status: STATUS,
      fds: 3,
      want: { cpu: 1.75, resident: { anonymous: 100 * KB, file: 200 * KB, shared: 300 * KB }, openFds: 3 },
    },
    {
      name: 'a name with blanks and parentheses',
      stat: stat('a) S (b c', 100, 0),
      status: STATUS,
      fds: 0,
      want: { cpu: 1, resident: { anonymous: 100 * KB, file: 200 * KB, shared: 300 * KB }, openFds: 0 },
    },
    {
      name: 'a process that is being torn down has no memory',
      stat: stat('node', 1, 1),
      status: 'Name:\tx\n',
      fds: 0,
      want: { cpu: 0.02, resident: { anonymous: 0, file: 0, shared: 0 }, openFds: 0 },
    },
  ];
  for (const [pid, row] of rows.entries()) {
    test(row.name, () => {
      writeProcess(ROOT, pid, row);
      assert.deepEqual(readProcess(pid, ROOT), row.want);
    });
  }

  test('a process that is not there', () => assert.equal(readProcess(4711, ROOT), undefined));

  test('this process', { skip: process.platform !== 'linux' }, () => {
    const reading = readProcess(process.pid);
    assert.ok(reading !== undefined);
    const { anonymous, file, shared } = reading.resident;
    assert.ok(reading.cpu > 0 && reading.openFds > 2 && anonymous > 1 << 20 && file > 1 << 20 && shared >= 0);
  });
});

describe('readFdLimit', () => {
  const rows: { name: string; limits?: string; want: number | undefined }[] = [
    { name: 'the soft one', limits: 'Max open files            1024        524288       files\n', want: 1024 },
    {
      name: 'no limit',
      limits:
        'Max processes             1      2     processes\nMax open files            unlimited   unlimited    files\n',
      want: Number.POSITIVE_INFINITY,
    },
    { name: 'a file without it', limits: 'Max processes             1      2     processes\n', want: undefined },
    { name: 'no file', want: undefined },
  ];
  for (const [i, row] of rows.entries()) {
    test(row.name, () => {
      const pid = 100 + i;
      if (row.limits !== undefined) writeProcess(ROOT, pid, { stat: '', status: '', fds: 0, limits: row.limits });
      assert.equal(readFdLimit(pid, ROOT), row.want);
    });
  }
});
