// Corefiles as articles about cluster DNS print them, word for word but for addresses and ports, asked what the articles promise.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DecodedPacket } from 'dns-packet';
import { AUTHORITY, SecureUpstream } from '#workers/testing/secure-upstream.ts';
import { answering } from '#workers/testing/upstream.ts';
import {
  CACHE,
  CUSTOM_UPSTREAMS,
  DEFAULT,
  HOSTS,
  LINKERD,
  MESH,
  MESH_WITH_COMMENTS,
  OVER_TLS,
  SHUFFLED,
  STUB_DOMAINS,
} from './article-corefiles.ts';
import { openResponder, type Place, type Responder } from './conformance/upstream.ts';
import { parseZone } from './conformance/zone-file.ts';
import { freePort, runToEnd, type ServerOptions, TestServer, until } from './harness.ts';
import { get, scrape, sum } from './http.ts';
import { rcodeOf } from './load.ts';

const SERVFAIL = 2;
const NXDOMAIN = 3;
const CLUSTER = join(import.meta.dirname, '..', 'example', 'cluster');

function zone(apex: string, records: readonly string[]): ReturnType<typeof parseZone> {
  const soa = `${apex} 300 IN SOA ns.${apex} admin.${apex} 1 7200 3600 1209600 60`;
  return parseZone([soa, `${apex} 604800 IN NS ns.${apex}`, ...records].join('\n'), apex);
}

const WORLD = [
  zone('example.com.', [
    'example.com. 300 IN A 192.0.2.1',
    'long.example.com. 604800 IN A 192.0.2.2',
    'zero.example.com. 0 IN A 192.0.2.3',
  ]),
  zone('github.com.', ['api.github.com. 60 IN A 192.0.2.10']),
  zone('amazonaws.com.', ['rds.us-east-1.amazonaws.com. 60 IN A 192.0.2.20']),
  zone('2.0.192.in-addr.arpa.', ['1.2.0.192.in-addr.arpa. 300 IN PTR example.com.']),
];
const CONSUL = [zone('consul.local.', ['web.consul.local. 60 IN A 10.150.0.80'])];
const CORP = [zone('internal.corp.', ['wiki.internal.corp. 60 IN A 192.168.1.80'])];

/** Name servers of a resolv.conf have port 53: a loopback address of our own where we may listen there. */
const NODE_RESOLVER: Place = { address: `127.53.${1 + (process.pid % 250)}.7`, port: 53 };

async function openWorld(): Promise<{ world: Responder; forward: string }> {
  try {
    return { world: await openResponder(WORLD, NODE_RESOLVER), forward: '{FOLDER}/resolv.conf' };
  } catch {
    const world = await openResponder(WORLD);
    return { world, forward: `127.0.0.1:${world.port}` };
  }
}

const RESOLV_CONF = `# written by the kubelet\nnameserver ${NODE_RESOLVER.address}\nsearch svc.cluster.local\noptions ndots:5\n`;

/** Our ports and addresses in the place of the articles'. */
function localize(corefile: string, forward: string): string {
  return corefile
    .replaceAll(':53 {', ':{PORT} {')
    .replace('    health {', '    health 127.0.0.1:{PORT2} {')
    .replace('    ready\n', '    ready 127.0.0.1:{PORT3}\n')
    .replace('prometheus :9153', 'prometheus :{PORT4}')
    .replaceAll('/etc/resolv.conf', forward);
}

/** A block around directives that an article shows alone. */
function block(directives: string): string {
  return `.:{PORT} {\n    errors\n${directives}}\n`;
}

function data(answer: DecodedPacket): unknown[] {
  return (answer.answers ?? []).map((record) => ('data' in record ? record.data : undefined));
}

function ttls(answer: DecodedPacket): unknown[] {
  return (answer.answers ?? []).map((record) => ('ttl' in record ? record.ttl : undefined));
}

let world: Responder;
let forward: string;
before(async () => {
  ({ world, forward } = await openWorld());
});
after(() => world.close());

function start(corefile: string, options: Omit<ServerOptions, 'corefile'> = {}): Promise<TestServer> {
  const files = { 'resolv.conf': RESOLV_CONF };
  return TestServer.start({ corefile: localize(corefile, forward), manifests: CLUSTER, files, ...options });
}

const promised: readonly { name: string; corefile: string; ttl: number }[] = [
  { name: 'the default Corefile', corefile: DEFAULT, ttl: 30 },
  { name: 'the same plugins in another order', corefile: SHUFFLED, ttl: 30 },
  { name: 'a mesh, with the old option `upstream`', corefile: MESH, ttl: 5 },
  { name: 'a mesh, with comments between the plugins', corefile: MESH_WITH_COMMENTS, ttl: 5 },
];
for (const { name, corefile, ttl } of promised)
  describe(name, () => {
    let server: TestServer;
    before(async () => {
      server = await start(corefile);
    });
    after(() => server.stop('SIGQUIT'));

    it('a service has one address, that of the cluster', async () => {
      const answer = await server.ask('my-api.production.svc.cluster.local');
      assert.deepEqual(data(answer), ['10.96.40.17']);
      assert.deepEqual(ttls(answer), [ttl]);
    });

    it('a headless service has those of its pods', async () => {
      assert.deepEqual(data(await server.ask('postgres.db.svc.cluster.local')).sort(), ['10.244.1.20', '10.244.2.20']);
    });

    it('each pod of a StatefulSet has a name', async () => {
      assert.deepEqual(data(await server.ask('postgres-0.postgres.db.svc.cluster.local')), ['10.244.1.20']);
      assert.deepEqual(data(await server.ask('postgres-1.postgres.db.svc.cluster.local')), ['10.244.2.20']);
      assert.equal(rcodeOf(await server.ask('postgres-2.postgres.db.svc.cluster.local')), NXDOMAIN);
    });

    it('a named port has SRV records', async () => {
      const [record] = data(await server.ask('_http._tcp.my-api.production.svc.cluster.local', 'SRV'));
      assert.deepEqual(record, { priority: 0, weight: 100, port: 8080, target: 'my-api.production.svc.cluster.local' });
      const targets = (await server.ask('_postgresql._tcp.postgres.db.svc.cluster.local', 'SRV')).answers?.map(
        (answer) => answer.type === 'SRV' && `${answer.data.target}:${answer.data.port}`,
      );
      assert.deepEqual(targets?.sort(), [
        'postgres-0.postgres.db.svc.cluster.local:5432',
        'postgres-1.postgres.db.svc.cluster.local:5432',
      ]);
    });

    it('an ExternalName service is an alias, which is followed', async () => {
      const answer = await server.ask('legacy-db.production.svc.cluster.local');
      assert.deepEqual(data(answer), ['rds.us-east-1.amazonaws.com', '192.0.2.20']);
      assert.deepEqual(data(await server.ask('legacy-db.production.svc.cluster.local', 'CNAME')), [
        'rds.us-east-1.amazonaws.com',
      ]);
    });

    it('reverse names are known, and those of elsewhere fall through', async () => {
      assert.deepEqual(data(await server.ask('17.40.96.10.in-addr.arpa', 'PTR')), [
        'my-api.production.svc.cluster.local',
      ]);
      assert.deepEqual(data(await server.ask('1.2.0.192.in-addr.arpa', 'PTR')), ['example.com']);
    });

    it('pods have names made of their addresses', async () => {
      assert.deepEqual(data(await server.ask('10-244-1-11.production.pod.cluster.local')), ['10.244.1.11']);
    });

    it('names from elsewhere are asked once and remembered for 30 seconds', async () => {
      const before = world.asked('example.com.');
      for (let i = 0; i < 5; i++) {
        const answer = await server.ask('example.com');
        assert.deepEqual(data(answer), ['192.0.2.1']);
        assert.ok(Number(ttls(answer)[0]) <= 30, `${ttls(answer)}`);
      }
      assert.equal(world.asked('example.com.') - before, 1);
    });

    it('ndots:5 costs three names that do not exist', async () => {
      for (const suffix of ['app.svc.cluster.local', 'svc.cluster.local', 'cluster.local'])
        assert.equal(rcodeOf(await server.ask(`api.github.com.${suffix}`)), NXDOMAIN);
      assert.deepEqual(data(await server.ask('api.github.com')), ['192.0.2.10']);
    });

    it('addresses come in changing order', async () => {
      const orders = new Set<string>();
      await until(
        async () => orders.add(data(await server.ask('postgres.db.svc.cluster.local')).join()).size === 2,
        10_000,
        () => `two orders: ${[...orders].join(' | ')}`,
      );
    });

    it('health, readiness and the metrics that the article watches', async () => {
      assert.equal((await get(server.ports[1], '/health'))?.body, 'OK');
      assert.equal((await get(server.ports[2], '/ready'))?.body, 'OK');
      const samples = await scrape(server.ports[3]);
      assert.ok(sum(samples, 'coredns_dns_requests_total') > 20);
      assert.ok(sum(samples, 'coredns_dns_responses_total', { rcode: 'NXDOMAIN' }) >= 4);
      assert.ok(sum(samples, 'coredns_dns_request_duration_seconds_bucket', { le: '+Inf' }) > 20);
      assert.ok(sum(samples, 'coredns_cache_hits_total') >= 4);
      assert.ok(sum(samples, 'coredns_cache_misses_total') >= 1);
      assert.ok(![...samples.keys()].some((sample) => sample.startsWith('coredns_forward_healthcheck_failures_total')));
    });

    it('says nothing on stderr, and no error on stdout', () => {
      assert.equal(server.stderr, '');
      assert.doesNotMatch(server.stdout, /^\[(ERROR|FATAL)\]/m);
      assert.equal(/^\[WARNING\].*'upstream' has no effect/m.test(server.stdout), corefile === MESH);
    });
  });

describe('stub domains', () => {
  let server: TestServer;
  let consul: Responder;
  let corp: Responder;
  before(async () => {
    [consul, corp] = await Promise.all([openResponder(CONSUL), openResponder(CORP)]);
    server = await start(
      STUB_DOMAINS.replace('10.150.0.1', `127.0.0.1:${consul.port}`).replace('192.168.1.53', `127.0.0.1:${corp.port}`),
    );
  });
  after(async () => {
    await Promise.all([server.stop('SIGKILL'), consul.close(), corp.close()]);
  });

  it('each goes to its own name server', async () => {
    assert.deepEqual(data(await server.ask('web.consul.local')), ['10.150.0.80']);
    assert.deepEqual(data(await server.ask('wiki.internal.corp')), ['192.168.1.80']);
    assert.deepEqual([world.asked('web.consul.local.'), world.asked('wiki.internal.corp.')], [0, 0]);
  });

  it('the cluster and the rest of the world as before', async () => {
    assert.deepEqual(data(await server.ask('my-api.production.svc.cluster.local')), ['10.96.40.17']);
    assert.deepEqual(data(await server.ask('api.github.com')), ['192.0.2.10']);
  });

  it('`health { lameduck 5s }` on one line means what it says', async () => {
    server.signal('SIGTERM');
    await server.printed(/^\[INFO\] plugin\/health: Going into lameduck mode for 5s$/m);
    assert.equal(await get(server.ports[2], '/ready'), null);
    assert.equal((await get(server.ports[1], '/health'))?.status, 200);
    assert.deepEqual(data(await server.ask('web.consul.local')), ['10.150.0.80']);
  });
});

describe('custom upstreams', () => {
  it('are asked at random, and one that is down is done without', async () => {
    const upstreams = await Promise.all([openResponder(WORLD), openResponder(WORLD)]);
    const [first, second] = upstreams;
    const own = CUSTOM_UPSTREAMS.replace('8.8.8.8', `127.0.0.1:${first.port}`).replace(
      '8.8.4.4',
      `127.0.0.1:${second.port}`,
    );
    const server = await start(block(own));
    await until(
      async () => {
        assert.deepEqual(data(await server.ask('example.com')), ['192.0.2.1']);
        return upstreams.every((upstream) => upstream.asked('example.com.') > 0);
      },
      10_000,
      () => 'both upstreams to be asked',
    );
    await first.close();
    for (let i = 0; i < 20; i++) assert.deepEqual(data(await server.ask('example.com')), ['192.0.2.1']);
    assert.equal(await server.stop(), 0);
    await second.close();
  });
});

describe('upstreams over TLS', () => {
  it('are asked under the name of their certificate', async () => {
    const upstreams = await Promise.all(
      [1, 2].map(() => SecureUpstream.open('tls', answering('192.0.2.99'), { subject: { dns: ['dns.quad9.net'] } })),
    );
    const own = OVER_TLS.replace('9.9.9.9', upstreams[0].text)
      .replace('149.112.112.112', upstreams[1].text)
      .replace('    health_check', '    tls {FOLDER}/ca.pem\n    health_check');
    const server = await start(block(own), { files: { 'ca.pem': AUTHORITY.cert } });
    assert.deepEqual(data(await server.ask('example.com')), ['192.0.2.99']);
    assert.deepEqual(
      upstreams.flatMap(({ seen }) => seen).map(({ proto, name }) => [proto, name]),
      [['tls', 'example.com.']],
    );
    assert.equal(await server.stop(), 0);
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  });
});

describe('static hosts', () => {
  it('override, and unmatched names go on', async () => {
    const server = await start(block(`${HOSTS}forward . /etc/resolv.conf\n`));
    assert.deepEqual(data(await server.ask('mydb.internal.example.com')), ['10.0.1.100']);
    assert.deepEqual(data(await server.ask('legacy-api.corp.local')), ['192.168.5.5']);
    assert.deepEqual(data(await server.ask('100.1.0.10.in-addr.arpa', 'PTR')), ['mydb.internal.example.com']);
    assert.deepEqual(data(await server.ask('example.com')), ['192.0.2.1']);
    assert.equal(await server.stop(), 0);
  });

  it('come before kubernetes, wherever they stand', async () => {
    const server = await start(
      block('kubernetes cluster.local\nhosts {\n  10.0.0.99 my-api.production.svc.cluster.local\n  fallthrough\n}\n'),
    );
    assert.deepEqual(data(await server.ask('my-api.production.svc.cluster.local')), ['10.0.0.99']);
    assert.deepEqual(data(await server.ask('kube-dns.kube-system.svc.cluster.local')), ['10.96.0.10']);
    assert.equal(await server.stop(), 0);
  });
});

describe('a tuned cache', () => {
  it('keeps to its largest and smallest TTL', async () => {
    const server = await start(block(`${CACHE}forward . /etc/resolv.conf\n`));
    assert.deepEqual(ttls(await server.ask('long.example.com')), [3600]);
    assert.deepEqual(ttls(await server.ask('zero.example.com')), [5]);
    const denial = await server.ask('nope.example.com');
    assert.equal(rcodeOf(denial), NXDOMAIN);
    assert.ok(denial.authorities?.every((record) => 'ttl' in record && Number(record.ttl) <= 30));
    const before = world.asked('nope.example.com.');
    assert.equal(rcodeOf(await server.ask('nope.example.com')), NXDOMAIN);
    assert.equal(world.asked('nope.example.com.'), before);
    assert.equal(await server.stop(), 0);
  });
});

describe('what the third article says of Corefiles', () => {
  it('environment variables are substituted', async () => {
    const corefile = '{$ZONE}:{PORT} {\n  forward . {$UPSTREAM}\n}\n';
    const server = await start(corefile, {
      env: { ZONE: 'example.com', UPSTREAM: forward.replace('{FOLDER}/resolv.conf', NODE_RESOLVER.address) },
    });
    assert.deepEqual(data(await server.ask('example.com')), ['192.0.2.1']);
    assert.equal(await server.stop(), 0);
  });

  it('the mesh DNS of a forward inside the block', async () => {
    const server = await start(LINKERD.replace('linkerd-dns.linkerd.svc.cluster.local:8600', '127.0.0.1:9'));
    assert.deepEqual(data(await server.ask('my-api.production.svc.cluster.local')), ['10.96.40.17']);
    assert.equal(rcodeOf(await server.ask('example.com')), SERVFAIL, 'nothing serves it');
    await server.printed(/^\[ERROR\] plugin\/errors: 2 example\.com\. A: plugin\/\w+: no next plugin found$/m);
    await server.stop('SIGQUIT');
  });

  it('a server that forwards to itself is halted by loop', async () => {
    const port = await freePort();
    const { status, stdout } = await runToEnd({
      corefile: `.:${port} {\n  loop\n  forward . 127.0.0.1:${port}\n}\n`,
    });
    assert.match(
      stdout,
      new RegExp(
        `^\\[FATAL\\] plugin/loop: Loop \\(127\\.0\\.0\\.1:\\d+ -> :${port}\\) detected for zone "\\.", see `,
        'm',
      ),
    );
    assert.equal(status, 1);
  });
});

describe('what cannot work is refused in clear words', { concurrency: 2 }, () => {
  const refused: readonly { name: string; corefile: string; says: RegExp }[] = [
    {
      name: 'forward: a host name that nobody knows',
      corefile: localize(LINKERD, '/etc/resolv.conf'),
      says: /^plugin\/forward: failed to resolve "linkerd-dns\.linkerd\.svc\.cluster\.local": lookup .*: no such host\n$/,
    },
    {
      name: 'forward: more than 15 upstreams',
      corefile: block(`forward . ${Array.from({ length: 16 }, (_, i) => `192.0.2.${i + 1}`).join(' ')}\n`),
      says: /^plugin\/forward: .*more than 15 TOs configured: 16\n$/,
    },
  ];
  for (const { name, corefile, says } of refused)
    it(name, async () => {
      const { status, stderr } = await runToEnd({ corefile, manifests: CLUSTER });
      assert.match(stderr, says);
      assert.equal(stderr.split('\n').length, 2, 'one line');
      assert.equal(status, 1);
    });
});
