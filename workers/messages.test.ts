// Every message survives the way to a real worker and back: what is added to a message has to be plain data.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Command, ResolverCommand, ResolverStart, ThreadEvent, ThreadStart } from './messages.ts';
import { listenerPlan, testPlan, testSegments } from './testing/plan.ts';

const segments = testSegments(2);
const plan = testPlan(3, [
  listenerPlan(5353),
  listenerPlan(5354, [{ name: 'forward', options: { rules: [{ from: '.', except: [] }] }, slots: { waiting: [7] } }]),
]);
const start: ThreadStart = { index: 1, segments, plan };
const resolver: ResolverStart = { indexes: [1, 2], segments, plan, restart: false, backoffMin: 100, backoffMax: 1000 };

/** One of every kind; the compiler says when one is missing. */
const COMMANDS: { readonly [Kind in ResolverCommand['kind']]: Extract<ResolverCommand, { kind: Kind }> } = {
  prepare: { kind: 'prepare', plan },
  commit: { kind: 'commit', version: 3 },
  abort: { kind: 'abort', version: 3 },
  stop: { kind: 'stop', drain: 5000 },
  start: { kind: 'start', start: resolver },
  kill: { kind: 'kill', thread: 2 },
  transfer: {
    kind: 'transfer',
    thread: 2,
    transfer: 7,
    told: {
      step: 'envelope',
      envelope: { octets: Uint8Array.of(192, 12), records: 1, plainSize: 60 },
      last: true,
      current: false,
      serial: 1,
    },
  },
  probe: { kind: 'probe', thread: 2, path: '. 192.0.2.1:53', name: '1.2.' },
} satisfies Record<Command['kind'] | 'start' | 'kill' | 'transfer' | 'probe', ResolverCommand>;
const EVENTS: { readonly [Kind in ThreadEvent['kind']]: Extract<ThreadEvent, { kind: Kind }> } = {
  prepared: { kind: 'prepared', thread: 1, version: 3, error: 'Listen: listen tcp :53: bind: permission denied' },
  serving: { kind: 'serving', thread: 1, version: 3 },
  behind: { kind: 'behind', thread: 1, version: 3 },
  stopped: { kind: 'stopped', thread: 1 },
  died: { kind: 'died', thread: 1, error: 'a bug', retryIn: 100 },
  loop: { kind: 'loop', thread: 1, source: '127.0.0.1:1', listener: 'dns://:53', zone: '.', name: '1.2.' },
  probed: { kind: 'probed', thread: 1, name: '1.2.', answered: true },
  transfer: {
    kind: 'transfer',
    thread: 1,
    transfer: 7,
    ask: { step: 'open', image: 'kubernetes:1', zone: Uint8Array.of(0), since: 0 },
  },
  level: { kind: 'level', thread: 1, level: 2, ask: { step: 'batch', batch: Uint8Array.of(1, 2) } },
  fatal: { kind: 'fatal', thread: -1, line: 'no' },
};

const ECHO = `
import { workerData } from 'node:worker_threads';
workerData.on('message', (message) => workerData.postMessage(message));
`;

describe('through a MessageChannel to a worker and back', () => {
  let worker: Worker;
  let port: MessagePort;
  before(() => {
    const { port1, port2 } = new MessageChannel();
    port = port1;
    worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(ECHO)}`), {
      workerData: port2,
      transferList: [port2],
    });
  });
  after(async () => {
    port.close();
    await worker.terminate();
  });

  const there = (message: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      port.once('message', resolve);
      worker.once('error', reject);
      port.postMessage(message);
    });
  const messages = [...Object.values(COMMANDS), ...Object.values(EVENTS), start];
  for (const message of messages)
    it('kind' in message ? message.kind : 'the start of a thread', async () => {
      assert.deepEqual(structuredClone(message), message);
      assert.deepEqual(await there(message), message);
    });
});
