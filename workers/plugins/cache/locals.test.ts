// What is remembered of names that are this server's own.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Locals } from './locals.ts';

describe('Locals', () => {
  const rows: {
    name: string;
    notes: readonly (readonly [hash: number, local: boolean])[];
    hash: number;
    want: boolean;
  }[] = [
    { name: 'nothing is known at first', notes: [], hash: 7, want: false },
    { name: 'nor of the hash 0', notes: [[0, true]], hash: 0, want: false },
    { name: 'a local name', notes: [[7, true]], hash: 7, want: true },
    { name: 'a negative hash', notes: [[-7, true]], hash: -7, want: true },
    { name: 'another name', notes: [[7, true]], hash: 8, want: false },
    { name: 'one of the same slot', notes: [[7, true]], hash: 7 + 8192, want: false },
    {
      name: 'pushed out by one of the same slot',
      notes: [
        [7, true],
        [7 + 8192, true],
      ],
      hash: 7,
      want: false,
    },
    {
      name: 'not local any more',
      notes: [
        [7, true],
        [7, false],
      ],
      hash: 7,
      want: false,
    },
    {
      name: 'one of the same slot that is not local changes nothing',
      notes: [
        [7, true],
        [7 + 8192, false],
      ],
      hash: 7,
      want: true,
    },
  ];
  for (const { name, notes, hash, want } of rows)
    it(name, () => {
      const locals = new Locals();
      for (const [noted, local] of notes) locals.note(noted, local);
      assert.equal(locals.has(hash), want);
    });
});
