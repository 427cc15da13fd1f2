// The way of transfers through the primary: numbers, limits, and what happens when one side dies.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TransferCommand } from '#workers/messages.ts';
import type { TransferAsk, TransferTold } from '#zone/transfer.ts';
import { Transfers } from './transfers.ts';

const OPEN: TransferAsk = { step: 'open', image: 'image', zone: Uint8Array.of(0), since: 0 };
const LIMIT = 16;

function envelope(last: boolean): TransferTold {
  const octets = Uint8Array.of(0xc0, 12);
  return { step: 'envelope', envelope: { octets, records: 1, plainSize: 20 }, last, current: false, serial: 1 };
}

class Rig {
  readonly asked: [id: number, step: string][] = [];
  readonly told: TransferCommand[] = [];
  watcher = true;
  readonly transfers = new Transfers({
    ask: (id, ask) => {
      this.asked.push([id, ask.step]);
      return this.watcher;
    },
    tell: (command) => this.told.push(command),
  });

  ask(thread: number, transfer: number, ask: TransferAsk = OPEN): void {
    this.transfers.asked({ kind: 'transfer', thread, transfer, ask });
  }

  /** Thread, its transfer, and what it heard. */
  heard(): string[] {
    return this.told
      .splice(0)
      .map(({ thread, transfer, told }) => `${thread}/${transfer} ${told.step === 'refused' ? told.why : 'envelope'}`);
  }
}

describe('transfers of several threads', () => {
  it('have numbers of their own', () => {
    const rig = new Rig();
    rig.ask(1, 1);
    rig.ask(2, 1);
    rig.transfers.told(2, envelope(false));
    rig.transfers.told(1, envelope(false));
    assert.deepEqual(rig.heard(), ['2/1 envelope', '1/1 envelope']);
    rig.ask(2, 1, { step: 'next' });
    assert.deepEqual(rig.asked.at(-1), [2, 'next']);
  });

  for (const [name, told] of [
    ['its last envelope', envelope(true)],
    ['a refusal', { step: 'refused', why: 'gone' }],
  ] satisfies [string, TransferTold][])
    it(`one is over with ${name}`, () => {
      const rig = new Rig();
      rig.ask(1, 1);
      rig.transfers.told(1, told);
      assert.equal(rig.heard().length, 1);
      assert.equal(rig.transfers.size, 0);
      rig.transfers.told(1, envelope(false));
      assert.deepEqual(rig.heard(), []);
    });

  it('one that is closed is closed at the watcher, and hears nothing more', () => {
    const rig = new Rig();
    rig.ask(1, 1);
    rig.ask(1, 1, { step: 'close' });
    rig.transfers.told(1, envelope(false));
    assert.deepEqual(rig.heard(), []);
    assert.deepEqual(rig.asked.at(-1), [1, 'close']);
    assert.equal(rig.transfers.size, 0);
  });

  it('are no more than the limit; one that ends makes room', () => {
    const rig = new Rig();
    for (let i = 1; i <= LIMIT + 2; i++) rig.ask(1, i);
    assert.deepEqual(rig.heard(), [`1/${LIMIT + 1} busy`, `1/${LIMIT + 2} busy`]);
    assert.equal(rig.asked.length, LIMIT);
    rig.transfers.told(1, envelope(true));
    rig.ask(1, LIMIT + 3);
    assert.equal(rig.transfers.size, LIMIT);
  });
});

describe('when', () => {
  it('there is no watcher, nothing can be transferred', () => {
    const rig = new Rig();
    rig.watcher = false;
    rig.ask(1, 1);
    assert.deepEqual(rig.heard(), ['1/1 gone']);
    assert.equal(rig.transfers.size, 0);
  });

  it('the watcher dies, everybody hears of it', () => {
    const rig = new Rig();
    rig.ask(1, 1);
    rig.ask(2, 5);
    rig.transfers.watcherDied();
    assert.deepEqual(rig.heard(), ['1/1 gone', '2/5 gone']);
    assert.equal(rig.transfers.size, 0);
  });

  it('threads die, theirs are closed and their successors hear nothing of them', () => {
    const rig = new Rig();
    rig.ask(1, 1);
    rig.ask(2, 1);
    rig.ask(3, 1);
    rig.transfers.threadsDied([1, 2]);
    assert.deepEqual(rig.asked.slice(3), [
      [1, 'close'],
      [2, 'close'],
    ]);
    rig.ask(1, 1);
    rig.transfers.told(1, envelope(false));
    assert.deepEqual(rig.heard(), []);
    rig.transfers.told(4, envelope(false));
    assert.deepEqual(rig.heard(), ['1/1 envelope']);
  });
});
