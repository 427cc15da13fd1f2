import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentNames } from './recent.ts';

test('the latest 256 names are known', () => {
  const names = new RecentNames();
  for (let i = 0; i < 1000; i++) {
    names.add(String(i));
    names.add(String(i));
  }
  assert.deepEqual(
    [0, 743, 744, 999, 1000].map((i) => names.has(String(i))),
    [false, false, true, true, false],
  );
});
