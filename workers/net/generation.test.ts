// What one plan means in one thread: chains by block, and nothing left behind when one of them cannot be.

import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { coreSlots } from '../chain/core-metrics.ts';
import { EndpointReport } from '../chain/report.ts';
import { HANDLERS } from '../plugins/handlers.ts';
import type { BlockPlan, PluginPlan } from '../plugins/plan.ts';
import { listenerPlan, WHOAMI } from '../testing/plan.ts';
import { NamedSlots } from '../testing/slots.ts';
import { TEST_SEED, TestThread } from '../testing/thread.ts';
import { buildEndpoint, type EndpointParts } from './generation.ts';

const { host } = new TestThread();
const ERRORS: PluginPlan = {
  name: 'errors',
  options: {
    stacktrace: false,
    consolidate: [{ period: 3_600_000, pattern: 'x', level: 'error', showFirst: false }],
  },
  slots: null,
};
const NOBODY: PluginPlan = { name: 'nobody', options: {}, slots: null };

function build(blocks: readonly BlockPlan[]): Promise<EndpointParts> {
  const plan = { ...listenerPlan(53), blocks };
  const report = new EndpointReport(coreSlots(new NamedSlots(), plan.server), plan.server, host);
  return buildEndpoint(plan, TEST_SEED, host, { complete: () => undefined }, report);
}
const block = (zones: readonly string[], ...chain: readonly PluginPlan[]): BlockPlan => ({
  zones,
  blockZones: ['first.', ...zones],
  chain,
  block: 0,
});

describe('buildEndpoint', () => {
  it('one chain a block, whatever its zones, handlers in their order', async () => {
    const { dispatch } = await build([block(['a.', 'b.'], ERRORS, WHOAMI), block(['c.'], WHOAMI)]);
    const chains = [...dispatch.chains()];
    assert.deepEqual(
      chains.map(({ handlers }) => handlers.length),
      [2, 1],
    );
    for (const chain of chains) chain.close();
  });
  it('a listener without blocks is one that serves nobody', async () => {
    assert.equal((await build([])).dispatch.chains().size, 0);
  });
  const wrong: readonly [name: string, blocks: readonly BlockPlan[]][] = [
    ['behind others of its chain', [block(['a.'], ERRORS, NOBODY)]],
    ['in a later block', [block(['a.'], ERRORS, WHOAMI), block(['b.'], NOBODY)]],
  ];
  for (const [name, blocks] of wrong)
    it(`a plugin without a handler ${name}: an error, and what was built is closed`, async () => {
      const { build: make } = await HANDLERS['errors']();
      const scope = { server: '', zones: [], blockZones: [] };
      const close = mock.method(Object.getPrototypeOf(make(ERRORS, host, scope)), 'close');
      await assert.rejects(build(blocks), /^Error: plugin\/nobody: has no handler$/);
      assert.equal(close.mock.callCount(), 1);
      close.mock.restore();
    });
});
