// The health endpoint's question to itself: what is counted and what is reported.

import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { describe, test } from 'node:test';
import { readExposition } from '#ops/metrics/testing.ts';
import { HealthProbe, type ProbeTimes, REQUEST_DURATION, REQUEST_FAILURES } from './health-probe.ts';
import { freePort, KeptLog, newRegistry, until } from './testing.ts';

const TIMES: ProbeTimes = { interval: 2, timeout: 5000, slow: 5000 };

interface Counts {
  readonly questions: number;
  readonly failures: number;
}

async function countsOf(registry: { render(): Promise<string> }): Promise<Counts> {
  const families = readExposition(await registry.render());
  const value = (family: string, name: string): number =>
    families.get(family)?.samples.find((sample) => sample.name === name)?.value ?? 0;
  return {
    questions: value(REQUEST_DURATION.name, `${REQUEST_DURATION.name}_count`),
    failures: value(REQUEST_FAILURES.name, REQUEST_FAILURES.name),
  };
}

describe('HealthProbe', () => {
  const rows: {
    name: string;
    handle: RequestListener;
    times: ProbeTimes;
    address: string;
    line?: RegExp;
    fails: boolean;
  }[] = [
    {
      name: 'a server that answers: counted, and nothing to report',
      handle: (_, response) => response.end('OK'),
      times: TIMES,
      address: ':8080',
      fails: false,
    },
    {
      name: 'a server that is slow',
      handle: (_, response) => setTimeout(() => response.end('OK'), 12),
      times: { ...TIMES, slow: 10 },
      address: '0.0.0.0:8080',
      line: /^\[WARNING\] plugin\/health: Local health request to "http:\/\/0\.0\.0\.0:8080\/health" took more than 10ms: \d+ms$/,
      fails: false,
    },
    {
      name: 'a server that never answers',
      handle: () => undefined,
      times: { ...TIMES, timeout: 30 },
      address: 'localhost:8080',
      line: /Local health request to "http:\/\/localhost:8080\/health" failed: Get "http:\/\/localhost:8080\/health": no answer within 30ms$/,
      fails: true,
    },
    {
      name: 'a server that hangs up',
      handle: (request) => request.socket.destroy(),
      times: TIMES,
      address: '127.0.0.1:8080',
      line: /failed: Get "http:\/\/127\.0\.0\.1:8080\/health": socket hang up$/,
      fails: true,
    },
    {
      name: 'a server that hangs up within its answer',
      handle: (request, response) => {
        response.writeHead(200, { 'Content-Length': 2 });
        response.write('O', () => request.socket.destroy());
      },
      times: TIMES,
      address: ':8080',
      line: /failed: Get "http:\/\/:8080\/health": the answer broke off$/,
      fails: true,
    },
  ];
  for (const row of rows) {
    test(row.name, async () => {
      const log = new KeptLog();
      const registry = newRegistry();
      let asked = 0;
      const server = createServer((request, response) => {
        asked++;
        row.handle(request, response);
      });
      await new Promise<void>((resolve) => server.listen(0, resolve));
      const address = server.address();
      const port = address === null || typeof address === 'string' ? 0 : address.port;
      const probe = new HealthProbe({ address: row.address, port: () => port }, registry, log, row.times);
      probe.start();
      await until(() => asked >= 3);
      probe.stop();
      server.close();
      server.closeAllConnections();
      const { questions, failures } = await countsOf(registry);
      assert.ok(questions >= 2, `${questions} questions`);
      assert.equal(failures, row.fails ? questions : 0);
      assert.equal(log.lines.length, row.line === undefined ? 0 : questions);
      for (const line of log.lines) assert.match(line, row.line ?? /never/);
    });
  }

  test('nobody listens', async () => {
    const log = new KeptLog();
    const port = await freePort();
    const probe = new HealthProbe({ address: `:${port}`, port: () => port }, newRegistry(), log, TIMES);
    probe.start();
    await until(() => log.lines.length > 0);
    probe.stop();
    const url = `http://:${port}/health`;
    const want = `[WARNING] plugin/health: Local health request to "${url}" failed: Get "${url}": connect ECONNREFUSED`;
    assert.ok(log.lines[0].startsWith(want), log.lines[0]);
  });

  test('a question under way when it is stopped is neither counted nor reported', async () => {
    const log = new KeptLog();
    const registry = newRegistry();
    let asked = 0;
    const server = createServer(() => asked++);
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const address = server.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    const probe = new HealthProbe({ address: ':1', port: () => port }, registry, log, TIMES);
    probe.start();
    await until(() => asked > 0);
    probe.stop();
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual([await countsOf(registry), log.lines], [{ questions: 0, failures: 0 }, []]);
  });
});
