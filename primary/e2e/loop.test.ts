// Loops through upstreams, found by a whole server: its own, through another server, through another replica, formed after the start.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DecodedPacket } from 'dns-packet';
import { NO_REDIS, TestRedis } from '#redis/testing/server.ts';
import { answering, type Script, ScriptedUpstream } from '#workers/testing/upstream.ts';
import { type AskOptions, ask, exchangeUdp, freePort, runToEnd, TestServer, until } from './harness.ts';
import { scrape, sum } from './http.ts';
import { rcodeOf } from './load.ts';

const SERVFAIL = 2;
const NETWORK_ERROR = 23;
const EDNS: AskOptions['additionals'] = [
  {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  },
];
const QUICK = '{\n interval 200ms\n retry 300ms 600ms\n}';
const DETECTED =
  /^\[ERROR\] plugin\/loop: Loop \(.* -> .*\) detected for zone "\." through upstream 127\.0\.0\.1:\d+: /m;
const LIFTED = /^\[INFO\] plugin\/loop: Upstream 127\.0\.0\.1:\d+ does not lead back for zone "\." any more/m;
const PATIENCE = 20_000;

/** INFO-CODE of the answer's OPT (RFC 8914). */
function infoCode({ additionals = [] }: DecodedPacket): number | undefined {
  const opt = additionals.find(({ type }) => type === 'OPT');
  const option = opt?.type === 'OPT' ? opt.options.find(({ code }) => Number(code) === 15) : undefined;
  return option !== undefined && 'data' in option ? Buffer.from(option.data ?? '').readUInt16BE(0) : undefined;
}

/** A block with names of its own in front of what it forwards; `to` may name ports. */
const corefile = (loop: string, to: string, more = ''): string => `.:{PORT} {
    errors
    prometheus 127.0.0.1:{PORT2}
    ${more}
    hosts {
        192.0.2.9 own.test
        fallthrough
    }
    loop ${loop}
    forward . ${to}
}
`;

/** Passes every query on to `port`, as a server does that forwards. */
const leadingTo =
  (port: number): Script =>
  (request) =>
    exchangeUdp(port, '127.0.0.1', request.message, 1500).then(
      (reply) => [reply],
      () => [],
    );

let names = 0;
/** A name that was not asked for before. */
const fresh = (): string => `name-${names++}.test`;

/** What is asked comes back: nobody is asked, and the own names are there. */
async function assertQuarantined(server: TestServer): Promise<void> {
  await server.printed(DETECTED, PATIENCE);
  const refused = await server.ask(fresh(), 'A', { additionals: EDNS });
  assert.equal(rcodeOf(refused), SERVFAIL);
  assert.equal(infoCode(refused), NETWORK_ERROR);
  assert.equal(infoCode(await server.ask(fresh())), undefined, 'without EDNS there is nothing to explain');
  assert.equal((await server.ask('own.test')).answers?.length, 1);
  const text = await scrape(server.ports[1]);
  assert.equal(sum(text, 'shoal_loop_quarantined'), 1);
  assert.equal(sum(text, 'shoal_loop_detected_total'), 1);
  assert.ok(sum(text, 'shoal_loop_sightings_total', { of: 'own' }) >= 3);
}

async function using(upstream: ScriptedUpstream, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } finally {
    await upstream.close();
  }
}

describe('loop ends a server at its start', { concurrency: 2 }, () => {
  const FATAL = /^\[FATAL\] plugin\/loop: Loop \(127\.0\.0\.1:\d+ -> :\d+\) detected for zone "\.", see /m;

  it('that forwards to itself, with a cache and several threads in several processes', async () => {
    const { status, stdout } = await runToEnd({
      corefile: '.:{PORT} {\n cache\n loop\n forward . 127.0.0.1:{PORT}\n}\n',
      env: { SHOAL_RESOLVER_THREADS: '2', SHOAL_RESOLVER_PROCESSES: '2' },
    });
    assert.match(stdout, FATAL);
    assert.equal(status, 1);
  });

  it('that forwards to a server which forwards to it', async () => {
    const port = await freePort();
    const other = await TestServer.start({ corefile: `.:{PORT} {\n forward . 127.0.0.1:${port}\n}\n` });
    const { status, stdout } = await runToEnd({
      corefile: `.:${port} {\n loop\n forward . 127.0.0.1:${other.port}\n}\n`,
    });
    assert.match(stdout, FATAL);
    assert.equal(status, 1);
    await other.stop();
  });
});

describe('loop quarantine', { concurrency: 2 }, () => {
  it('of a server that forwards to itself', async () => {
    const server = await TestServer.start({ corefile: corefile(`quarantine ${QUICK}`, '127.0.0.1:{PORT}') });
    await assertQuarantined(server);
    await until(
      async () => sum(await scrape(server.ports[1]), 'shoal_loop_probes_total', { result: 'returned' }) > 4,
      PATIENCE,
      () => 'further probes',
    );
    assert.equal(rcodeOf(await server.ask(fresh())), SERVFAIL);
    assert.equal(await server.stop(), 0);
  });

  it('of a server and another one that forward to each other, in several processes', async () => {
    const port = await freePort();
    const other = await TestServer.start({ corefile: `.:{PORT} {\n forward . 127.0.0.1:${port}\n}\n` });
    const server = await TestServer.start({
      corefile: corefile(`quarantine ${QUICK}`, `127.0.0.1:${other.port}`).replace('{PORT}', String(port)),
      env: { SHOAL_RESOLVER_PROCESSES: '2' },
    });
    await server.printed(DETECTED, PATIENCE);
    assert.equal(infoCode(await ask(port, fresh(), 'A', { additionals: EDNS })), NETWORK_ERROR);
    assert.equal((await ask(port, 'own.test', 'A')).answers?.length, 1);
    await Promise.all([server.stop(), other.stop()]);
  });

  it('of one upstream of two leaves the other one to be asked', async () => {
    const upstream = await ScriptedUpstream.open(answering('192.0.2.1'));
    await using(upstream, async () => {
      const to = `127.0.0.1:{PORT} ${upstream.text} {\n policy sequential\n}`;
      const server = await TestServer.start({ corefile: corefile(`quarantine ${QUICK}`, to) });
      await server.printed(DETECTED, PATIENCE);
      for (let i = 0; i < 5; i++) assert.equal((await server.ask(fresh())).answers?.length, 1);
      await server.stop();
    });
  });
});

describe('a loop that comes up after the start', { concurrency: 2 }, () => {
  it('is found and, when it is gone, forgotten', async () => {
    const upstream = await ScriptedUpstream.open(answering('192.0.2.1'));
    await using(upstream, async () => {
      const server = await TestServer.start({ corefile: corefile(QUICK, upstream.text) });
      assert.equal((await server.ask(fresh())).answers?.length, 1);
      await until(
        async () => sum(await scrape(server.ports[1]), 'shoal_loop_probes_total', { result: 'clear' }) > 0,
        PATIENCE,
        () => 'a probe that does not come back',
      );
      assert.doesNotMatch(server.stdout, DETECTED);
      upstream.script = leadingTo(server.port);
      await assertQuarantined(server);
      const before = upstream.seen.length;
      await server.ask(fresh());
      assert.ok(
        upstream.seen.slice(before).every(({ type }) => type === 'HINFO'),
        'nothing but probes',
      );
      upstream.script = answering('192.0.2.2');
      await server.printed(LIFTED, PATIENCE);
      assert.equal((await server.ask(fresh())).answers?.length, 1);
      assert.equal(sum(await scrape(server.ports[1]), 'shoal_loop_quarantined'), 0);
      assert.equal(await server.stop(), 0);
    });
  });

  it('stays in quarantine over a reload', async () => {
    const upstream = await ScriptedUpstream.open(answering('192.0.2.1'));
    await using(upstream, async () => {
      const text = corefile('quarantine {\n interval 200ms\n retry 1h 1h\n}', upstream.text);
      const server = await TestServer.start({ corefile: text });
      upstream.script = leadingTo(server.port);
      await server.printed(DETECTED, PATIENCE);
      server.rewriteCorefile(text.replace('errors', 'errors\n whoami'));
      server.signal('SIGUSR1');
      await server.printed(/Reloading complete/, PATIENCE);
      assert.equal(rcodeOf(await server.ask(fresh())), SERVFAIL);
      assert.equal(sum(await scrape(server.ports[1]), 'shoal_loop_quarantined'), 1);
      server.rewriteCorefile(text.replace('retry 1h 1h', 'retry 2h 2h'));
      server.signal('SIGUSR1');
      await until(
        () => server.stdout.match(/Reloading complete/g)?.length === 2,
        PATIENCE,
        () => 'a second reload',
      );
      await until(
        () => server.stdout.match(new RegExp(DETECTED, 'gm'))?.length === 2,
        PATIENCE,
        () => `what is probed otherwise is looked at anew: ${server.stdout}`,
      );
      await server.stop();
    });
  });
});

describe('made-up sightings', () => {
  it('of former probes and of names with the right mark stop nobody', async () => {
    const upstream = await ScriptedUpstream.open(answering('192.0.2.1'));
    await using(upstream, async () => {
      const server = await TestServer.start({
        corefile: corefile('{\n interval 100ms\n}', upstream.text),
        env: { SHOAL_RESOLVER_THREADS: '2' },
      });
      const probes = () => upstream.seen.filter(({ type }) => type === 'HINFO').map(({ name }) => name);
      await until(
        () => probes().length >= 4,
        PATIENCE,
        () => 'probes',
      );
      const learnt = probes().slice(0, 3);
      const mark = learnt[0].split('.')[1];
      for (const name of [...learnt, ...learnt, `1.${mark}.`, `2.${mark}.`, `3.${mark}.`, '1.2.'])
        await server.ask(name.slice(0, -1), 'HINFO');
      const text = await scrape(server.ports[1]);
      assert.ok(sum(text, 'shoal_loop_sightings_total', { of: 'unknown' }) >= 3);
      assert.ok(sum(text, 'shoal_loop_sightings_total') < 15, 'a name without the mark is none');
      assert.equal(sum(text, 'shoal_loop_detected_total'), 0);
      assert.doesNotMatch(server.stdout, /Loop \(/);
      assert.equal((await server.ask(fresh())).answers?.length, 1);
      assert.equal(await server.stop(), 0);
    });
  });
});

describe('a loop through another replica', { skip: NO_REDIS }, () => {
  it('is found by both, with Redis', async () => {
    const redis = await TestRedis.start();
    const upstream = await ScriptedUpstream.open(answering('192.0.2.1'));
    await using(upstream, async () => {
      const store = `cache\n redis_cache {\n endpoint 127.0.0.1:${redis.port}\n fleet_key ${'k'.repeat(32)}\n }`;
      const text = corefile(`quarantine ${QUICK}`, upstream.text, store);
      const replicas = await Promise.all([
        TestServer.start({ corefile: text }),
        TestServer.start({ corefile: text, env: { SHOAL_RESOLVER_PROCESSES: '1' } }),
      ]);
      const [one, other] = replicas;
      assert.equal((await one.ask(fresh())).answers?.length, 1);
      // What either asks comes to the other one: the first never sees a probe of its own.
      upstream.script = leadingTo(other.port);
      await one.printed(/Loop \(another replica\) detected for zone "\."/, PATIENCE);
      await other.printed(DETECTED, PATIENCE);
      await until(
        async () => infoCode(await one.ask(fresh(), 'A', { additionals: EDNS })) === NETWORK_ERROR,
        PATIENCE,
        () => one.stdout,
      );
      upstream.script = answering('192.0.2.2');
      await one.printed(LIFTED, PATIENCE);
      assert.equal((await one.ask(fresh())).answers?.length, 1);
      await Promise.all(replicas.map((replica) => replica.stop()));
    });
    await redis.stop();
  });
});
