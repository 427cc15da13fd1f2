import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Expiring } from '../../chain/handler.ts';
import { TestClock } from '../../testing/thread.ts';
import { RandomPool, Shuffle } from '../random.ts';
import { Channel } from './channel.ts';
import { type Caller, Exchanges } from './exchanges.ts';

class Wire extends Channel {
  readonly timeoutText = 'timeout';
  timedOut(): void {}
  emptied(): void {
    assert.equal(this.pending, 0);
  }
}

test('any order of sending, replies, failures and closing leaves the same as a plain map would', () => {
  const random = new Shuffle(7);
  const running = new Map<number, { owner: Expiring; token: number }>();
  let handles = 0;
  const deadlines = {
    start(owner: Expiring, token: number): number {
      running.set(++handles, { owner, token });
      return handles;
    },
    cancel: (handle: number): void => void running.delete(handle),
  };
  const exchanges = new Exchanges(new RandomPool(), new TestClock(), deadlines);
  const wires = Array.from({ length: 5 }, () => new Wire(exchanges));
  /** slot → where it waits, and with which id; undefined: on no channel. */
  const model = new Map<number, { wire: Wire; id: number } | undefined>();
  const end = (slot: number): void => {
    assert.ok(model.has(slot), 'only what is open is told');
    model.delete(slot);
    exchanges.close(slot);
  };
  const caller: Caller = {
    write(_slot, to, at, id) {
      to[at] = id >>> 8;
      to[at + 1] = id;
      return 2;
    },
    replied(slot) {
      end(slot);
      return true;
    },
    failed: (slot) => end(slot),
  };
  const scratch = new Uint8Array(16);
  const pick = (): number => [...model.keys()][random.below(model.size)];
  const actions: readonly (() => void)[] = [
    () => model.set(exchanges.open(caller), undefined),
    () => {
      const slot = pick();
      const wire = wires[random.below(wires.length)];
      exchanges.detach(slot);
      assert.ok(exchanges.attach(slot, wire, 1));
      exchanges.write(slot, scratch, 0);
      model.set(slot, { wire, id: (scratch[0] << 8) | scratch[1] });
    },
    () => {
      const place = model.get(pick());
      if (place === undefined) return;
      const { wire, id } = place;
      const message = Uint8Array.of(id >>> 8, id, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0);
      assert.ok(exchanges.deliver(wire, message, 0, 12, false));
    },
    () => {
      const [handle] = running.keys();
      const deadline = running.get(handle);
      running.delete(handle);
      deadline?.owner.expire(deadline.token);
    },
    () => end(pick()),
    () => random.below(50) === 0 && exchanges.failAll(wires[random.below(wires.length)], 'failed'),
  ];
  for (let round = 0; round < 60_000; round++) {
    const action = random.below(random.below(4) === 0 || model.size > 400 ? actions.length : 2);
    if (model.size > 0 || action === 0) actions[action]();
    if (round % 500 === 0) check();
  }
  check();

  function check(): void {
    assert.equal(exchanges.active, model.size);
    const placed = [...model].filter(([, place]) => place !== undefined);
    assert.equal(running.size, placed.length, 'a deadline for each that waits');
    for (const wire of wires) {
      const expected = placed.filter(([, place]) => place?.wire === wire).map(([slot]) => slot);
      const found: number[] = [];
      for (let slot = wire.first; slot >= 0; slot = exchanges.after(slot)) found.push(slot);
      assert.deepEqual(found.sort(), expected.sort());
      assert.equal(wire.pending, expected.length);
    }
    for (const [slot, place] of placed)
      if (place !== undefined) assert.equal(exchanges.find(place.wire, place.id), slot);
  }
});
