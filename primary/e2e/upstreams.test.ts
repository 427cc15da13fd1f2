// Upstreams of a whole server that die, freeze, come back and move: what clients see of it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DecodedPacket } from 'dns-packet';
import { replyTo, type Script, ScriptedUpstream } from '#workers/testing/upstream.ts';
import { runToEnd, TestServer, until } from './harness.ts';
import { scrape } from './http.ts';
import { rcodeOf, SteadyLoad } from './load.ts';
import { SmallUpstream } from './small-upstream.ts';

const FIRST = '192.0.2.1';
const SECOND = '192.0.2.2';

function addressesIn({ answers = [] }: DecodedPacket): string[] {
  return answers.flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
}

/** The value of a series, 0 when it is not shown. */
async function count(server: TestServer, series: string): Promise<number> {
  return (await scrape(server.ports[1])).get(series) ?? 0;
}

describe('two upstreams', () => {
  let upstreams: SmallUpstream[];
  let server: TestServer;
  before(async () => {
    upstreams = await Promise.all([SmallUpstream.start(FIRST), SmallUpstream.start(SECOND)]);
    server = await TestServer.start({
      corefile: `.:{PORT} {
        errors
        prometheus 127.0.0.1:{PORT2}
        forward . ${upstreams.map(({ text }) => text).join(' ')} {
          policy round_robin
          read_timeout 300ms
          max_fails 2
          health_check 100ms
        }
      }`,
    });
  });
  after(async () => {
    await Promise.all(upstreams.map((upstream) => upstream.kill()));
    assert.equal(await server.stop(), 0);
  });

  const failures = (): string =>
    `coredns_proxy_healthcheck_failures_total{proxy_name="forward",to="${upstreams[0].text}"}`;
  const oldFailures = (): string => `coredns_forward_healthcheck_failures_total{to="${upstreams[0].text}"}`;

  /** Asks until both upstreams have answered. */
  async function bothAnswer(timeout: number): Promise<void> {
    const seen = new Set<string>();
    await until(
      async () => {
        for (const address of addressesIn(await server.ask('www.test'))) seen.add(address);
        return seen.size === 2;
      },
      timeout,
      () => `answers of both upstreams, seen: ${[...seen]}`,
    );
  }

  /** Answers of `n` queries, the first one of each. */
  async function ask(n: number): Promise<string[]> {
    const all: string[] = [];
    for (let i = 0; i < n; i++) all.push(...addressesIn(await server.ask('www.test', 'A', { retries: 0 })));
    return all;
  }

  it('both are asked', () => bothAnswer(3000));

  it('one is killed: nobody sees an error, and it is asked again when it is back', async () => {
    const load = new SteadyLoad({ port: server.port, name: 'www.test', retries: 0, timeout: 1900 });
    await upstreams[0].kill();
    await until(
      async () => (await count(server, failures())) > 3,
      5000,
      () => 'failed probes',
    );
    assert.deepEqual(new Set(await ask(10)), new Set([SECOND]));
    await upstreams[0].revive();
    await bothAnswer(3000);
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.equal(await count(server, oldFailures()), await count(server, failures()));
  });

  it('one is frozen: clients wait for their read_timeout at most, and not at all once it is down', async () => {
    const load = new SteadyLoad({ port: server.port, name: 'www.test', retries: 0, timeout: 1900 });
    const before = await count(server, failures());
    upstreams[0].freeze();
    // Each probe waits for a second.
    await until(
      async () => (await count(server, failures())) > before + 2,
      8000,
      () => 'failed probes',
    );
    assert.deepEqual(new Set(await ask(10)), new Set([SECOND]));
    upstreams[0].thaw();
    await bothAnswer(3000);
    await load.stop();
    assert.deepEqual(load.failures, []);
  });

  it('both are dead: SERVFAIL, and answers again when one is back', async () => {
    await Promise.all(upstreams.map((upstream) => upstream.kill()));
    assert.equal(rcodeOf(await server.ask('www.test', 'A', { timeout: 5500 })), 2);
    await upstreams[1].revive();
    await until(
      async () => addressesIn(await server.ask('www.test'))[0] === SECOND,
      3000,
      () => 'an answer',
    );
    await upstreams[0].revive();
    await bothAnswer(3000);
    assert.ok((await count(server, 'coredns_forward_healthcheck_broken_total')) >= 0);
  });

  it('a reload while one is dead: nobody sees an error', async () => {
    await upstreams[0].kill();
    const load = new SteadyLoad({ port: server.port, name: 'www.test', retries: 0, timeout: 1900 });
    server.signal('SIGUSR1');
    await server.printed(/Reloading complete/);
    assert.deepEqual(new Set(await ask(10)), new Set([SECOND]));
    await upstreams[0].revive();
    await bothAnswer(3000);
    await load.stop();
    assert.deepEqual(load.failures, []);
  });
});

describe('upstreams by host name', { concurrency: 2 }, () => {
  /** Where the name is, according to the resolver. */
  let where = '127.0.0.1';
  const knows: Script = (request) => [
    replyTo(request, {
      rcode: request.name === 'dns.tools.test.' ? 0 : 3,
      answers:
        request.name === 'dns.tools.test.' && request.type === 'A'
          ? [{ type: 'A', name: request.name, ttl: 1, data: where }]
          : [],
    }),
  ];
  let resolver: ScriptedUpstream;
  let upstream: SmallUpstream;
  before(async () => {
    resolver = await ScriptedUpstream.open(knows);
    upstream = await SmallUpstream.start(FIRST);
  });
  after(() => Promise.all([resolver.close(), upstream.kill()]));

  it('are asked at their address, and at the new one when they move', async () => {
    where = '127.0.0.1';
    const server = await TestServer.start({
      corefile: `.:{PORT} {
        prometheus 127.0.0.1:{PORT2}
        forward a.test {
          to dns.tools.test:${upstream.port}
          resolver ${resolver.text}
          max_fails 0
        }
      }`,
    });
    assert.deepEqual(addressesIn(await server.ask('www.a.test')), [FIRST]);
    assert.equal(await count(server, 'shoal_forward_name_addresses{name="dns.tools.test"}'), 1);
    where = '127.0.0.99';
    const moved = `coredns_proxy_conn_cache_misses_total{proxy_name="forward",proto="udp",to="127.0.0.99:${upstream.port}"}`;
    const series = new RegExp(`to="127.0.0.99:${upstream.port}"`);
    // Names are looked up every 5 s at most.
    await until(
      async () => {
        await server.ask('www.a.test', 'A', { timeout: 300, retries: 0 }).catch(() => undefined);
        return [...(await scrape(server.ports[1])).keys()].some((key) => series.test(key));
      },
      12_000,
      () => moved,
    );
    assert.ok((await count(server, 'shoal_forward_name_age_seconds{name="dns.tools.test"}')) < 6);
    where = '127.0.0.1';
    assert.equal(await server.stop(), 0);
  });

  it('that nobody knows end the start, with the words of the reference', async () => {
    const corefile = (to: string): string => `.:{PORT} {\n forward . ${to} {\n resolver ${resolver.text}\n }\n}`;
    const { status, stderr } = await runToEnd({ corefile: corefile('no.test') });
    assert.equal(status, 1);
    assert.match(stderr, /^plugin\/forward: failed to resolve "no\.test": no addresses found for "no\.test"$/m);
  });

  it('that this server knows itself are found when it answers', async () => {
    const server = await TestServer.start({
      corefile: `.:{PORT} {
        hosts {
          127.0.0.1 dns.internal
          fallthrough
        }
        forward . dns.internal:${upstream.port} {
          resolver 127.0.0.1:{PORT}
        }
      }`,
    });
    await until(
      async () => addressesIn(await server.ask('www.test'))[0] === FIRST,
      5000,
      () => `an answer; ${server.stdout}`,
    );
    assert.match(server.stdout, /failed to resolve "dns\.internal": .*this server may know itself/);
    assert.equal(await server.stop(), 0);
  });

  it('that are services of the cluster are found in it', async () => {
    const server = await TestServer.start({
      corefile: `.:{PORT} {
        kubernetes cluster.local
        forward . dns.tools.svc.cluster.local:${upstream.port} {
          resolver 127.0.0.1:{PORT}
        }
      }`,
      manifests: '{FOLDER}/objects.yaml',
      files: {
        'objects.yaml': `apiVersion: v1
kind: Namespace
metadata: { name: tools }
---
apiVersion: v1
kind: Service
metadata: { name: dns, namespace: tools }
spec: { clusterIP: 127.0.0.1, ports: [{ name: dns, port: 53, protocol: UDP }] }
`,
      },
    });
    await until(
      async () => addressesIn(await server.ask('www.test'))[0] === FIRST,
      5000,
      () => `an answer; ${server.stdout}`,
    );
    assert.equal(await server.stop(), 0);
  });

  it('that a reload brings and nobody knows leave the former configuration in force', async () => {
    const server = await TestServer.start({ corefile: `.:{PORT} {\n forward . ${upstream.text}\n}` });
    server.rewriteCorefile(`.:{PORT} {\n forward . no.test {\n resolver ${resolver.text}\n }\n}`);
    server.signal('SIGUSR1');
    await server.printed(/Restart failed: plugin\/forward: failed to resolve "no\.test"/);
    assert.deepEqual(addressesIn(await server.ask('www.test')), [FIRST]);
    assert.equal(await server.stop(), 0);
  });
});
