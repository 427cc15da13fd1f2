// Durations as log lines show them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDuration } from './duration.ts';

describe('formatDuration', () => {
  const rows: { ms: number; want: string }[] = [
    { ms: 0, want: '0s' },
    { ms: 0.4, want: '0s' },
    { ms: 250, want: '250ms' },
    { ms: 999.6, want: '1s' },
    { ms: 1500, want: '1.5s' },
    { ms: 5000, want: '5s' },
    { ms: 60_000, want: '1m0s' },
    { ms: 90_001, want: '1m30.001s' },
    { ms: 3_600_000, want: '1h0m0s' },
    { ms: 3_905_000, want: '1h5m5s' },
  ];
  for (const row of rows) test(`${row.ms} ms`, () => assert.equal(formatDuration(row.ms), row.want));
});
