// An upstream that lies, floods, mumbles and hangs up: clients get what is right, in time; nothing wrong is kept; what was ignored is counted.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, describe, it } from 'node:test';
import type { Answer, DecodedPacket } from 'dns-packet';
import { encodeName } from '#wire/name.ts';
import { Shuffle } from '#workers/lib/random.ts';
import { type Received, replyTo, ScriptedUpstream } from '#workers/testing/upstream.ts';
import { ask, childrenOf, residentOf, TestServer, until } from './harness.ts';
import { scrape, sum } from './http.ts';
import { rcodeOf } from './load.ts';
import { RawUpstream } from './raw-upstream.ts';
import { framed } from './stream.ts';

const COREFILE = `.:{PORT} {
    errors
    prometheus 127.0.0.1:{PORT2}
    cache 30
    forward raw.test 127.0.0.1:{$RAW} {
        force_tcp
        read_timeout 200ms
        max_fails 0
    }
    forward . 127.0.0.1:{$UPSTREAM} {
        read_timeout 400ms
        max_fails 0
    }
}
`;
const IGNORED = 'shoal_proxy_replies_ignored_total';
const DROPPED = 'shoal_proxy_records_dropped_total';
const REFUSED = 'shoal_proxy_replies_refused_total';
const SERVFAIL = 2;
const GOOD = '192.0.2.1';
const EVIL = '192.0.2.66';
const random = new Shuffle(1);

function a(name: string, data: string): Answer {
  return { type: 'A', name, ttl: 60, data };
}
function honest(request: Received): Buffer {
  return replyTo(request, { answers: [a(request.name, GOOD)] });
}
function evil(request: Received, parts: Parameters<typeof replyTo>[1] = {}): Buffer {
  return replyTo(request, { answers: [a(request.name, EVIL)], ...parts });
}
function addresses(answer: DecodedPacket): string[] {
  return (answer.answers ?? []).flatMap((record) => (record.type === 'A' ? [record.data] : []));
}
/** A copy with some octets changed. */
function patched(message: Buffer, at: number, ...octets: number[]): Buffer {
  const copy = Buffer.from(message);
  copy.set(octets, at);
  return copy;
}
function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
function noise(length: number): Buffer {
  return Buffer.from(times(length, () => random.below(256)));
}
function chain(from: string, length: number): Answer[] {
  const names = times(length, (i) => `a${i}.chain.test`);
  return names.map((data, i) => ({ type: 'CNAME', name: i === 0 ? from : names[i - 1], ttl: 60, data }));
}
/** The question's name behind the header. */
const nameBytes = ({ name }: Received): number => encodeName(name).length;

interface Row {
  readonly title: string;
  readonly script: (request: Received) => readonly (Buffer | 'close')[];
  readonly tcp?: boolean;
  /** The client gets SERVFAIL, and not the address. */
  readonly fails?: boolean;
  /** Octets or records of the hostile reply are counted: a metric, and how much at least. */
  readonly counted?: readonly [metric: string, atLeast: number];
}

const rows: readonly Row[] = [
  {
    title: 'wrong ids',
    script: (request) => [...times(200, (i) => evil(request, { id: (request.id + 1 + i) & 0xffff })), honest(request)],
    counted: [IGNORED, 200],
  },
  {
    title: 'other questions',
    script: (request) => [
      evil(request, { question: { name: 'bank.example', type: 'A' } }),
      evil(request, { question: { name: request.name, type: 'AAAA' } }),
      patched(evil(request), 12 + nameBytes(request) + 3, 3),
      patched(evil(request), 5, 0),
      patched(evil(request), 5, 2),
      honest(request),
    ],
    counted: [IGNORED, 5],
  },
  {
    title: 'the name in other letters',
    script: (request) => [
      evil(request, { question: { name: request.name.toUpperCase(), type: 'A' } }),
      honest(request),
    ],
    counted: [IGNORED, 1],
  },
  {
    title: 'queries instead of replies',
    script: (request) => [patched(evil(request), 2, 1, 0), honest(request)],
    counted: [IGNORED, 1],
  },
  {
    title: 'noise',
    script: (request) => [...times(300, (i) => noise(i * 3)), honest(request)],
    counted: [IGNORED, 290],
  },
  {
    title: 'noise behind a right header and question',
    script: (request) => {
      const head = evil(request).subarray(0, 12 + nameBytes(request) + 4);
      return [...times(50, () => Buffer.concat([patched(head, 6, 0, 9, 0, 9, 0, 9), noise(200)])), honest(request)];
    },
  },
  {
    title: 'names that run in circles',
    script: (request) => {
      const head = evil(request).subarray(0, 12 + nameBytes(request) + 4);
      const here = 0xc000 | head.length;
      const record = Buffer.from([here >>> 8, here & 255, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 66]);
      return [Buffer.concat([head, record]), honest(request)];
    },
    counted: [IGNORED, 1],
  },
  {
    title: 'more records counted than there are',
    script: (request) => [patched(evil(request), 6, 0xff, 0xff), honest(request)],
    counted: [IGNORED, 1],
  },
  {
    title: 'a reply that is cut off',
    script: (request) => [evil(request).subarray(0, -5), honest(request)],
    counted: [IGNORED, 1],
  },
  {
    title: 'the same reply again and again',
    script: (request) => times(50, () => honest(request)),
    counted: [IGNORED, 49],
  },
  {
    title: 'records of others in every section',
    script: (request) => [
      replyTo(request, {
        answers: [a(request.name, GOOD), a('bank.example', EVIL)],
        authorities: [{ type: 'NS', name: 'bank.example', ttl: 60, data: 'ns.evil.test' }],
        additionals: [a('ns.evil.test', EVIL), a('bank.example', EVIL)],
      }),
    ],
    counted: [DROPPED, 4],
  },
  {
    title: 'nothing but records of others',
    script: (request) => [replyTo(request, { answers: [a('bank.example', EVIL)] })],
    fails: true,
    counted: [REFUSED, 1],
  },
  {
    title: 'endless aliases',
    script: (request) => [replyTo(request, { answers: chain(request.name, 40) })],
    tcp: true,
    fails: true,
    counted: [REFUSED, 1],
  },
  { title: 'silence', script: () => [], fails: true },
  { title: 'noise by TCP', script: () => [noise(100)], tcp: true, fails: true, counted: [IGNORED, 1] },
  { title: 'connections that are closed at once', script: () => ['close'], tcp: true, fails: true },
  {
    title: 'wrong ids by TCP',
    script: (request) => [evil(request, { id: request.id ^ 1 }), honest(request)],
    tcp: true,
    counted: [IGNORED, 1],
  },
];

/** What connections may come to. */
const broken: readonly (readonly [title: string, send: RawUpstream['send']])[] = [
  ['half a length', (socket) => socket.write(Buffer.from([1]))],
  ['half a frame', (socket, query) => socket.write(framed(Buffer.concat([query, query])).subarray(0, 20))],
  ['half a frame and the end', (socket, query) => socket.end(framed(query).subarray(0, 9))],
  ['a reset instead of a reply', (socket) => socket.resetAndDestroy()],
  [
    'a reset in the middle of a reply',
    (socket, query) => socket.write(framed(query).subarray(0, 9), () => socket.resetAndDestroy()),
  ],
  ['frames of nothing', (socket) => socket.write(Buffer.alloc(2000))],
];

describe('a hostile upstream', () => {
  let upstream: ScriptedUpstream;
  let raw: RawUpstream;
  let server: TestServer;
  before(async () => {
    upstream = await ScriptedUpstream.open((request) => [honest(request)]);
    raw = await RawUpstream.open();
    const env = { RAW: String(raw.port), SHOAL_RESOLVER_THREADS: '2', UPSTREAM: String(upstream.port) };
    server = await TestServer.start({ corefile: COREFILE, env });
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
    await upstream.close();
    raw.close();
  });

  const question = (name: string, tcp = false): Promise<DecodedPacket> =>
    ask(server.port, name, 'A', { tcp, timeout: 4500, retries: 0 });
  const count = async (metric: string): Promise<number> => sum(await scrape(server.ports[1]), metric);

  async function countedAtLeast(metric: string, goal: number): Promise<void> {
    let now = 0;
    await until(
      async () => {
        now = await count(metric);
        return now >= goal;
      },
      5000,
      () => `${metric} ${now}, wanted ${goal}`,
    );
  }

  for (const [i, { title, script, tcp = false, fails = false, counted }] of rows.entries())
    it(title, async () => {
      const name = `row${i}.test`;
      const before = counted === undefined ? 0 : await count(counted[0]);
      upstream.script = script;
      const answer = await question(name, tcp);
      assert.equal(rcodeOf(answer), fails ? SERVFAIL : 0);
      assert.deepEqual(addresses(answer), fails ? [] : [GOOD]);
      assert.deepEqual(answer.authorities, []);
      assert.deepEqual(answer.additionals, []);
      if (counted !== undefined) await countedAtLeast(counted[0], before + counted[1]);
      upstream.script = (request) => [honest(request)];
      assert.deepEqual(addresses(await question(name, tcp)), [GOOD], 'what is wrong is not kept');
      assert.deepEqual(addresses(await question('bank.example')), [GOOD], 'nor what nobody asked for');
    });

  it('replies from another port', async () => {
    const other = createSocket('udp4');
    upstream.script = async (request) => {
      for (const reply of [evil(request), evil(request)])
        await new Promise((resolve) => other.send(reply, request.port, '127.0.0.1', resolve));
      return [honest(request)];
    };
    assert.deepEqual(addresses(await question('port.test')), [GOOD]);
    other.close();
  });

  it('truncated, by UDP and TCP alike: the client is told so, and nothing is kept', async () => {
    const TC = 0x0200;
    upstream.script = (request) => [replyTo(request, { flags: TC })];
    for (const tcp of [false, true]) {
      const answer = await question('cut.test', tcp);
      assert.equal(answer.flag_tc, true);
      assert.deepEqual(addresses(answer), []);
    }
    upstream.script = (request) => [honest(request)];
    assert.deepEqual(addresses(await question('cut.test')), [GOOD]);
  });

  it('more than the client takes', async () => {
    upstream.script = (request) => [
      replyTo(request, { answers: times(1500, (i) => a(request.name, `192.0.${i >> 8}.${i & 255}`)) }),
    ];
    const answer = await question('large.test');
    assert.equal(answer.flag_tc, true);
    assert.ok((answer.answers ?? []).length < 40);
  });

  for (const [i, [title, send]] of broken.entries())
    it(title, async () => {
      raw.send = send;
      assert.equal(rcodeOf(await question(`a${i}.raw.test`, true)), SERVFAIL);
      raw.send = (socket, query) => socket.write(framed(patched(query, 2, 0x81, 0x80)));
      assert.equal(rcodeOf(await question(`a${i}.raw.test`, true)), 0, 'the next connection is another one');
    });

  it('100,000 datagrams of junk: others are served meanwhile, and memory does not grow', {
    timeout: 40_000,
  }, async () => {
    const ports = new Set<number>();
    upstream.script = (request) => {
      ports.add(request.port);
      return [honest(request)];
    };
    for (let i = 0; i < 8; i++) await question(`before${i}.test`);
    const resident = (): number =>
      childrenOf(server.pid).reduce((total, pid) => total + residentOf(pid), residentOf(server.pid));
    const ignored = await count(IGNORED);
    const memory = resident();
    const pieces = times(64, (i) => patched(noise(20 + 8 * i), 2, 0x81));
    const targets = [...ports];
    let sent = 0;
    const flood = (async () => {
      for (; sent < 100_000; sent += pieces.length * targets.length) {
        upstream.spray(pieces, targets);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    let asked = 0;
    while (sent < 100_000) assert.deepEqual(addresses(await question(`during${asked++}.test`)), [GOOD]);
    await flood;
    await countedAtLeast(IGNORED, ignored + 50_000);
    assert.ok(resident() - memory < 48, `${Math.round(resident() - memory)} MiB more`);
  });

  it('50 equal questions at once make one request, over all threads', async () => {
    const names = times(4, (i) => `herd${i}.test`);
    upstream.script = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return [honest(request)];
    };
    for (const name of names) {
      const answers = await Promise.all(times(50, () => question(name)));
      for (const answer of answers) assert.deepEqual(addresses(answer), [GOOD]);
      assert.equal(upstream.seen.filter((request) => request.name === `${name}.`).length, 1, name);
    }
  });
});
