// The stores of a resolver and who uses them: threads open a store, send questions and answers, and are told. Called by workers/resolver.ts. Warm.

import { GET, joinReplies, readRequests, writeReply } from './batch.ts';
import type { LevelAsk, LevelTold } from './messages.ts';
import type { StoreSettings } from './settings.ts';
import { RedisStore } from './store.ts';

/** Sends to a user. */
export type Tell = (told: LevelTold) => void;

/** Somebody in a thread that has opened a store. */
interface User {
  readonly tell: Tell;
  /** Replies that go out together. */
  replies: Uint8Array[];
}

interface SharedStore {
  readonly store: RedisStore;
  /** In the order in which they came; the first one reports. */
  readonly users: Set<User>;
}

/** Milliseconds that a store without users stays: a reload gives it up and takes it again. */
const LINGER = 2000;

/**
 * One for each resolver. Threads have no connection of their own: ioredis takes 16 MB wherever it is loaded, and its promises would be
 * garbage beside the packets. It is loaded when the first store is opened.
 */
export class Broker {
  readonly #users = new Map<string, { readonly user: User; readonly shared: SharedStore }>();
  readonly #stores = new Map<string, SharedStore>();
  #closed = false;

  /** `id`: the user, unique in this resolver. */
  receive(id: string, ask: LevelAsk, tell: Tell): void {
    if (this.#closed) return;
    if (ask.step === 'open') this.#open(id, ask.settings, tell);
    else if (ask.step === 'close') this.#leave(id);
    else this.#serve(id, ask.batch);
  }

  #open(id: string, settings: StoreSettings, tell: Tell): void {
    this.#leave(id);
    const shared = this.#storeOf(settings);
    const user: User = { tell, replies: [] };
    shared.users.add(user);
    this.#users.set(id, { user, shared });
    tellState(shared, user);
  }

  #storeOf(settings: StoreSettings): SharedStore {
    const key = JSON.stringify(settings);
    const known = this.#stores.get(key);
    if (known !== undefined) return known;
    const users = new Set<User>();
    const shared: SharedStore = {
      users,
      store: new RedisStore(settings, async (events) => (await import('./link.ts')).openLink(settings, events), {
        changed: () => tellAll(shared),
        tallied: (tally) => reporterOf(shared)?.tell({ step: 'tally', tally }),
      }),
    };
    this.#stores.set(key, shared);
    return shared;
  }

  /** All users of a thread that is no more: their ids begin with `prefix`. */
  forget(prefix: string): void {
    for (const id of [...this.#users.keys()]) if (id.startsWith(prefix)) this.#leave(id);
  }

  #leave(id: string): void {
    const known = this.#users.get(id);
    if (known === undefined) return;
    this.#users.delete(id);
    const { shared, user } = known;
    const reported = reporterOf(shared) === user;
    shared.users.delete(user);
    if (shared.users.size === 0) setTimeout(() => this.#closeUnused(), LINGER).unref();
    else if (reported) tellAll(shared);
  }

  #closeUnused(): void {
    for (const [key, { users, store }] of this.#stores) {
      if (users.size > 0) continue;
      this.#stores.delete(key);
      store.close();
    }
  }

  #serve(id: string, batch: Uint8Array): void {
    const known = this.#users.get(id);
    if (known === undefined) return;
    const { store } = known.shared;
    for (const { operation, number, question, payload } of readRequests(batch)) {
      if (operation === GET) void this.#get(known.user, store, number, question);
      else store.put(question, number, payload);
    }
  }

  async #get(user: User, store: RedisStore, id: number, question: Uint8Array): Promise<void> {
    const { status, remaining, payload } = await store.get(question);
    reply(user, writeReply(id, status, remaining, payload));
  }

  close(): void {
    this.#closed = true;
    for (const { store } of this.#stores.values()) store.close();
    this.#stores.clear();
    this.#users.clear();
  }
}

/** Replies of one wake-up go together: Redis' answers come many in a packet. */
function reply(user: User, octets: Uint8Array): void {
  user.replies.push(octets);
  if (user.replies.length > 1) return;
  setImmediate(() => {
    const { replies } = user;
    user.replies = [];
    user.tell({ step: 'replies', batch: joinReplies(replies) });
  });
}

function reporterOf({ users }: SharedStore): User | undefined {
  const [first] = users;
  return first;
}

function tellAll(shared: SharedStore): void {
  for (const user of shared.users) tellState(shared, user);
}

function tellState(shared: SharedStore, user: User): void {
  const { state, why } = shared.store;
  user.tell({ step: 'state', state, reporter: reporterOf(shared) === user, why });
}
