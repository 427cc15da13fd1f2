import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { TestClock } from '../../testing/thread.ts';
import { RandomPool } from '../random.ts';
import { Channel } from './channel.ts';
import { type Caller, Exchanges } from './exchanges.ts';
import { ManualDeadlines } from './testing.ts';

class Wire extends Channel {
  emptiedTimes = 0;
  timedOutTimes = 0;
  readonly timeoutText = 'read: i/o timeout';

  timedOut(): void {
    this.timedOutTimes++;
  }

  emptied(): void {
    this.emptiedTimes++;
  }
}

/** Notes what it is told; `again` makes it try again over the same channel. */
class Asker implements Caller {
  readonly heard: string[] = [];
  again: ((slot: number) => void) | undefined = undefined;
  accept = true;
  readonly #exchanges: () => Exchanges;

  constructor(exchanges: () => Exchanges) {
    this.#exchanges = exchanges;
  }

  write(slot: number, to: Uint8Array, at: number, id: number): number {
    to[at] = id >>> 8;
    to[at + 1] = id;
    to[at + 2] = slot;
    return 3;
  }

  replied(slot: number, _bytes: Uint8Array, _at: number, length: number, cut: boolean): boolean {
    this.heard.push(`${slot} replied ${length}${cut ? ' cut' : ''}`);
    if (this.accept) this.#exchanges().close(slot);
    return this.accept;
  }

  failed(slot: number, failure: string, late: boolean): void {
    this.heard.push(`${slot} failed ${failure}${late ? ' late' : ''}`);
    if (this.again === undefined) this.#exchanges().close(slot);
    else this.again(slot);
  }
}

let deadlines: ManualDeadlines;
let exchanges: Exchanges;
let asker: Asker;
let wire: Wire;

beforeEach(() => {
  deadlines = new ManualDeadlines();
  exchanges = new Exchanges(new RandomPool(), new TestClock(), deadlines);
  asker = new Asker(() => exchanges);
  wire = new Wire(exchanges);
});

/** Opens an exchange and sends it over `channel`; returns slot and id. */
function send(channel: Channel = wire): { slot: number; id: number } {
  const slot = exchanges.open(asker);
  assert.ok(exchanges.attach(slot, channel, 1000));
  return { slot, id: idOf(slot) };
}

function idOf(slot: number): number {
  const message = new Uint8Array(3);
  exchanges.write(slot, message, 0);
  return (message[0] << 8) | message[1];
}

/** A message with this id; a reply unless `flags` says otherwise. */
function message(id: number, length = 20, flags = 0x80): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[0] = id >>> 8;
  bytes[1] = id;
  bytes[2] = flags;
  return bytes;
}

describe('an exchange', () => {
  test('hears the reply with its id, and then no more', () => {
    const { slot, id } = send();
    assert.ok(exchanges.deliver(wire, message(id), 0, 20, false));
    assert.deepEqual(asker.heard, [`${slot} replied 20`]);
    assert.equal(exchanges.deliver(wire, message(id), 0, 20, false), false);
    assert.equal(deadlines.active, 0);
    assert.equal(exchanges.active, 0);
    assert.equal(wire.emptiedTimes, 1);
  });

  test('does not hear what has another id, comes over another channel, is a query or too short', () => {
    const { id } = send();
    const other = new Wire(exchanges);
    assert.equal(exchanges.deliver(wire, message(id ^ 1), 0, 20, false), false);
    assert.equal(exchanges.deliver(other, message(id), 0, 20, false), false);
    assert.equal(exchanges.deliver(wire, message(id, 20, 0x00), 0, 20, false), false);
    assert.equal(exchanges.deliver(wire, message(id), 0, 11, false), false);
    assert.deepEqual(asker.heard, []);
  });

  test('goes on waiting when its caller does not take the reply', () => {
    const { id } = send();
    asker.accept = false;
    assert.equal(exchanges.deliver(wire, message(id), 0, 20, true), false);
    asker.accept = true;
    assert.ok(exchanges.deliver(wire, message(id), 0, 20, true));
    assert.equal(asker.heard.length, 2);
    assert.match(asker.heard[1], /cut$/);
  });

  test('fails when its deadline passes, and its channel hears of it', () => {
    const { slot } = send();
    deadlines.expireFirst();
    assert.deepEqual(asker.heard, [`${slot} failed read: i/o timeout late`]);
    assert.equal(wire.timedOutTimes, 1);
    assert.equal(exchanges.active, 0);
  });

  test('gets another id when it is sent again', () => {
    const { slot, id } = send();
    const ids = new Set([id]);
    for (let i = 0; i < 20; i++) {
      exchanges.detach(slot);
      exchanges.attach(slot, wire, 1000);
      ids.add(idOf(slot));
    }
    assert.ok(ids.size > 15);
    assert.equal(wire.pending, 1);
    assert.equal(deadlines.active, 1);
  });

  test('is not sent without a deadline', () => {
    deadlines.room = 0;
    const slot = exchanges.open(asker);
    assert.equal(exchanges.attach(slot, wire, 1000), false);
    assert.equal(wire.pending, 0);
    exchanges.close(slot);
    assert.equal(exchanges.active, 0);
  });
});

describe('a channel that fails', () => {
  test('takes its own exchanges along, oldest first, and no others', () => {
    const slots = [send().slot, send().slot, send().slot];
    const other = new Wire(exchanges);
    send(other);
    exchanges.failAll(wire, 'refused');
    assert.deepEqual(
      asker.heard,
      slots.map((slot) => `${slot} failed refused`),
    );
    assert.equal(other.pending, 1);
    assert.equal(wire.pending, 0);
  });

  test('does not fail those that are sent over it again in the meantime', () => {
    for (let i = 0; i < 3; i++) send();
    asker.again = (slot) => assert.ok(exchanges.attach(slot, wire, 1000));
    exchanges.failAll(wire, 'refused');
    assert.equal(asker.heard.length, 3);
    assert.equal(wire.pending, 3);
  });
});

test('the table grows as far as 65,536 exchanges', () => {
  const slots: number[] = [];
  for (let slot = exchanges.open(asker); slot >= 0; slot = exchanges.open(asker)) slots.push(slot);
  assert.equal(slots.length, 65_536);
  assert.equal(new Set(slots).size, 65_536);
  for (const slot of slots) exchanges.close(slot);
  assert.equal(exchanges.active, 0);
});
