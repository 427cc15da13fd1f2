import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printBytes, printMilliseconds, readBytes, readCount, readMilliseconds } from './units.ts';

describe('reading', () => {
  const rows: { name: string; read: (text: string) => number | string; text: string; want: number | string }[] = [
    { name: 'count', read: readCount, text: '64', want: 64 },
    { name: 'count with a unit', read: readCount, text: '64k', want: '64k' },
    { name: 'negative count', read: readCount, text: '-1', want: '-1' },
    { name: 'empty count', read: readCount, text: '', want: '' },
    { name: 'bytes', read: readBytes, text: '4096', want: 4096 },
    { name: 'KiB', read: readBytes, text: '64KiB', want: 65536 },
    { name: 'MiB with a blank', read: readBytes, text: '4 MiB', want: 4194304 },
    { name: 'GiB', read: readBytes, text: '2GiB', want: 2147483648 },
    { name: 'decimal MB', read: readBytes, text: '4MB', want: '4MB' },
    { name: 'fractional MiB', read: readBytes, text: '1.5MiB', want: '1.5MiB' },
    { name: 'a unit alone', read: readBytes, text: 'MiB', want: 'MiB' },
    { name: 'milliseconds', read: readMilliseconds, text: '250', want: 250 },
    { name: 'ms', read: readMilliseconds, text: '250ms', want: 250 },
    { name: 's', read: readMilliseconds, text: '10s', want: 10000 },
    { name: 'm', read: readMilliseconds, text: '5m', want: 300000 },
    { name: 'h', read: readMilliseconds, text: '1h', want: 3600000 },
    { name: 'days', read: readMilliseconds, text: '1d', want: '1d' },
    { name: 'no time', read: readMilliseconds, text: 'soon', want: 'soon' },
  ];
  for (const { name, read, text, want } of rows) it(name, () => assert.equal(read(text), want));
});

describe('printing', () => {
  const rows = [
    { print: printBytes, value: 0, want: '0' },
    { print: printBytes, value: 100, want: '100 bytes' },
    { print: printBytes, value: 65536, want: '64 KiB' },
    { print: printBytes, value: 4194304, want: '4 MiB' },
    { print: printBytes, value: 1073741824, want: '1 GiB' },
    { print: printMilliseconds, value: 0, want: '0' },
    { print: printMilliseconds, value: 100, want: '100 ms' },
    { print: printMilliseconds, value: 1500, want: '1500 ms' },
    { print: printMilliseconds, value: 10000, want: '10 s' },
    { print: printMilliseconds, value: 3600000, want: '1 h' },
  ];
  for (const { print, value, want } of rows) it(want, () => assert.equal(print(value), want));
});
