// Whatever arrives, the server stays: 100,000 random and mutated packets over UDP, some thousand over TCP.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { describeAnswer } from './conformance/describe.ts';
import { openAuthority, type Responder } from './conformance/upstream.ts';
import { residentOf, TestServer, until } from './harness.ts';
import { scrape, sum } from './http.ts';
import { answerLimit, Packets, Random } from './mutations.ts';
import { packet, SENTINEL, UdpClient } from './packets.ts';
import { framed, Stream } from './stream.ts';

const SEED = 20_261_121;
const PACKETS = 100_000;
/** Packets between two looks at the answers: their answers fit into a socket's buffer. */
const ROUND = 250;
/** MiB that a resolver may grow while it is being fuzzed, once it has seen a third of it. */
const MAX_GROWTH = 64;
const QR = 0x80;

const CLUSTER = join(import.meta.dirname, '..', 'example', 'cluster');
const COREFILE = `.:{PORT} {
    prometheus 127.0.0.1:{PORT2}
    loadbalance
    rewrite name exact old.test my-api.production.svc.cluster.local
    hosts {
        192.0.2.1 a.hosts.test
        192.0.2.2 b.hosts.test *.star.hosts.test
        fallthrough
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    cache 30
    forward . 127.0.0.1:UPSTREAM {
        max_concurrent 1000
    }
}
logged.test:{PORT} {
    log
    errors
    whoami
}
`;
const NAMES = [
  '.',
  'a.hosts.test.',
  'x.star.hosts.test.',
  'old.test.',
  'my-api.production.svc.cluster.local.',
  'postgres.db.svc.cluster.local.',
  'legacy-db.production.svc.cluster.local.',
  '_http._tcp.my-api.production.svc.cluster.local.',
  '10-244-1-11.production.pod.cluster.local.',
  'dns-version.cluster.local.',
  '17.40.96.10.in-addr.arpa.',
  'e.1.4.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa.',
  'example.com.',
  'www.example.com.',
  'big.example.com.',
  'x.wild.example.org.',
  'a.logged.test.',
];

describe('packets of all kinds of wrongness', () => {
  let server: TestServer;
  let upstream: Responder;
  let resolvers: readonly number[];
  const sentinel = packet({ id: SENTINEL, name: 'a.hosts.test.' });

  before(async () => {
    upstream = await openAuthority();
    server = await TestServer.start({
      corefile: COREFILE.replace('UPSTREAM', String(upstream.port)),
      manifests: CLUSTER,
    });
    ({ resolvers } = server);
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
    await upstream.close();
  });

  /** Alive, the same process, no thread replaced, nothing recovered from, and answering. */
  async function unharmed(): Promise<void> {
    assert.deepEqual(server.resolvers, resolvers);
    assert.doesNotMatch(server.stdout, /died|resolver process ended|Recovered from panic|\[FATAL\]/);
    assert.equal(server.stderr, '');
    assert.equal((await server.ask('a.hosts.test')).answers?.length, 1);
    const samples = await scrape(server.ports[1]);
    assert.equal(sum(samples, 'coredns_panics_total'), 0);
  }

  it(`${PACKETS} over UDP: no harm, no leak, no answer that must not be`, async () => {
    const packets = new Packets(SEED, NAMES);
    const client = await UdpClient.open(server.port);
    const queries = new Map<number, Buffer>();
    let answered = 0;
    let resident = 0;
    for (let sent = 0; sent < PACKETS; sent += ROUND) {
      for (let i = 0; i < ROUND; i++) {
        const query = packets.next();
        if (query.length >= 2) queries.set(query.readUInt16BE(0), query);
        client.send(query);
        if (i % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
      }
      for (const answer of await client.settle(sentinel, 10_000)) {
        checkAnswer(answer, queries);
        answered++;
      }
      if (sent <= PACKETS / 3) resident = residentOf(resolvers[0]);
    }
    client.close();
    await unharmed();
    // Four of five packets are fit for an answer, an error at least; far fewer would mean that they got lost and nothing was tested.
    assert.ok(answered > PACKETS / 2, `${answered} answers`);
    const growth = residentOf(resolvers[0]) - resident;
    assert.ok(growth < MAX_GROWTH, `the resolver grew by ${growth} MiB`);
  });

  it('nothing waits for ever', async () => {
    await until(
      async () => sum(await scrape(server.ports[1]), 'shoal_forward_waiting') === 0,
      10_000,
      () => 'all forwarded queries to be done',
    );
  });

  it('3,000 over TCP in whole frames: every connection goes on to the last', async () => {
    const packets = new Packets(SEED + 1, NAMES);
    for (let connection = 0; connection < 30; connection++) {
      const stream = await Stream.open(server.port);
      stream.write(Buffer.concat(Array.from({ length: 100 }, () => framed(packets.next()))));
      stream.write(framed(sentinel));
      await until(
        () => stream.last?.readUInt16BE(0) === SENTINEL,
        10_000,
        () => `the answer to the last question (closed: ${stream.closed}, ${stream.waiting} answers)`,
      );
      for (const answer of await stream.take(stream.waiting)) describeAnswer(answer);
      stream.close();
    }
    await unharmed();
  });

  it('streams that are none', async () => {
    const random = new Random(SEED + 2);
    for (let connection = 0; connection < 30; connection++) {
      const stream = await Stream.open(server.port);
      stream.write(random.octets(1 + random.below(5000)));
      await new Promise((resolve) => setImmediate(resolve));
      stream.close();
    }
    await unharmed();
  });
});

/** An answer is well-formed, belongs to a query that may have one, comes once, and is no larger than its client can take. */
function checkAnswer(answer: Buffer, queries: Map<number, Buffer>): void {
  const show = (query: Buffer): string => `${query.toString('hex')} was answered ${answer.toString('hex')}`;
  const id = answer.readUInt16BE(0);
  const query = queries.get(id);
  assert.ok(query !== undefined, `an answer to nothing: ${answer.toString('hex')}`);
  queries.delete(id);
  assert.ok(query.length >= 12, show(query));
  assert.equal(query[2] & QR, 0, show(query));
  assert.notEqual(answer[2] & QR, 0, show(query));
  assert.ok(answer.length <= answerLimit(query), show(query));
  try {
    describeAnswer(answer);
  } catch (error) {
    assert.fail(`${String(error)}: ${show(query)}`);
  }
}
