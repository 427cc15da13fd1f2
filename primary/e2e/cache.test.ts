// The answer cache of a whole server: shared by processes, outlives them, bridges the loss of upstreams (behaviour D cache, RFC 8767).

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DecodedPacket } from 'dns-packet';
import { answering, replyTo, type Script, ScriptedUpstream, silent } from '#workers/testing/upstream.ts';
import { type AskOptions, TestServer, until } from './harness.ts';
import { scrape, sum } from './http.ts';
import { rcodeOf } from './load.ts';

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
const SERVFAIL = 2;
const FAILING: Script = (request) => [replyTo(request, { rcode: SERVFAIL })];

const addresses = ({ answers = [] }: DecodedPacket): string[] =>
  answers.map((record) => (record.type === 'A' ? record.data : record.type));

/** INFO-CODE of the answer's OPT (RFC 8914). */
function infoCode({ additionals = [] }: DecodedPacket): number | undefined {
  const opt = additionals.find(({ type }) => type === 'OPT');
  const option = opt?.type === 'OPT' ? opt.options.find(({ code }) => Number(code) === 15) : undefined;
  return option !== undefined && 'data' in option ? Buffer.from(option.data ?? '').readUInt16BE(0) : undefined;
}

/** Server with a cache before an upstream. */
async function open(
  cache: string,
  script: Script,
  { forward = '', processes = 1 } = {},
): Promise<{ server: TestServer; upstream: ScriptedUpstream }> {
  const upstream = await ScriptedUpstream.open(script);
  const server = await TestServer.start({
    corefile: `.:{PORT} {
    prometheus 127.0.0.1:{PORT2}
    cache ${cache}
    forward . 127.0.0.1:${upstream.port} ${forward}
}
`,
    env: { SHOAL_RESOLVER_PROCESSES: String(processes), SHOAL_RESOLVER_THREADS: '2' },
  });
  return { server, upstream };
}

/** How often the upstream was asked for the name. */
const asked = (upstream: ScriptedUpstream, name: string): number =>
  upstream.seen.filter((request) => request.name === `${name}.`).length;

describe('one cache for all processes', () => {
  let server: TestServer;
  let upstream: ScriptedUpstream;
  before(async () => {
    ({ server, upstream } = await open('', answering('192.0.2.1', 600), { processes: 2 }));
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
    await upstream.close();
  });

  it('a name is asked for once, whoever is asked', async () => {
    for (let i = 0; i < 40; i++) assert.deepEqual(addresses(await server.ask('shared.test')), ['192.0.2.1']);
    assert.equal(asked(upstream, 'shared.test'), 1);
  });

  it('and not again when resolvers were killed', async () => {
    upstream.script = silent;
    for (const victim of server.resolvers) process.kill(victim, 'SIGKILL');
    for (let i = 0; i < 10; i++)
      assert.deepEqual(addresses(await server.ask('shared.test', 'A', { timeout: 500, retries: 20 })), ['192.0.2.1']);
    await until(
      () => server.resolvers.length === 2,
      10_000,
      () => 'two resolvers',
    );
    assert.equal(asked(upstream, 'shared.test'), 1);
  });

  it('nor after a reload that leaves the block as it is', async () => {
    const before = server.stdout.length;
    server.rewriteCorefile(`.:{PORT} {
    prometheus 127.0.0.1:{PORT2}
    cache
    forward . 127.0.0.1:${upstream.port}
}
new.test:{PORT} {
    whoami
}
`);
    server.signal('SIGUSR1');
    await until(
      () => server.stdout.slice(before).includes('Reloading complete'),
      10_000,
      () => server.stdout,
    );
    assert.deepEqual(addresses(await server.ask('shared.test')), ['192.0.2.1']);
    assert.equal(asked(upstream, 'shared.test'), 1);
  });
});

describe('upstreams that are gone', { concurrency: 3 }, () => {
  it('leave what has expired, and say so', async () => {
    const { server, upstream } = await open(
      '{\n success 1024 1 1\n serve_stale 1h immediate 7s\n }',
      answering('192.0.2.1'),
      { processes: 2 },
    );
    assert.deepEqual(addresses(await server.ask('known.test')), ['192.0.2.1']);
    await upstream.close();
    const stale = await until(
      async () => {
        const answer = await server.ask('known.test', 'A', { additionals: EDNS });
        return infoCode(answer) === 3 && answer;
      },
      5000,
      () => 'the answer to expire',
    );
    assert.deepEqual([addresses(stale), rcodeOf(stale)], [['192.0.2.1'], 0]);
    for (let i = 0; i < 20; i++) assert.deepEqual(addresses(await server.ask('known.test')), ['192.0.2.1']);
    const other = await server.ask('unknown.test', 'A', { additionals: EDNS, timeout: 8000 });
    assert.deepEqual([rcodeOf(other), infoCode(other)], [SERVFAIL, 23]);
    assert.ok(sum(await scrape(server.ports[1]), 'coredns_cache_served_stale_total') >= 21);
    assert.equal(await server.stop(), 0);
  });

  it('do not hold up a client for longer than verify may take', async () => {
    const { server, upstream } = await open(
      '{\n success 1024 1 1\n serve_stale 1h verify 100ms\n }',
      answering('192.0.2.1'),
    );
    await server.ask('known.test');
    upstream.script = silent;
    // The one that waits for the upstream would have no answer before 5 seconds have passed.
    for (let i = 0; i < 3; i++) {
      const stale = await until(
        async () => {
          const answer = await server.ask('known.test', 'A', { additionals: EDNS, timeout: 3000, retries: 0 });
          return infoCode(answer) === 3 && answer;
        },
        5000,
        () => 'the answer to expire',
      );
      assert.deepEqual(addresses(stale), ['192.0.2.1']);
    }
    upstream.script = answering('192.0.2.2');
    await until(
      async () => addresses(await server.ask('known.test'))[0] === '192.0.2.2',
      8000,
      () => 'the upstream that is back',
    );
    assert.equal(await server.stop(), 0);
    await upstream.close();
  });

  it('that fail are asked once, and the others are told that it is a failure of before', async () => {
    const { server, upstream } = await open('', FAILING);
    const first = await server.ask('bad.test', 'A', { additionals: EDNS });
    const second = await server.ask('bad.test', 'A', { additionals: EDNS });
    assert.deepEqual([rcodeOf(first), infoCode(first)], [SERVFAIL, undefined]);
    assert.deepEqual([rcodeOf(second), infoCode(second)], [SERVFAIL, 13]);
    assert.equal(asked(upstream, 'bad.test'), 1);
    assert.equal(await server.stop(), 0);
    await upstream.close();
  });
});

describe('what is popular', () => {
  it('is asked for again before it expires, once for all threads', async () => {
    const { server, upstream } = await open('{\n success 1024 3 1\n prefetch 2 1m 50%\n }', answering('192.0.2.1'), {
      processes: 2,
    });
    const ttls: number[] = [];
    await until(
      async () => {
        const [record] = (await server.ask('popular.test')).answers ?? [];
        ttls.push(record !== undefined && 'ttl' in record ? (record.ttl ?? 0) : 0);
        return asked(upstream, 'popular.test') === 3;
      },
      10_000,
      () => 'the second refresh',
    );
    assert.ok(!ttls.includes(0));
    const metrics = await scrape(server.ports[1]);
    assert.equal(sum(metrics, 'coredns_cache_prefetch_total'), 2);
    assert.equal(
      sum(metrics, 'coredns_cache_misses_total'),
      1,
      'no client has waited for an upstream but the first one',
    );
    assert.equal(await server.stop(), 0);
    await upstream.close();
  });
});

describe('an answer that is larger than its client', () => {
  it('is kept whole for the others', async () => {
    const many: Script = (request) => [
      replyTo(request, {
        answers: Array.from({ length: 100 }, (_, i) => ({
          name: request.name,
          type: 'A',
          ttl: 60,
          data: `192.0.2.${i}`,
        })),
      }),
    ];
    const { server, upstream } = await open('', many, { forward: '{\n force_tcp\n }' });
    const small = await server.ask('large.test');
    assert.ok(small.flag_tc && addresses(small).length < 40);
    const large = await server.ask('large.test', 'A', { tcp: true });
    assert.deepEqual([large.flag_tc, addresses(large).length], [false, 100]);
    assert.equal(asked(upstream, 'large.test'), 1);
    assert.equal(await server.stop(), 0);
    await upstream.close();
  });
});
