// A changed Corefile comes into force while queries are being answered; a bad one changes nothing (spec A7, D reload).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ask, exchangeTcp, TestServer, until } from './harness.ts';
import { get, type Samples, scrape, sum } from './http.ts';
import { rcodeOf, SteadyLoad } from './load.ts';

const REFUSED = 5;
const HASH = '[0-9a-f]{128}';
const RUNNING = new RegExp(`^\\[INFO\\] plugin/reload: Running configuration SHA512 = (${HASH})$`);

/** One block that is always there, and what else there is to be. */
function corefile(further = '', http = ''): string {
  return `kept.test:{PORT} {
    reload 2s 0s
    errors
    prometheus 127.0.0.1:{PORT3}
    ready 127.0.0.1:{PORT4}
    ${http}
    hosts {
        192.0.2.1 a.kept.test
    }
}
${further}`;
}

const ADDED = 'added.test:{PORT} added.test:{PORT2} {\n  whoami\n}\n';

describe('reload', () => {
  let server: TestServer;
  let load: SteadyLoad;
  let overTcp: SteadyLoad;

  before(async () => {
    server = await TestServer.start({ corefile: corefile(), env: { SHOAL_RESOLVER_THREADS: '2' } });
    const question = { port: server.port, name: 'a.kept.test', timeout: 2000, retries: 0 };
    load = new SteadyLoad(question);
    overTcp = new SteadyLoad({ ...question, tcp: true }, 1);
  });
  after(async () => {
    await Promise.all([load.stop(), overTcp.stop()]);
    assert.equal(await server.stop(), 0);
  });

  /** Lines that the server prints on SIGUSR1, until one matches. */
  async function reloadBySignal(last: RegExp): Promise<string[]> {
    const from = server.stdout.length;
    server.signal('SIGUSR1');
    return linesUntil(from, last);
  }

  /** Lines from an offset until one matches. */
  async function linesUntil(from: number, last: RegExp, timeout = 10_000): Promise<string[]> {
    await until(
      () => server.linesSince(from).some((line) => last.test(line)),
      timeout,
      () => `${last} in:\n${server.linesSince(from).join('\n')}`,
    );
    return server.linesSince(from);
  }

  it('says at the start which configuration runs', () => {
    // Before the zones, as messages of plugins are (spec A7).
    assert.match(server.stdout.split('\n')[0], RUNNING);
  });

  it('the plugin finds a changed file: zones and listeners are added', async () => {
    assert.equal(rcodeOf(await server.ask('added.test')), REFUSED);
    const from = server.stdout.length;
    server.rewriteCorefile(corefile(ADDED));
    const lines = await linesUntil(from, /complete/);
    assert.equal(lines[0], '[INFO] Reloading');
    assert.match(lines[1], RUNNING);
    assert.equal(lines[2], '[INFO] Reloading complete');
    assert.equal(lines.length, 3, lines.join('\n'));
    assert.equal(rcodeOf(await server.ask('added.test')), 0);
    assert.equal(rcodeOf(await ask(server.ports[1], 'added.test', 'A')), 0);
    assert.equal(rcodeOf(await ask(server.ports[1], 'added.test', 'A', { tcp: true })), 0);
  });

  it('counts and names the configuration in force, and goes on counting', async () => {
    await load.goOn(20);
    const before = await scrape(server.ports[2]);
    const hash = new RegExp(HASH, 'g');
    const running = server.stdout.match(hash)?.at(-1);
    assert.equal(before.get('coredns_reload_failed_total'), 0);
    assert.equal(before.get(`coredns_reload_version_info{hash="sha512",value="${running}"}`), 1);
    await reloadBySignal(/complete/);
    const after = await scrape(server.ports[2]);
    assert.ok(requests(after) >= requests(before), `${requests(after)} < ${requests(before)}`);
    assert.ok(requests(before) >= 20);
  });

  it('a file that cannot be parsed changes nothing and is a warning', async () => {
    const from = server.stdout.length;
    server.rewriteCorefile(`${corefile(ADDED)}broken.test:{PORT} {\n  whoami }\n`);
    const lines = await linesUntil(from, /./);
    assert.match(lines[0], /^\[WARNING\] plugin\/reload: Corefile parse failed: .*Corefile:\d+ - .*'}'/);
    assert.equal(rcodeOf(await server.ask('added.test')), 0);
  });

  it('a file with an unknown directive is refused by the plugin, once, and counted', async () => {
    const from = server.stdout.length;
    server.rewriteCorefile(corefile('bad.test:{PORT} {\n  foobar\n}\n'));
    const why = `${server.corefile}:12 - Error during parsing: Unknown directive 'foobar'`;
    const lines = await linesUntil(from, /reload failed/);
    assert.deepEqual(withoutWarnings(lines), [
      '[INFO] Reloading',
      `[ERROR] Restart failed: ${why}`,
      `[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: ${why}`,
    ]);
    assert.equal(rcodeOf(await server.ask('added.test')), 0, 'the former configuration goes on');
    assert.equal((await scrape(server.ports[2])).get('coredns_reload_failed_total'), 1);
  });

  const refused: readonly { name: string; text: string; why: RegExp }[] = [
    {
      name: 'a bad property',
      text: corefile('bad.test:{PORT} {\n  forward . 127.0.0.1 {\n    policy best\n  }\n}\n'),
      why: /plugin\/forward: .*unknown policy 'best'/,
    },
    {
      name: 'a zone twice',
      text: corefile('kept.test:{PORT} {\n}\n'),
      why: /cannot serve dns:\/\/kept\.test\.:\d+ - it is already defined/,
    },
    {
      name: 'an address that is not ours',
      text: corefile('bad.test:{PORT2} {\n  bind 203.0.113.7\n  whoami\n}\n'),
      why: /Listen: listen tcp 203\.0\.113\.7:\d+: bind: cannot assign requested address/,
    },
    {
      name: 'a zone from a variable that is not set',
      text: corefile('{$NOTHING}:{PORT} {\n  whoami\n}\n'),
      why: /error inspecting server blocks: zone is not a valid domain name: /,
    },
  ];
  for (const { name, text, why } of refused)
    it(`SIGUSR1 with ${name} changes nothing`, async () => {
      server.rewriteCorefile(text);
      const lines = withoutWarnings(await reloadBySignal(/starting with listener/));
      assert.deepEqual(lines.slice(0, 2), ['[INFO] SIGUSR1: Reloading', '[INFO] Reloading']);
      assert.match(lines[2], new RegExp(`^\\[ERROR\\] Restart failed: ${why.source}$`));
      assert.match(
        lines[3],
        new RegExp(`^\\[ERROR\\] SIGUSR1: starting with listener file descriptors: ${why.source}$`),
      );
      assert.equal(lines.length, 4, lines.join('\n'));
      assert.equal(rcodeOf(await server.ask('added.test')), 0);
      assert.equal(rcodeOf(await ask(server.ports[1], 'added.test', 'A')), 0);
    });

  it('SIGUSR1 with a port of health that somebody else has changes nothing', async () => {
    const holder = createServer().listen(server.ports[5]).unref();
    await once(holder, 'listening');
    server.rewriteCorefile(corefile('new.test:{PORT} {\n  whoami\n}\n', 'health :{PORT6}'));
    const lines = await reloadBySignal(/starting with listener/);
    assert.ok(
      lines.some((line) => /^\[ERROR\] Restart failed: .*address already in use$/.test(line)),
      lines.join('\n'),
    );
    holder.close();
    assert.equal(rcodeOf(await server.ask('new.test')), REFUSED);
    assert.equal(rcodeOf(await server.ask('added.test')), 0);
  });

  it('SIGUSR1 takes zones, listeners and HTTP addresses away and opens others', async () => {
    server.rewriteCorefile(corefile('new.test:{PORT} {\n  whoami\n}\n', 'health 127.0.0.1:{PORT5}'));
    const lines = await reloadBySignal(/complete/);
    assert.equal(withoutWarnings(lines)[0], '[INFO] SIGUSR1: Reloading');
    assert.equal(rcodeOf(await server.ask('new.test')), 0);
    assert.equal(rcodeOf(await server.ask('added.test')), REFUSED);
    await assert.rejects(exchangeTcp(server.ports[1], '127.0.0.1', new Uint8Array(12), 1000), /ECONNREFUSED/);
    assert.equal((await get(server.ports[4], '/health'))?.status, 200);
    assert.equal((await get(server.ports[3], '/ready'))?.status, 200);
    server.rewriteCorefile(corefile());
    await reloadBySignal(/complete/);
    assert.equal(await get(server.ports[4], '/health'), null);
  });

  it('a changed import is a change', async () => {
    writeFileSync(join(server.folder, 'more'), 'hosts {\n  192.0.2.9 b.more.test\n}\n');
    server.rewriteCorefile(corefile('more.test:{PORT} {\n  import more\n}\n'));
    await reloadBySignal(/complete/);
    assert.deepEqual(addresses(await server.ask('b.more.test')), ['192.0.2.9']);
    const from = server.stdout.length;
    writeFileSync(join(server.folder, 'more'), 'hosts {\n  192.0.2.10 b.more.test\n}\n');
    await linesUntil(from, /complete/);
    assert.deepEqual(addresses(await server.ask('b.more.test')), ['192.0.2.10']);
  });

  it('many reloads one after the other end with the last one', async () => {
    for (let i = 1; i <= 5; i++) {
      server.rewriteCorefile(corefile(`n${i}.test:{PORT} {\n  whoami\n}\n`));
      server.signal('SIGUSR1');
      await load.goOn(5);
    }
    await until(
      async () => rcodeOf(await server.ask('n5.test')) === 0,
      10_000,
      () => server.stdout,
    );
    assert.equal(rcodeOf(await server.ask('n4.test')), REFUSED);
  });

  it('no query was lost meanwhile, by UDP or TCP', async () => {
    await Promise.all([load.stop(), overTcp.stop()]);
    assert.deepEqual(load.failures, []);
    assert.deepEqual(overTcp.failures, []);
    assert.ok(load.answered > 500, `${load.answered} answers`);
  });
});

/** A poll may have found the file between two tests: what it said is theirs. */
function withoutWarnings(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith('[WARNING]'));
}

function requests(samples: Samples): number {
  return sum(samples, 'coredns_dns_requests_total', { zone: 'kept.test.' });
}

function addresses(answer: Awaited<ReturnType<typeof ask>>): unknown[] {
  return (answer.answers ?? []).map((record) => ('data' in record ? record.data : undefined));
}
