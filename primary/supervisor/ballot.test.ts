// The vote of all threads on a plan.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ballot } from './ballot.ts';

/** `T` yes, `T!` no, `T?` gone, `T@V` a vote for another version, `T~` a vote of another kind. */
type Move = string;

function play(kind: string, voters: readonly number[], moves: readonly Move[]): Ballot {
  const ballot = new Ballot(kind, 7, voters, 1000);
  for (const move of moves) {
    const thread = Number.parseInt(move, 10);
    if (move.endsWith('!')) ballot.cast(kind, thread, 7, `thread ${thread} says no`);
    else if (move.endsWith('?')) ballot.withdraw(thread, `thread ${thread} died`);
    else if (move.includes('@')) ballot.cast(kind, thread, Number(move.split('@')[1]), 'late');
    else if (move.endsWith('~')) ballot.cast('other', thread, 7, 'another');
    else ballot.cast(kind, thread, 7, undefined);
  }
  return ballot;
}

describe('Ballot', () => {
  /** '' is a yes of all. */
  const rows: readonly [name: string, kind: string, voters: readonly number[], moves: readonly Move[], end: string][] =
    [
      ['nobody to ask', 'prepared', [], [], ''],
      ['all say yes', 'prepared', [1, 2], ['2', '1'], ''],
      ['one says no', 'prepared', [1, 2], ['1', '2!'], 'thread 2 says no'],
      ['the first no counts', 'prepared', [1, 2, 3], ['3!', '1', '2!'], 'thread 3 says no'],
      ['votes on other versions and of other kinds do not count', 'prepared', [1], ['1@6', '1@8', '1~', '1'], ''],
      ['a vote twice is one vote; strangers have none', 'prepared', [1, 2], ['1', '1', '9', '2'], ''],
      ['who is gone before it has voted says no', 'prepared', [1, 2], ['1', '2?'], 'thread 2 died'],
      ['who has voted and is gone has voted', 'prepared', [1, 2], ['1', '1?', '2'], ''],
      ['a stranger who is gone does not matter', 'prepared', [1], ['9?', '1'], ''],
      ['once it is decided, who is gone does not hold it up', 'serving', [1, 2], ['1', '2?'], ''],
    ];
  for (const [name, kind, voters, moves, end] of rows)
    it(name, async () => {
      const { result } = play(kind, voters, moves);
      const got = await result.then(
        () => '',
        (error: Error) => error.message,
      );
      assert.equal(got, end);
    });

  it('names those who have not answered in time', async () => {
    const ballot = new Ballot('prepared', 1, [1, 2, 3], 5);
    ballot.cast('prepared', 2, 1, undefined);
    await assert.rejects(ballot.result, /no answer from thread 1, 3 within 5ms/);
  });
});
