// The HTTP side as a whole: start, reload, refusals and the end, over real sockets.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { readExposition } from '#ops/metrics/testing.ts';
import { type HttpPlan, NOTHING } from './plan.ts';
import { HttpServers } from './servers.ts';
import { ask, freePort, KeptLog, newRegistry, occupy, said, until } from './testing.ts';

const linux = { skip: process.platform !== 'linux' };
const at = (port: number): string => `127.0.0.1:${port}`;
const health = (address: string, lameduck = 0): HttpPlan['health'] => [{ address, lameduck }];
const ready = (address: string): HttpPlan['ready'] => [{ address, monitor: 'until-ready' }];

describe('HttpServers', () => {
  let log: KeptLog;
  let servers: HttpServers;
  let a = 0;
  let b = 0;
  let c = 0;
  beforeEach(async () => {
    log = new KeptLog();
    servers = new HttpServers({ log, metrics: newRegistry() });
    a = await freePort();
    b = await freePort();
    c = await freePort();
  });
  afterEach(() => servers.close());

  /** The three endpoints, one address each. */
  const all = (lameduck = 0): HttpPlan => {
    const participants = [{ name: 'kubernetes', ready: () => true }];
    return {
      ...NOTHING,
      health: health(at(a), lameduck),
      ready: ready(at(b)),
      prometheus: [{ address: at(c) }],
      participants,
    };
  };

  test('each endpoint on its address, and nothing else there', async () => {
    await servers.apply(all());
    assert.equal(await said(a, '/health'), '200 OK');
    assert.equal(await said(b, '/ready'), '200 OK');
    assert.equal(await said(a, '/ready'), '404 404 page not found\n');
    assert.equal(await said(b, '/metrics'), '404 404 page not found\n');
    const families = readExposition((await ask(c, '/metrics')).body.toString());
    for (const name of ['coredns_health_request_duration_seconds', 'coredns_health_request_failures_total'])
      assert.ok(families.has(name), name);
    assert.deepEqual(log.lines, []);
  });

  test('directives that name the same address share a server', async () => {
    const plan: HttpPlan = {
      ...NOTHING,
      health: [...health(at(a)), ...health(at(a))],
      ready: [...ready(at(a)), ...ready(at(b))],
      prometheus: [{ address: at(a) }],
      participants: [{ name: 'kubernetes', ready: () => false }],
    };
    await servers.apply(plan);
    assert.equal(await said(a, '/health'), '200 OK');
    assert.equal(await said(a, '/ready'), '503 kubernetes');
    assert.equal(await said(b, '/ready'), '503 kubernetes');
    assert.equal((await ask(a, '/metrics')).status, 200);
  });

  test('port 0 is what the system gives', async () => {
    await servers.apply({ ...NOTHING, health: health('127.0.0.1:0') });
    assert.equal(await said(servers.port('127.0.0.1:0') ?? 0, '/health'), '200 OK');
    assert.equal(servers.port(':1'), undefined);
  });

  describe('an address that another program has', () => {
    let taken: Awaited<ReturnType<typeof occupy>>;
    beforeEach(async () => {
      taken = await occupy('127.0.0.1');
    });
    afterEach(() => taken.server.close());
    const inUse = (): string => `listen tcp ${at(taken.port)}: bind: address already in use`;

    test('health: refused, and nothing has changed', async () => {
      await servers.apply({ ...NOTHING, health: health(at(a)) });
      const plan = { ...all(), health: [...health(at(b)), ...health(at(taken.port))] };
      await assert.rejects(servers.apply(plan), { name: 'ListenError', message: inUse() });
      assert.equal(await said(a, '/health'), '200 OK');
      for (const port of [b, c]) await assert.rejects(ask(port, '/ready'), { code: 'ECONNREFUSED' });
    });

    test('prometheus: an error in the log, the rest is served', async () => {
      await servers.apply({ ...all(), prometheus: [{ address: at(taken.port) }] });
      assert.deepEqual(log.lines, [`[ERROR] Failed to start metrics handler: ${inUse()}`]);
      assert.equal(await said(a, '/health'), '200 OK');
    });

    test('prometheus: tried again by the next reload', async () => {
      const plan = { ...NOTHING, prometheus: [{ address: at(taken.port) }] };
      await servers.apply(plan);
      await new Promise((resolve) => taken.server.close(resolve));
      await servers.apply(plan);
      assert.equal((await ask(taken.port, '/metrics')).status, 200);
    });

    test('ready: a warning, the rest is served', async () => {
      await servers.apply({ ...all(), ready: ready(at(taken.port)) });
      assert.deepEqual(log.lines, [`[WARNING] plugin/ready: ${inUse()}`]);
      assert.equal(await said(a, '/health'), '200 OK');
    });
  });

  describe('an address that cannot be', () => {
    const rows: { name: string; plan: HttpPlan; error?: RegExp; line?: string }[] = [
      {
        name: 'health',
        plan: { ...NOTHING, health: health(':99999') },
        error: /^listen tcp: address 99999: invalid port$/,
      },
      {
        name: 'prometheus',
        plan: { ...NOTHING, prometheus: [{ address: ':99999' }] },
        line: '[ERROR] Failed to start metrics handler: listen tcp: address 99999: invalid port',
      },
      {
        name: 'ready',
        plan: { ...NOTHING, ready: ready(':99999') },
        line: '[WARNING] plugin/ready: listen tcp: address 99999: invalid port',
      },
    ];
    for (const row of rows) {
      test(row.name, async () => {
        const applied = servers.apply(row.plan);
        if (row.error !== undefined) await assert.rejects(applied, { name: 'ListenError', message: row.error });
        else await applied;
        assert.deepEqual(log.lines, row.line === undefined ? [] : [row.line]);
      });
    }
  });

  describe('a reload', () => {
    test('keeps what stays, opens what is new, closes what is no longer named', async () => {
      await servers.apply({ ...NOTHING, health: health(at(a)), prometheus: [{ address: at(b) }] });
      await servers.apply({ ...NOTHING, health: health(at(a)), prometheus: [{ address: at(c) }] });
      assert.equal(await said(a, '/health'), '200 OK');
      assert.equal((await ask(c, '/metrics')).status, 200);
      await assert.rejects(ask(b, '/metrics'), { code: 'ECONNREFUSED' });
    });

    test('never loses a scrape of an address that stays, over connections old and new', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const plan = all();
      await servers.apply(plan);
      let over = false;
      const client = async (options: object): Promise<number> => {
        let replies = 0;
        for (; !over || replies === 0; replies++) assert.equal((await ask(c, '/metrics', options)).status, 200);
        return replies;
      };
      const clients = [client({ agent }), client({})];
      for (let i = 0; i < 30; i++) await servers.apply({ ...plan, health: i % 2 === 0 ? [] : plan.health });
      over = true;
      const replies = await Promise.all(clients);
      agent.destroy();
      assert.ok(replies.every((count) => count > 0));
    });

    test('/ready asks the participants of the plan in force', async () => {
      const wait = [{ name: 'kubernetes', ready: () => false }];
      await servers.apply({ ...NOTHING, ready: ready(at(a)) });
      const change = await servers.prepare({ ...NOTHING, ready: ready(at(a)), participants: wait });
      assert.equal(await said(a, '/ready'), '200 OK', 'prepared only');
      change.commit();
      assert.equal(await said(a, '/ready'), '503 kubernetes', 'committed');
    });

    test('given up: nothing has changed', async () => {
      await servers.apply({ ...NOTHING, health: health(at(a)) });
      const change = await servers.prepare({ ...NOTHING, health: health(at(b)) });
      assert.equal(await said(b, '/health'), '200 OK', 'open beside the former one');
      await change.abort();
      await assert.rejects(ask(b, '/health'), { code: 'ECONNREFUSED' });
      assert.equal(await said(a, '/health'), '200 OK');
    });

    test('from one address to the wildcard and back, without a moment in between', linux, async () => {
      for (const address of [at(a), `:${a}`, at(a)]) {
        await servers.apply({ ...NOTHING, health: health(address) });
        assert.equal(await said(a, '/health'), '200 OK', address);
      }
    });

    test('without the directives all is closed', async () => {
      await servers.apply(all());
      await servers.apply(NOTHING);
      for (const port of [a, b, c]) await assert.rejects(ask(port, '/'), { code: 'ECONNREFUSED' });
    });
  });

  describe('the end', () => {
    test('/ready refuses at once; /health and /metrics live through the lameduck time', async () => {
      await servers.apply(all(60_000));
      const over = servers.shutdown();
      assert.deepEqual(log.lines, ['[INFO] plugin/health: Going into lameduck mode for 1m0s']);
      await assert.rejects(ask(b, '/ready'), { code: 'ECONNREFUSED' });
      assert.equal(await said(a, '/health'), '200 OK');
      assert.equal((await ask(c, '/metrics')).status, 200);
      await servers.close();
      await over;
      for (const port of [a, b, c]) await assert.rejects(ask(port, '/'), { code: 'ECONNREFUSED' });
    });

    test('/ready on a shared address says that it is over', async () => {
      const plan = { ...NOTHING, health: health(at(a), 60_000), ready: ready(at(a)) };
      await servers.apply(plan);
      const over = servers.shutdown();
      assert.equal(await said(a, '/ready'), '503 Shutting down');
      assert.equal(await said(a, '/health'), '200 OK');
      await servers.close();
      await over;
    });

    test('of several lameduck times the longest counts', async () => {
      await servers.apply({ ...NOTHING, health: [...health(at(a), 20), ...health(at(b), 40)] });
      await servers.shutdown();
      assert.deepEqual(log.lines, ['[INFO] plugin/health: Going into lameduck mode for 40ms']);
    });

    test('without lameduck all closes without a word', async () => {
      await servers.apply(all());
      await servers.shutdown();
      assert.deepEqual(log.lines, []);
      await assert.rejects(ask(a, '/health'), { code: 'ECONNREFUSED' });
    });

    test('before anything was opened', async () => {
      await servers.shutdown();
    });
  });

  test('the endpoint asks itself within about a second', async () => {
    const registry = newRegistry();
    const probed = new HttpServers({ log, metrics: registry });
    await probed.apply({ ...NOTHING, health: health(at(a)) });
    let count = 0;
    const look = setInterval(async () => {
      const family = readExposition(await registry.render()).get('coredns_health_request_duration_seconds');
      count = family?.samples.at(-1)?.value ?? 0;
    }, 20);
    await until(() => count > 0);
    clearInterval(look);
    await probed.close();
    assert.deepEqual(log.lines, []);
  });
});
