// Who is asked, who is asked again, and what is said.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Readiness, type ReadyMonitor } from './readiness.ts';
import { KeptLog, said } from './testing.ts';

/** For each request: the participants that say they are ready, and what is answered. */
interface Step {
  readonly ready: readonly string[];
  readonly want: string;
}

const ROWS: { name: string; monitor: ReadyMonitor; participants: string[]; bound?: 'later'; steps: Step[] }[] = [
  { name: 'nobody to ask', monitor: 'until-ready', participants: [], steps: [{ ready: [], want: '200 OK' }] },
  {
    name: 'one that becomes ready',
    monitor: 'until-ready',
    participants: ['kubernetes'],
    steps: [
      { ready: [], want: '503 kubernetes' },
      { ready: ['kubernetes'], want: '200 OK' },
    ],
  },
  {
    name: 'names are sorted; two blocks with the same plugin are two names',
    monitor: 'until-ready',
    participants: ['kubernetes', 'erratic', 'kubernetes'],
    steps: [{ ready: [], want: '503 erratic,kubernetes,kubernetes' }],
  },
  {
    name: 'until-ready does not ask again, one by one',
    monitor: 'until-ready',
    participants: ['a', 'b'],
    steps: [
      { ready: ['a'], want: '503 b' },
      { ready: [], want: '503 b' },
      { ready: ['b'], want: '200 OK' },
      { ready: [], want: '200 OK' },
    ],
  },
  {
    name: 'continuously asks again',
    monitor: 'continuously',
    participants: ['a', 'b'],
    steps: [
      { ready: ['a'], want: '503 b' },
      { ready: ['b'], want: '503 a' },
      { ready: ['a', 'b'], want: '200 OK' },
      { ready: [], want: '503 a,b' },
    ],
  },
  {
    name: 'sockets that are not bound are told when no plugin has to be waited for',
    monitor: 'until-ready',
    participants: ['kubernetes'],
    bound: 'later',
    steps: [
      { ready: [], want: '503 kubernetes' },
      { ready: ['kubernetes'], want: '503 bind' },
      { ready: ['kubernetes', 'sockets'], want: '200 OK' },
    ],
  },
  {
    name: 'sockets that are not bound and nobody else to ask',
    monitor: 'continuously',
    participants: [],
    bound: 'later',
    steps: [
      { ready: [], want: '503 bind' },
      { ready: ['sockets'], want: '200 OK' },
    ],
  },
];

describe('Readiness', () => {
  let server: Server;
  let port = 0;
  let readiness: Readiness;
  before(async () => {
    server = createServer((_, response) => readiness.handle(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address !== null && typeof address !== 'string') port = address.port;
  });
  after(() => server.close());

  for (const row of ROWS) {
    test(row.name, async () => {
      const log = new KeptLog();
      let ready: readonly string[] = [];
      const participants = row.participants.map((name) => ({ name, ready: () => ready.includes(name) }));
      readiness = new Readiness(
        participants,
        row.monitor,
        log,
        () => row.bound !== 'later' || ready.includes('sockets'),
      );
      for (const step of row.steps) {
        ready = step.ready;
        log.lines.length = 0;
        assert.equal(await said(port, '/ready'), step.want);
        const [status, names] = step.want.split(' ');
        const lines = status === '503' ? [`[INFO] plugin/ready: Plugins not ready: "${names}"`] : [];
        assert.deepEqual(log.lines, lines);
      }
    });
  }
});
