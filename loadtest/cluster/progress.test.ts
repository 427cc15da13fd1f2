import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Progress } from './progress.ts';

/** What is written for `steps` of `total`, one after the other. */
function shown(isTTY: boolean, total: number, steps: readonly number[]): string {
  let text = '';
  const screen = {
    isTTY,
    write: (piece: string): void => {
      text += piece;
    },
  };
  const progress = new Progress('work', total, screen);
  for (const step of steps) progress.advance(step);
  progress.close();
  return text;
}

describe('progress', () => {
  const rows: { name: string; isTTY: boolean; total: number; steps: number[]; want: string }[] = [
    { name: 'a line every tenth', isTTY: false, total: 20, steps: [1, 1, 1, 1], want: 'work: 10 %\nwork: 20 %\n' },
    { name: 'one line for a leap', isTTY: false, total: 4, steps: [2], want: 'work: 50 %\n' },
    { name: 'nothing before the first tenth', isTTY: false, total: 100, steps: [9], want: '' },
    {
      name: 'a bar on a terminal, which is taken away',
      isTTY: true,
      total: 3,
      steps: [1],
      want: `\r\x1b[Kwork ${'█'.repeat(10)}${'░'.repeat(20)} 1 of 3\r\x1b[K`,
    },
    {
      name: 'a full bar at the end, however soon',
      isTTY: true,
      total: 1,
      steps: [1],
      want: `\r\x1b[Kwork ${'█'.repeat(30)} 1 of 1\r\x1b[K`,
    },
  ];
  for (const { name, isTTY, total, steps, want } of rows)
    it(name, () => assert.equal(shown(isTTY, total, steps), want));

  it('draws seldom, however fast the work is', () => {
    const text = shown(true, 10_000, Array(5000).fill(1));
    assert.ok(text.split('work').length < 500);
  });
});
