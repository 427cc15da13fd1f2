import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { footprintOf, sumOf } from './footprint.ts';
import type { ProcessMemory } from './smaps.ts';

const process1 = (own: number, shared: number, files: Record<string, number> = {}): ProcessMemory => ({
  own: own * 1024,
  shared: shared * 1024,
  files: new Map(Object.entries(files).map(([key, size]) => [key, size * 1024])),
});

describe('a footprint', () => {
  const rows: { name: string; processes: ProcessMemory[]; want: [number, number, number, number] }[] = [
    { name: 'of no process', processes: [], want: [0, 0, 0, 0] },
    { name: 'of one', processes: [process1(1, 2, { a: 3, b: 4 })], want: [10, 1, 2, 7] },
    { name: 'of two adds what is theirs', processes: [process1(1, 2), process1(3, 4)], want: [10, 4, 6, 0] },
    {
      name: 'counts pages of a file once, as many as one of them has',
      processes: [process1(0, 0, { a: 3, b: 1 }), process1(0, 0, { a: 2, c: 1 })],
      want: [5, 0, 0, 5],
    },
  ];
  for (const { name, processes, want } of rows)
    it(name, () => {
      const { total, own, shared, files } = sumOf(processes);
      assert.deepEqual([total, own, shared, files], want);
    });

  it('of this process is some, of none is none', () => {
    assert.ok(footprintOf(process.pid).total > 10);
    assert.equal(footprintOf(2 ** 22 + 1).total, 0);
  });
});
