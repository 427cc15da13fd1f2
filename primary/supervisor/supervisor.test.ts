// Real resolvers, as processes and as threads of the primary: start, a plan that cannot be, restarts, the end.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LevelLogger } from '#ops/log/logger.ts';
import type { ThreadEvent } from '#workers/messages.ts';
import { datagrams, freePort } from '#workers/net/rig.ts';
import type { Plan } from '#workers/plugins/plan.ts';
import { encodeQuestion } from '#workers/testing/case.ts';
import { decodeAnswer } from '#workers/testing/decoded.ts';
import { listenerPlan, testPlan, testSegments } from '#workers/testing/plan.ts';
import { until } from '#workers/testing/upstream.ts';
import { Supervisor } from './supervisor.ts';

class KeptLog extends LevelLogger {
  readonly lines: string[] = [];
  override write(level: string, scope: string, text: string): void {
    this.lines.push(`${level}${scope}${text}`);
  }
}

interface Rig {
  readonly supervisor: Supervisor;
  readonly log: KeptLog;
  /** What threads reported that is not the supervisor's own business. */
  readonly events: readonly ThreadEvent[];
}

async function withSupervisor(processes: number, act: (rig: Rig) => Promise<void>, threads = 1): Promise<void> {
  const log = new KeptLog();
  const events: ThreadEvent[] = [];
  const supervisor = new Supervisor({
    processes,
    threads,
    segments: testSegments(threads * Math.max(1, processes)),
    backoffMin: 10,
    backoffMax: 40,
    log,
    onEvent: (event) => events.push(event),
    onDeath: () => undefined,
  });
  try {
    await act({ supervisor, log, events });
  } finally {
    await supervisor.stop(0);
  }
}

const question = encodeQuestion({ name: 'who.test.', type: 'A' });
const ask = async (port: number): Promise<string> =>
  decodeAnswer((await datagrams(port, [question], 1, 5000))[0]).rcode;
const planOf = (version: number, port: number): Plan => testPlan(version, [listenerPlan(port)]);
const broken = (version: number, port: number): Plan =>
  testPlan(version, [listenerPlan(port, []), listenerPlan(port + 1, [{ name: 'nobody', options: {}, slots: null }])]);

for (const [name, processes] of [
  ['threads of the primary', 0],
  ['a process', 1],
] as const) {
  describe(`Supervisor with ${name}`, () => {
    it('has probes sent by one thread after the other, when there is one', async () => {
      await withSupervisor(
        processes,
        async ({ supervisor, events }) => {
          const order = { path: '. 192.0.2.1:53', name: '1.2.' };
          assert.equal(supervisor.probe(order), false);
          await supervisor.start(testPlan(1, []));
          for (let i = 0; i < 4; i++) assert.equal(supervisor.probe(order), true);
          await until(() => events.length === 4, 'four reports');
          const probed = events.map(
            (event) => event.kind === 'probed' && `${event.thread} ${event.name} ${event.answered}`,
          );
          assert.deepEqual(probed.sort(), ['1 1.2. false', '1 1.2. false', '2 1.2. false', '2 1.2. false']);
        },
        2,
      );
    });

    it('starts, applies, changes nothing for a plan that cannot be, and stops', async () => {
      const [a, b] = [await freePort(), await freePort()];
      await withSupervisor(processes, async ({ supervisor }) => {
        await supervisor.start(planOf(1, a));
        assert.equal(supervisor.pids.length, processes);
        assert.equal(await ask(a), 'NOERROR');
        await assert.rejects(supervisor.apply(broken(2, a)), /plugin\/nobody: has no handler/);
        assert.equal(await ask(a), 'NOERROR');
        await supervisor.apply(planOf(3, b));
        assert.equal(await ask(b), 'NOERROR');
        await supervisor.stop(500);
        await assert.rejects(datagrams(b, [question], 1, 60));
      });
    });

    it('a start that cannot be ends everything again', async () => {
      await withSupervisor(processes, async ({ supervisor }) => {
        await assert.rejects(supervisor.start(broken(1, await freePort())), /plugin\/nobody: has no handler/);
        await until(() => supervisor.pids.every((pid) => !isAlive(pid)), 'nobody is left');
      });
    });

    it('a thread that dies comes back with the plan in force', async () => {
      const [a, b] = [await freePort(), await freePort()];
      await withSupervisor(processes, async ({ supervisor, log }) => {
        await supervisor.start(planOf(1, a));
        await supervisor.apply(planOf(2, b));
        supervisor.killThread(1);
        await until(() => log.lines.some((line) => line.includes('thread 1 died')), 'it died', 5000);
        await eventually(() => ask(b));
        await supervisor.apply(planOf(3, a));
        assert.equal(await ask(a), 'NOERROR');
      });
    });
  });
}

describe('Supervisor with two processes', () => {
  it('gives every thread an index of its own', () =>
    withSupervisor(
      2,
      async ({ supervisor }) => {
        assert.deepEqual(supervisor.threads, [1, 2, 3, 4]);
      },
      2,
    ));

  it('one that is killed comes back, and takes part in the next plan', async () => {
    const [a, b] = [await freePort(), await freePort()];
    await withSupervisor(2, async ({ supervisor, log }) => {
      await supervisor.start(planOf(1, a));
      const [first, second] = supervisor.pids;
      process.kill(first, 'SIGKILL');
      await until(() => supervisor.pids.length === 2 && !supervisor.pids.includes(first), 'another one', 8000);
      assert.ok(supervisor.pids.includes(second));
      assert.match(log.lines[0], /resolver process ended: SIGKILL; restarting in 10ms/);
      await supervisor.apply(planOf(2, b));
      assert.equal(await ask(b), 'NOERROR');
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Tries again for some seconds: datagrams that nobody was there for are lost. */
async function eventually(act: () => Promise<string>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      assert.equal(await act(), 'NOERROR');
      return;
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}
