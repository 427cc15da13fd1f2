import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AnswerEntry, AnswerKey } from '#answers/entry.ts';
import { ReplyReader, RequestWriter, STATUS } from './batch.ts';
import { CLOSED, OPEN } from './breaker.ts';
import { Broker } from './broker.ts';
import type { LevelTold } from './messages.ts';
import type { StoreSettings } from './settings.ts';
import { NO_REDIS, TestRedis } from './testing/server.ts';
import { testSettings, until } from './testing/settings.ts';
import type { WriteTally } from './writes.ts';

/** One that has opened a store, as a thread would. */
class User {
  state = -1;
  reporter = false;
  states = 0;
  readonly replies = new Map<number, number>();
  readonly tallies: WriteTally[] = [];
  readonly #broker: Broker;
  readonly #id: string;
  readonly #writer = new RequestWriter();
  readonly #reader = new ReplyReader();

  constructor(broker: Broker, id: string, settings: StoreSettings) {
    this.#broker = broker;
    this.#id = id;
    broker.receive(id, { step: 'open', settings }, (told) => this.#told(told));
  }

  #told(told: LevelTold): void {
    if (told.step === 'tally') this.tallies.push(told.tally);
    else if (told.step === 'state') {
      this.state = told.state;
      this.reporter = told.reporter;
      this.states++;
    } else {
      this.#reader.open(told.batch);
      while (this.#reader.next()) this.replies.set(this.#reader.id, this.#reader.status);
    }
  }

  get(id: number, name: string): void {
    this.#writer.get(id, key(name));
  }

  put(name: string): void {
    const entry = new AnswerEntry();
    entry.bodyLength = 3;
    this.#writer.put(60, key(name), 1, entry, Uint8Array.of(1, 2, 3), 0);
  }

  send(): void {
    this.#broker.receive(this.#id, { step: 'batch', batch: this.#writer.take() }, () => undefined);
  }

  close(): void {
    this.#broker.receive(this.#id, { step: 'close' }, () => undefined);
  }
}

function key(name: string): AnswerKey {
  const made = new AnswerKey();
  made.bytes = Uint8Array.of(name.length, ...Buffer.from(name), 0);
  made.nameLength = made.bytes.length;
  made.type = made.klass = 1;
  return made;
}

describe('users of one store', { skip: NO_REDIS }, () => {
  let redis: TestRedis;
  let broker: Broker;
  let settings: StoreSettings;
  before(async () => {
    redis = await TestRedis.start();
    settings = testSettings(redis.port);
    broker = new Broker();
  });
  after(async () => {
    broker.close();
    await redis.stop();
  });

  test('all are told its state; the first one reports, and after it the next', async () => {
    const users = ['1/1', '1/2', '2/1'].map((id) => new User(broker, id, settings));
    await until(() => users.every(({ state }) => state === CLOSED));
    assert.deepEqual(
      users.map(({ reporter }) => reporter),
      [true, false, false],
    );
    users[0].close();
    assert.ok(users[1].reporter);
    broker.forget('1/');
    assert.ok(users[2].reporter);
    const { states } = users[1];
    users[2].close();
    assert.equal(users[1].states, states, 'who has been forgotten is told nothing');
  });

  test('what one puts the other gets; each get has its reply', async () => {
    const [first, second] = ['1/3', '2/3'].map((id) => new User(broker, id, settings));
    await until(() => first.state === CLOSED && second.state === CLOSED);
    first.put('here');
    first.send();
    await until(() => first.tallies.length > 0);
    assert.deepEqual(first.tallies, [{ written: 1, failed: 0, dropped: 0 }]);
    second.get(1, 'here');
    second.get(2, 'nowhere');
    second.send();
    await until(() => second.replies.size === 2);
    assert.deepEqual(
      [...second.replies],
      [
        [1, STATUS.FOUND],
        [2, STATUS.ABSENT],
      ],
    );
    assert.equal(first.replies.size, 0);
    first.close();
    second.close();
  });

  test('one that has closed gets nothing any more', async () => {
    const user = new User(broker, '1/4', settings);
    await until(() => user.state === CLOSED);
    user.get(1, 'here');
    user.close();
    user.send();
    const other = new User(broker, '1/5', settings);
    await until(() => other.state === CLOSED);
    other.get(1, 'here');
    other.send();
    await until(() => other.replies.size === 1);
    assert.equal(user.replies.size, 0);
    other.close();
  });
});

test('stores with other settings have a state of their own', async () => {
  const broker = new Broker();
  const users = [1, 2].map((port) => new User(broker, `1/${port}`, testSettings(port)));
  await until(() => users.every(({ state }) => state === OPEN));
  assert.deepEqual(
    users.map(({ reporter }) => reporter),
    [true, true],
  );
  users[0].get(1, 'a');
  users[0].send();
  await until(() => users[0].replies.get(1) === STATUS.UNUSABLE);
  broker.close();
});
