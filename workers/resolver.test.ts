// Real threads: plans prepared, brought into force, given up; threads that die and come back; the end.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ThreadEvent } from './messages.ts';
import { datagrams, freePort } from './net/rig.ts';
import type { Plan } from './plugins/plan.ts';
import { Resolver } from './resolver.ts';
import { encodeQuestion } from './testing/case.ts';
import { decodeAnswer } from './testing/decoded.ts';
import { listenerPlan, testPlan, testSegments } from './testing/plan.ts';
import { until } from './testing/upstream.ts';

/** A resolver and what it said. */
class Rig {
  readonly events: ThreadEvent[] = [];
  readonly resolver: Resolver;

  constructor(plan: Plan, threads = 1, restart = false) {
    const indexes = Array.from({ length: threads }, (_, i) => i + 1);
    const segments = testSegments(threads);
    const start = { indexes, segments, plan, restart, backoffMin: 10, backoffMax: 40 };
    this.resolver = new Resolver(start, (event) => this.events.push(event));
  }

  /** Waits for that many events of the kind. */
  async heard(kind: ThreadEvent['kind'], count = 1): Promise<ThreadEvent[]> {
    const some = (): ThreadEvent[] => this.events.filter((event) => event.kind === kind);
    await until(() => some().length >= count, `${count} times ${kind}, got ${JSON.stringify(this.events)}`, 10_000);
    return some();
  }

  async apply(plan: Plan, threads = 1): Promise<void> {
    const [prepared, serving] = (['prepared', 'serving'] as const).map(
      (kind) => this.events.filter((event) => event.kind === kind).length,
    );
    this.resolver.command({ kind: 'prepare', plan });
    await this.heard('prepared', prepared + threads);
    this.resolver.command({ kind: 'commit', version: plan.version });
    await this.heard('serving', serving + threads);
  }

  async begin(threads = 1): Promise<void> {
    await this.heard('prepared', threads);
    this.resolver.command({ kind: 'commit', version: 1 });
    await this.heard('serving', threads);
  }
}

const question = encodeQuestion({ name: 'who.test.', type: 'A' });
const ask = async (port: number): Promise<string> =>
  decodeAnswer((await datagrams(port, [question], 1, 2000))[0]).rcode;
const silent = (port: number): Promise<void> => assert.rejects(datagrams(port, [question], 1, 80));

describe('a plan', () => {
  it('is prepared, comes into force, is exchanged, and ends', async () => {
    const [a, b] = [await freePort(), await freePort()];
    const rig = new Rig(testPlan(1, [listenerPlan(a)]), 2);
    await rig.begin(2);
    assert.equal(await ask(a), 'NOERROR');
    await rig.apply(testPlan(2, [listenerPlan(a, []), listenerPlan(b)]), 2);
    assert.deepEqual([await ask(a), await ask(b)], ['REFUSED', 'NOERROR']);
    await rig.apply(testPlan(3, [listenerPlan(b)]), 2);
    assert.equal(await ask(b), 'NOERROR');
    await silent(a);
    await rig.resolver.stop(1000);
    await rig.heard('stopped', 2);
    await silent(b);
  });

  it('that cannot be is refused with its reason, and nothing changes', async () => {
    const [a, b] = [await freePort(), await freePort()];
    const rig = new Rig(testPlan(1, [listenerPlan(a)]));
    await rig.begin();
    const unknown = listenerPlan(b, [{ name: 'nobody', options: {}, slots: null }]);
    rig.resolver.command({ kind: 'prepare', plan: testPlan(2, [listenerPlan(a, []), unknown]) });
    const [, refused] = await rig.heard('prepared', 2);
    assert.deepEqual(refused, { kind: 'prepared', thread: 1, version: 2, error: 'plugin/nobody: has no handler' });
    rig.resolver.command({ kind: 'abort', version: 2 });
    assert.equal(await ask(a), 'NOERROR');
    await silent(b);
    await rig.resolver.stop(0);
  });

  it('that was given up leaves no sockets behind; a commit of it does nothing', async () => {
    const [a, b] = [await freePort(), await freePort()];
    const rig = new Rig(testPlan(1, [listenerPlan(a)]));
    await rig.begin();
    rig.resolver.command({ kind: 'prepare', plan: testPlan(2, [listenerPlan(a, []), listenerPlan(b)]) });
    await rig.heard('prepared', 2);
    rig.resolver.command({ kind: 'abort', version: 2 });
    rig.resolver.command({ kind: 'commit', version: 1 });
    await rig.heard('serving', 2);
    assert.equal(await ask(a), 'NOERROR');
    await silent(b);
    await rig.resolver.stop(0);
  });
});

describe('a thread that dies', () => {
  it('is started again with the plan in force, and says so', async () => {
    const [a, b] = [await freePort(), await freePort()];
    const rig = new Rig(testPlan(1, [listenerPlan(a)]));
    await rig.begin();
    await rig.apply(testPlan(2, [listenerPlan(b)]));
    await rig.resolver.kill(1);
    const [died] = await rig.heard('died');
    assert.ok(died.kind === 'died' && died.thread === 1 && died.retryIn >= 10);
    await rig.heard('serving', 3);
    assert.equal(await ask(b), 'NOERROR');
    await rig.resolver.stop(0);
  });

  it('leaves the others alone', async () => {
    const port = await freePort();
    const rig = new Rig(testPlan(1, [listenerPlan(port)]), 2);
    await rig.begin(2);
    await rig.resolver.kill(2);
    await rig.heard('died');
    await rig.heard('serving', 3);
    assert.equal(await ask(port), 'NOERROR');
    await rig.resolver.stop(0);
  });

  it('is not started again once the end has come', async () => {
    const rig = new Rig(testPlan(1, [listenerPlan(await freePort())]));
    await rig.begin();
    await rig.resolver.kill(1);
    await rig.heard('died');
    await rig.resolver.stop(0);
    const events = rig.events.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(rig.events.length, events);
  });
});

it('a resolver that is started in place of a dead one serves without being told', async () => {
  const port = await freePort();
  const rig = new Rig(testPlan(7, [listenerPlan(port)]), 1, true);
  await rig.heard('serving');
  assert.equal(await ask(port), 'NOERROR');
  await rig.resolver.stop(0);
});
