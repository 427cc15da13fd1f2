// What dies is started again, and its siblings answer meanwhile.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Log } from '#ops/log/log.ts';
import type { Sink } from '#ops/log/sink.ts';
import { loadTuning } from '../config/load.ts';
import { Shoal } from '../server.ts';
import { ask, childrenOf, freePort, isAlive, TestServer, until } from './harness.ts';
import { get, scrape, sum } from './http.ts';
import { rcodeOf, SteadyLoad } from './load.ts';

const COREFILE = `.:{PORT} {
    errors
    prometheus 127.0.0.1:{PORT2}
    ready 127.0.0.1:{PORT3}
    hosts {
        192.0.2.1 a.test
        fallthrough
    }
    whoami
}
`;
/** A client that asks three times, as stub resolvers do. */
const STUB = { name: 'a.test', retries: 2, timeout: 500 } as const;

/** Waits until another resolver has taken the place of one that died. */
async function replaced(server: TestServer, dead: number, count: number): Promise<void> {
  await until(
    () => server.resolvers.length === count && !server.resolvers.includes(dead),
    10_000,
    () => `${count} resolvers without ${dead}: ${server.resolvers.join(' ')}\n${server.stdout}${server.stderr}`,
  );
}

describe('two resolver processes', () => {
  let server: TestServer;
  let load: SteadyLoad;
  before(async () => {
    server = await TestServer.start({ corefile: COREFILE, env: { SHOAL_RESOLVER_PROCESSES: '2' } });
    load = new SteadyLoad({ ...STUB, port: server.port });
  });
  after(async () => {
    await load.stop();
    assert.equal(await server.stop(), 0);
  });

  it('answers go on when one is killed, and it comes back', async () => {
    await load.goOn(50);
    const counted = sum(await scrape(server.ports[1]), 'coredns_dns_requests_total');
    const [victim] = server.resolvers;
    process.kill(victim, 'SIGKILL');
    await load.goOn(50);
    await server.printed(/^\[ERROR\] resolver process ended: SIGKILL; restarting in \d+ms$/m);
    await replaced(server, victim, 2);
    await load.goOn(50);
    assert.deepEqual(load.failures, []);
    assert.ok(
      sum(await scrape(server.ports[1]), 'coredns_dns_requests_total') >= counted,
      'counters outlive a resolver',
    );
    assert.equal((await get(server.ports[2], '/ready'))?.status, 200);
  });

  it('one after the other, each comes back', async () => {
    for (let round = 0; round < 2; round++) {
      const [victim] = server.resolvers;
      process.kill(victim, 'SIGKILL');
      await replaced(server, victim, 2);
      await load.goOn(20);
    }
    assert.deepEqual(load.failures, []);
  });

  it('a resolver that comes back in the middle of a reload serves the new configuration', async () => {
    const [victim] = server.resolvers;
    process.kill(victim, 'SIGKILL');
    server.rewriteCorefile(`${COREFILE}new.test:{PORT} {\n  hosts {\n    192.0.2.2 b.new.test\n  }\n}\n`);
    await until(
      async () => {
        server.signal('SIGUSR1');
        return (await server.ask('b.new.test')).answers?.length === 1;
      },
      10_000,
      () => server.stdout,
    );
    await replaced(server, victim, 2);
    const news = new SteadyLoad({
      ...STUB,
      port: server.port,
      name: 'b.new.test',
      good: (answer) => answer.answers?.length === 1,
    });
    // The newcomer is in the group of sockets as soon as it serves: some hundred ports reach it for sure.
    await news.goOn(300);
    await news.stop();
    assert.deepEqual(news.failures, []);
  });
});

describe('a single resolver process', () => {
  it('is back soon after it was killed, again and again', async () => {
    const server = await TestServer.start({ corefile: COREFILE });
    for (let round = 0; round < 3; round++) {
      const [victim] = server.resolvers;
      process.kill(victim, 'SIGKILL');
      await replaced(server, victim, 1);
      assert.equal(rcodeOf(await server.ask('a.test', 'A', { timeout: 500, retries: 20 })), 0);
    }
    assert.equal(server.stdout.match(/resolver process ended: SIGKILL/g)?.length, 3);
    assert.equal(await server.stop(), 0);
  });

  it('ends by itself when the primary was killed', async () => {
    const server = await TestServer.start({ corefile: COREFILE, env: { SHOAL_RESOLVER_PROCESSES: '2' } });
    const { resolvers } = server;
    assert.equal(resolvers.length, 2);
    await server.stop('SIGKILL');
    await until(
      () => resolvers.every((pid) => !isAlive(pid)),
      10_000,
      () => `the orphans ${resolvers.join(', ')} to end`,
    );
  });
});

describe('threads inside the primary', () => {
  it('answer, reload and end without any other process', async () => {
    const env = { SHOAL_RESOLVER_PROCESSES: '0', SHOAL_RESOLVER_THREADS: '2' };
    const server = await TestServer.start({ corefile: COREFILE, env });
    assert.deepEqual(childrenOf(server.pid), []);
    assert.equal((await server.ask('a.test')).answers?.length, 1);
    assert.equal((await server.ask('a.test', 'A', { tcp: true })).answers?.length, 1);
    server.rewriteCorefile('.:{PORT} {\n  hosts {\n    192.0.2.2 b.test\n  }\n}\n');
    server.signal('SIGUSR1');
    await server.printed(/Reloading complete/);
    assert.equal((await server.ask('b.test')).answers?.length, 1);
    assert.equal(await server.stop(), 0);
  });
});

/** Lines that a server in this process has logged. */
class Lines implements Sink {
  readonly atomicBytes = Number.MAX_SAFE_INTEGER;
  text = '';

  write(bytes: Uint8Array, from: number, to: number): number {
    this.text += Buffer.from(bytes.subarray(from, to)).toString();
    return to - from;
  }
  close(): void {}
}

const layouts: readonly { name: string; processes: string }[] = [
  { name: 'of a resolver process', processes: '1' },
  { name: 'inside the primary', processes: '0' },
];
for (const { name, processes } of layouts)
  describe(`a thread ${name} that dies`, () => {
    const lines = new Lines();
    let shoal: Shoal;
    let load: SteadyLoad;
    before(async () => {
      const port = await freePort();
      const text = `.:${port} {\n  hosts {\n    192.0.2.1 a.test\n  }\n}\n`;
      const corefile = { file: 'Corefile', text };
      shoal = new Shoal({
        flags: { conf: undefined, port: 53, pidfile: undefined, quiet: true, config: undefined, manifests: undefined },
        tuning: loadTuning(undefined, { SHOAL_RESOLVER_THREADS: '2', SHOAL_RESOLVER_PROCESSES: processes }),
        env: {},
        log: new Log(lines),
        corefile,
        readCorefile: () => corefile,
      });
      await shoal.start();
      load = new SteadyLoad({ ...STUB, port });
    });
    after(async () => {
      await load.stop();
      await shoal.stop(true);
    });

    it('leaves the questions to its siblings and comes back', async () => {
      await load.goOn(30);
      for (const thread of shoal.supervisor.threads) {
        const from = lines.text.length;
        shoal.supervisor.killThread(thread);
        await until(
          () => /thread \d+ died: .*; restarting in \d+ms/.test(lines.text.slice(from)),
          5000,
          () => `a death in ${lines.text}`,
        );
        await load.goOn(100);
      }
      assert.deepEqual(load.failures, []);
    });

    it('and reloads with everybody else', async () => {
      await shoal.reload('test');
      assert.match(lines.text, /\[INFO\] Reloading complete\n$/);
      await load.goOn(30);
      assert.deepEqual(load.failures, []);
      assert.equal(rcodeOf(await ask(load.port, 'a.test', 'A', { tcp: true })), 0);
    });
  });
