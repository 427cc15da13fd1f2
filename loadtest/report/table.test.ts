import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { table } from './table.ts';

describe('a table', () => {
  const rows: { name: string; rows: string[][]; want: string }[] = [
    { name: 'of nothing', rows: [], want: '' },
    { name: 'of one cell', rows: [['a']], want: 'a\n' },
    {
      name: 'has its first column at the left, the others at the right',
      rows: [
        ['server', 'answers'],
        ['shoal', '1,000,000'],
        ['b', '7'],
      ],
      want: 'server    answers\nshoal   1,000,000\nb               7\n',
    },
    {
      name: 'has no blanks at the end',
      rows: [
        ['a', ''],
        ['b', ''],
      ],
      want: 'a\nb\n',
    },
  ];
  for (const { name, rows: cells, want } of rows) it(name, () => assert.equal(table(cells), want));
});
