// Notes between replicas, through a real Redis.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NO_REDIS, TestRedis } from '#redis/testing/server.ts';
import { testSettings, until } from '#redis/testing/settings.ts';
import { LoopFleet } from './fleet.ts';

const NAME = '4547991504243258144.3688648895315093531.example.org.';

/** No name is noted twice. */
let serial = 0;

describe('a fleet', { skip: NO_REDIS }, () => {
  let redis: TestRedis;
  before(async () => {
    redis = await TestRedis.start();
  });
  after(() => redis.stop());

  async function withFleets(
    changes: Parameters<typeof testSettings>[1][],
    body: (...fleets: LoopFleet[]) => Promise<void>,
  ): Promise<void> {
    const fleets = changes.map((change) => new LoopFleet(testSettings(redis.port, change)));
    try {
      await body(...fleets);
    } finally {
      for (const fleet of fleets) fleet.close();
    }
  }

  /** Notes are given up while there is no connection, and written when there is time: leaves them until one is found, and returns its name. */
  async function delivered(from: LoopFleet, to: LoopFleet): Promise<string> {
    const names: string[] = [];
    return until(async () => {
      const name = `${serial++}.${NAME}`;
      names.push(name);
      from.note(name);
      for (const candidate of names.slice(-4)) if (await to.hasNote(candidate)) return candidate;
      return false;
    });
  }

  it('finds notes that another replica has left', () =>
    withFleets([{}, {}], async (one, other) => {
      await delivered(one, other);
      assert.equal(await other.hasNote(NAME), false, 'this one nobody has seen');
    }));

  it('does not find those of other keys and of other upstreams', () =>
    withFleets([{}, {}, { fleetKey: 'another key, also long enough' }, { policy: 'other' }], async (one, ...others) => {
      const [same, stranger, different] = others;
      await delivered(stranger, stranger);
      await delivered(different, different);
      const name = await delivered(one, same);
      assert.equal(await same.hasNote(name), true);
      assert.equal(await stranger.hasNote(name), false);
      assert.equal(await different.hasNote(name), false);
    }));

  it('says no when Redis is away', () =>
    withFleets(
      [{ topology: { kind: 'single', endpoint: { host: '127.0.0.1', port: 1 }, readEndpoints: [] } }],
      async (fleet) => {
        fleet.note(NAME);
        assert.equal(await fleet.hasNote(NAME), false);
      },
    ));
});
