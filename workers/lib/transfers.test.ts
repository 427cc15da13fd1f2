// Transfers of a thread: who asked hears what comes, in a turn, and nobody else does.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TransferAsk, TransferTold } from '#zone/transfer.ts';
import { ThreadTransfers } from './transfers.ts';

const ZONE = Uint8Array.of(1, 0x7a, 0);

function envelope(last: boolean): TransferTold {
  const octets = Uint8Array.of(0xc0, 12);
  return { step: 'envelope', envelope: { octets, records: 1, plainSize: 20 }, last, current: false, serial: 1 };
}

class Rig {
  readonly asked: [transfer: number, ask: TransferAsk][] = [];
  readonly heard: string[] = [];
  inTurn = false;
  readonly transfers = new ThreadTransfers(
    {
      begin: () => {
        this.inTurn = true;
      },
      end: () => {
        this.inTurn = false;
      },
    },
    (transfer, ask) => this.asked.push([transfer, ask]),
  );

  open(name: string): number {
    return this.transfers.open('image', ZONE, 0, {
      told: (told) => this.heard.push(`${name} ${told.step}${this.inTurn ? '' : ' outside of a turn'}`),
    });
  }
}

describe('a transfer', () => {
  it('is asked for with its own number', () => {
    const rig = new Rig();
    const ask = { step: 'open', image: 'image', zone: ZONE, since: 0 };
    const [first, second] = [rig.open('a'), rig.open('b')];
    assert.notEqual(first, second);
    assert.deepEqual(rig.asked, [
      [first, ask],
      [second, ask],
    ]);
  });

  it('hears what comes for it', () => {
    const rig = new Rig();
    rig.open('a');
    const second = rig.open('b');
    rig.transfers.deliver(second, envelope(false));
    assert.deepEqual(rig.heard, ['b envelope']);
    rig.transfers.next(second);
    assert.deepEqual(rig.asked.at(-1), [second, { step: 'next' }]);
  });

  const ENDS: readonly { readonly name: string; readonly end: (rig: Rig, transfer: number) => void }[] = [
    { name: 'its last envelope', end: (rig, transfer) => rig.transfers.deliver(transfer, envelope(true)) },
    {
      name: 'a refusal',
      end: (rig, transfer) => rig.transfers.deliver(transfer, { step: 'refused', why: 'gone' }),
    },
    { name: 'its own wish', end: (rig, transfer) => rig.transfers.close(transfer) },
  ];
  for (const { name, end } of ENDS)
    it(`is forgotten with ${name}`, () => {
      const rig = new Rig();
      const transfer = rig.open('a');
      end(rig, transfer);
      assert.equal(rig.transfers.size, 0);
      const [asked, heard] = [rig.asked.length, rig.heard.length];
      rig.transfers.next(transfer);
      rig.transfers.close(transfer);
      rig.transfers.deliver(transfer, envelope(false));
      assert.deepEqual([rig.asked.length, rig.heard.length], [asked, heard]);
    });

  it('that is closed is said to be', () => {
    const rig = new Rig();
    const transfer = rig.open('a');
    rig.transfers.close(transfer);
    assert.deepEqual(rig.asked.at(-1), [transfer, { step: 'close' }]);
  });
});

it('the turn ends when a receiver throws', () => {
  const rig = new Rig();
  const transfer = rig.transfers.open('image', ZONE, 0, {
    told: () => {
      throw new Error('a bug');
    },
  });
  assert.throws(() => rig.transfers.deliver(transfer, envelope(true)), /a bug/);
  assert.equal(rig.inTurn, false);
});
