// UDP and TCP as clients see them: acceptance, headers, EDNS, sizes, connections (spec B1–B4).

import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import type { Expectation } from './conformance/case.ts';
import { describeAnswer } from './conformance/describe.ts';
import { exchangeTcp, exchangeUdp, TestServer, until } from './harness.ts';
import { FLAG, type Opt, opt, packet, SENTINEL, type Shape, UdpClient } from './packets.ts';

const HAS_IPV6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
/** A name of 30 characters with 100 addresses (spec B4, examples). */
const WIDE = 'a-name-of-thirty-chars.wide.one.test'.slice(-30);
const ADDRESSES = Array.from({ length: 100 }, (_, i) => `        192.0.2.${i + 1} ${WIDE}`).join('\n');

/** The blocks differ in what they answer, so that an answer tells which one gave it. */
const COREFILE = `one.test:{PORT} {
    hosts {
        192.0.2.1 a.one.test
        192.0.2.2 deep.one.test
        192.0.2.3 Mixed.one.test
${ADDRESSES}
    }
}
deep.one.test:{PORT} {
    hosts {
        192.0.2.11 a.deep.one.test
    }
}
whole.test:{PORT2} .:{PORT3} {
    whoami
}
upstream.test:{PORT3} {
    forward . 127.0.0.1:9
}
bound.test:{PORT4} {
    bind 127.0.0.1
    whoami
}
`;

interface Row extends Shape {
  readonly name: string;
  readonly question?: string;
  /** Rcode, flags, and how many octets when it is only a header. */
  readonly want: {
    readonly rcode: string;
    readonly flags: string;
    readonly octets?: number;
    readonly answers?: number;
  };
}

const HEADER = 12;
const accepted: readonly Row[] = [
  { name: 'an ordinary query', want: { rcode: 'NOERROR', flags: 'QR AA RD', answers: 1 } },
  {
    name: 'RD and CD are copied',
    flags: FLAG.RD | FLAG.CD,
    want: { rcode: 'NOERROR', flags: 'QR AA RD CD', answers: 1 },
  },
  {
    name: 'AA, TC, RA, Z and AD are not',
    flags: FLAG.AA | FLAG.TC | FLAG.RA | FLAG.Z | FLAG.AD,
    want: { rcode: 'NOERROR', flags: 'QR AA', answers: 1 },
  },
  {
    name: 'octets behind the last record are ignored',
    tail: Buffer.from('beyond'),
    want: { rcode: 'NOERROR', flags: 'QR AA RD', answers: 1 },
  },
  {
    name: 'opcode NOTIFY enters the chain; RD and CD are not copied',
    opcode: 4,
    flags: FLAG.RD | FLAG.CD,
    want: { rcode: 'NOERROR', flags: 'QR AA', answers: 1 },
  },
  { name: 'opcode IQUERY is not implemented', opcode: 1, want: { rcode: 'NOTIMP', flags: 'QR RD', octets: HEADER } },
  { name: 'opcode STATUS is not implemented', opcode: 2, want: { rcode: 'NOTIMP', flags: 'QR RD', octets: HEADER } },
  { name: 'opcode UPDATE is not implemented', opcode: 5, want: { rcode: 'NOTIMP', flags: 'QR RD', octets: HEADER } },
  {
    name: 'opcode 15 is not implemented',
    opcode: 15,
    flags: 0,
    want: { rcode: 'NOTIMP', flags: 'QR', octets: HEADER },
  },
  {
    name: 'an unknown opcode goes before wrong counts',
    opcode: 5,
    counts: [9, 9, 9, 9],
    want: { rcode: 'NOTIMP', flags: 'QR RD', octets: HEADER },
  },
  { name: 'no question', counts: [0, 0, 0, 0], want: { rcode: 'FORMERR', flags: 'QR RD', octets: HEADER } },
  { name: 'two questions', counts: [2, 0, 0, 0], want: { rcode: 'FORMERR', flags: 'QR RD', octets: HEADER } },
  { name: 'two answers', counts: [1, 2, 0, 0], want: { rcode: 'FORMERR', flags: 'QR RD', octets: HEADER } },
  { name: 'two authorities', counts: [1, 0, 2, 0], want: { rcode: 'FORMERR', flags: 'QR RD', octets: HEADER } },
  {
    name: 'three additional records',
    counts: [1, 0, 0, 3],
    want: { rcode: 'FORMERR', flags: 'QR RD', octets: HEADER },
  },
  {
    name: 'a record that is announced and missing',
    counts: [1, 0, 0, 1],
    tail: Buffer.from([0]),
    question: 'a.one.test. IN A',
    want: { rcode: 'FORMERR', flags: 'QR RD' },
  },
  {
    name: 'an OPT that is cut off',
    additional: [opt({ size: 1232, options: [[10, '0102030405060708']] }).subarray(0, 18)],
    question: 'a.one.test. IN A',
    want: { rcode: 'FORMERR', flags: 'QR RD' },
  },
  {
    name: 'a class that is not IN',
    class: 3,
    question: 'a.one.test. CH A',
    want: { rcode: 'REFUSED', flags: 'QR RD' },
  },
  { name: 'class ANY', class: 255, question: 'a.one.test. ANY A', want: { rcode: 'REFUSED', flags: 'QR RD' } },
  {
    name: "a name outside of the listener's zones",
    type: 'AAAA',
    question: 'a.two.test. IN AAAA',
    want: { rcode: 'REFUSED', flags: 'QR RD' },
  },
];

/** Shapes whose question stands in the row as text only. */
function shapeOf(row: Row): Shape {
  return row.question?.startsWith('a.two') === true ? { ...row, name: 'a.two.test.' } : { ...row, name: 'a.one.test.' };
}

function check(row: Row, message: Buffer): void {
  const { rcode, flags, octets, answers = 0 } = row.want;
  const got = describeAnswer(message);
  assert.equal(got.rcode, rcode);
  assert.equal(got.flags, flags);
  if (octets !== undefined) {
    assert.equal(message.length, octets);
    assert.equal((message.readUInt16BE(2) >> 11) & 15, rcode === 'NOTIMP' ? row.opcode : 0, 'opcode');
    assert.equal(message.readUInt16BE(2) & FLAG.Z, 0, 'Z');
  } else assert.deepEqual(got.question, [row.question ?? 'a.one.test. IN A']);
  assert.equal(got.answer?.length ?? 0, answers);
}

interface EdnsRow {
  readonly name: string;
  readonly asked: readonly Opt[];
  readonly want: Expectation['edns'];
  readonly rcode?: string;
}

const edns: readonly EdnsRow[] = [
  ...[0, 100, 512, 1232, 4096, 65535].map((size) => ({
    name: `a size of ${size} comes back`,
    asked: [{ size }],
    want: { version: 0, udp: size, do: false, options: [] },
  })),
  {
    name: 'DO comes back',
    asked: [{ size: 1232, flags: 0x8000 }],
    want: { version: 0, udp: 1232, do: true, options: [] },
  },
  {
    name: 'a cookie comes back as it was',
    asked: [{ size: 1232, options: [[10, '0102030405060708']] }],
    want: { version: 0, udp: 1232, do: false, options: [[10, '0102030405060708']] },
  },
  {
    name: 'an NSID request comes back empty',
    asked: [{ size: 1232, options: [[3, '']] }],
    want: { version: 0, udp: 1232, do: false, options: [[3, '']] },
  },
  {
    name: 'EXPIRE, TCP-KEEPALIVE and PADDING come back',
    asked: [
      {
        size: 1232,
        options: [
          [9, ''],
          [11, ''],
          [12, '000000'],
        ],
      },
    ],
    want: {
      version: 0,
      udp: 1232,
      do: false,
      options: [
        [9, ''],
        [11, ''],
        [12, '000000'],
      ],
    },
  },
  {
    name: 'ECS and unknown options do not',
    asked: [
      {
        size: 1232,
        options: [
          [8, '00011800c00002'],
          [65001, 'aa'],
          [10, '0102030405060708'],
        ],
      },
    ],
    want: { version: 0, udp: 1232, do: false, options: [[10, '0102030405060708']] },
  },
  {
    name: 'of two OPTs the last one counts',
    asked: [{ size: 4096 }, { size: 1400 }],
    want: { version: 0, udp: 1400, do: false, options: [] },
  },
  {
    name: 'version 1 is BADVERS',
    asked: [{ size: 1232, version: 1, flags: 0x8000 }],
    want: { version: 0, udp: 0, do: false, options: [] },
    rcode: 'BADVERS',
  },
];

interface SizeRow {
  readonly name: string;
  readonly asked: readonly Opt[];
  readonly answers: number;
  readonly octets: number;
  readonly truncated: boolean;
}

/** The spec's own examples (B4). */
const sizes: readonly SizeRow[] = [
  { name: 'without OPT: 512 octets', asked: [], answers: 29, octets: 512, truncated: true },
  { name: 'OPT 100 means 512', asked: [{ size: 100 }], answers: 28, octets: 507, truncated: true },
  { name: 'OPT 1232: 73 answers', asked: [{ size: 1232 }], answers: 73, octets: 1227, truncated: true },
  { name: 'OPT 4096: all, compressed', asked: [{ size: 4096 }], answers: 100, octets: 1659, truncated: false },
];

const variants: readonly { io: string; threads: string }[] = [
  { io: 'auto', threads: '2' },
  { io: 'dgram', threads: '1' },
];
for (const { io, threads } of variants)
  describe(`UDP I/O ${io}`, () => {
    let server: TestServer;
    let client: UdpClient;
    const sentinel = packet({ id: SENTINEL });

    before(async () => {
      server = await TestServer.start({
        corefile: COREFILE,
        env: { SHOAL_UDP_IO: io, SHOAL_RESOLVER_THREADS: threads },
      });
      client = await UdpClient.open(server.port);
    });
    after(async () => {
      client.close();
      assert.equal(await server.stop(), 0);
      assert.equal(server.stderr, '');
    });

    const udp = (message: Uint8Array, port = server.port): Promise<Buffer> =>
      exchangeUdp(port, '127.0.0.1', message, 3000);
    const tcp = (message: Uint8Array, port = server.port): Promise<Buffer> =>
      exchangeTcp(port, '127.0.0.1', message, 3000);

    for (const row of accepted)
      it(row.name, async () => {
        check(row, await udp(packet(shapeOf(row))));
        check(row, await tcp(packet(shapeOf(row))));
      });

    it('a message that ends behind its header is SERVFAIL without a question', async () => {
      const message = await udp(packet().subarray(0, HEADER));
      assert.equal(message.length, HEADER);
      assert.equal(describeAnswer(message).rcode, 'SERVFAIL');
    });

    const silent: readonly { name: string; message: Buffer }[] = [
      { name: 'a response', message: packet({ id: 7, flags: FLAG.QR | FLAG.RD }) },
      { name: 'a response with an unknown opcode', message: packet({ id: 7, flags: FLAG.QR, opcode: 9 }) },
      { name: 'a response with wrong counts', message: packet({ id: 7, flags: FLAG.QR, counts: [0, 5, 5, 5] }) },
      { name: 'eleven octets', message: packet({ id: 7 }).subarray(0, 11) },
      { name: 'one octet', message: Buffer.from([0]) },
      { name: 'an empty datagram', message: Buffer.alloc(0) },
    ];
    for (const { name, message } of silent)
      it(`${name} gets no answer`, async () => {
        client.send(message);
        assert.deepEqual(await client.settle(sentinel), []);
      });

    for (const { name, asked, want, rcode = 'NOERROR' } of edns)
      it(`EDNS: ${name}`, async () => {
        for (const exchange of [udp, tcp]) {
          const got = describeAnswer(await exchange(packet({ additional: asked.map(opt) })));
          assert.deepEqual(got.edns, want);
          assert.equal(got.rcode, rcode);
          assert.deepEqual(got.question, ['a.one.test. IN A']);
          assert.equal(got.flags, rcode === 'NOERROR' ? 'QR AA RD' : 'QR RD');
        }
      });

    it('EDNS: of the flags DO and the upper Z bits come back, the lower eight do not', async () => {
      const message = await udp(packet({ additional: [opt({ size: 1232, flags: 0xffff })] }));
      assert.equal(message.readUInt16BE(message.length - 4), 0xff00);
    });

    it('EDNS: a refused query has its OPT back', async () => {
      const got = describeAnswer(await udp(packet({ name: 'a.two.test.', additional: [opt({ size: 1400 })] })));
      assert.deepEqual([got.rcode, got.edns?.udp], ['REFUSED', 1400]);
    });

    it('the question comes back as it was spelled', async () => {
      const got = describeAnswer(await udp(packet({ name: 'mIxEd.ONE.test.' })));
      assert.deepEqual(got.question, ['mIxEd.ONE.test. IN A']);
      assert.equal(got.answer?.length, 1);
    });

    for (const { name, asked, answers, octets, truncated } of sizes)
      it(`a hundred addresses ${name}`, async () => {
        const message = await udp(packet({ name: `${WIDE}.`, additional: asked.map(opt) }));
        const got = describeAnswer(message);
        assert.deepEqual([got.answer?.length, message.length], [answers, octets]);
        assert.equal(got.flags, truncated ? 'QR AA TC RD' : 'QR AA RD');
      });

    // The reference leaves names whole where they fit (4,648 octets here); ours are pointers to the question in any case, which is less to send.
    it('a hundred addresses over TCP: all', async () => {
      const message = await tcp(packet({ name: `${WIDE}.` }));
      assert.deepEqual([describeAnswer(message).answer?.length, describeAnswer(message).flags], [100, 'QR AA RD']);
      assert.ok(message.length <= 4648);
    });

    it('more than 512 octets are cut by UDP and malformed, and fine over TCP', async () => {
      const message = packet({ additional: [opt({ size: 1232, options: [[12, '00'.repeat(600)]] })] });
      const cut = await udp(message);
      assert.deepEqual([describeAnswer(cut).rcode, describeAnswer(cut).question], ['FORMERR', ['a.one.test. IN A']]);
      assert.equal(describeAnswer(await tcp(message)).answer?.length, 1);
    });

    const zones: readonly { name: string; asked: Shape; port?: number; rcode: string }[] = [
      { name: 'the longest zone answers, over several blocks', asked: { name: 'a.deep.one.test.' }, rcode: 'NOERROR' },
      { name: 'its apex is its own', asked: { name: 'deep.one.test.' }, rcode: 'SERVFAIL' },
      { name: 'labels, not letters, make a zone', asked: { name: 'xdeep.one.test.' }, rcode: 'SERVFAIL' },
      { name: 'zones match in any spelling', asked: { name: 'A.DEEP.oNe.TeSt.' }, rcode: 'NOERROR' },
      { name: 'DS is asked at the parent', asked: { name: 'deep.one.test.', type: 'DS' }, rcode: 'NOERROR' },
      { name: 'the parent of a served zone is not served', asked: { name: 'test.' }, rcode: 'REFUSED' },
      { name: 'nor is the root', asked: { name: '.' }, rcode: 'REFUSED' },
    ];
    for (const { name, asked, rcode } of zones)
      it(name, async () => assert.equal(describeAnswer(await udp(packet(asked))).rcode, rcode));

    it('a listener that forwards takes all classes', async () => {
      const got = describeAnswer(await udp(packet({ name: 'a.test.', class: 3 }), server.ports[2]));
      assert.equal(got.rcode, 'NOERROR');
    });

    it('a wildcard listens on both families', { skip: !HAS_IPV6 }, async () => {
      assert.equal(describeAnswer(await exchangeUdp(server.port, '::1', packet(), 3000)).answer?.length, 1);
      assert.equal(describeAnswer(await exchangeTcp(server.port, '::1', packet(), 3000)).answer?.length, 1);
    });

    it('whoami sees IPv6 clients as such', { skip: !HAS_IPV6 }, async () => {
      const got = describeAnswer(await exchangeUdp(server.ports[1], '::1', packet({ name: 'whole.test.' }), 3000));
      assert.match(got.additional?.join(' ') ?? '', /IN AAAA ::1/);
    });

    // node:dgram cannot choose the source address of an answer.
    for (const address of ['127.0.0.1', '127.0.0.2', '127.99.1.2'])
      it(`what ${address} was asked it answers itself`, { skip: io === 'dgram' }, async () => {
        const other = await UdpClient.open(server.port, address);
        other.send(packet({ id: 5 }));
        await until(
          () => other.received.length > 0,
          3000,
          () => `an answer from ${address}`,
        );
        assert.equal(other.received[0].from, address);
        other.close();
      });

    it('bind keeps to its address', async () => {
      const message = packet({ name: 'bound.test.' });
      assert.equal(describeAnswer(await udp(message, server.ports[3])).rcode, 'NOERROR');
      assert.match(server.stdout, new RegExp(`^bound\\.test\\.:${server.ports[3]} on 127\\.0\\.0\\.1$`, 'm'));
      await assert.rejects(exchangeTcp(server.ports[3], '127.0.0.2', message, 1000), /ECONNREFUSED/);
      await assert.rejects(exchangeUdp(server.ports[3], '127.0.0.2', message, 100), /no answer/);
    });

    it('a thousand queries at once are all answered', async () => {
      for (let id = 0; id < 1000; id++) {
        client.send(packet({ id }));
        if (id % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
      }
      await until(
        () => client.received.length >= 1000,
        5000,
        () => `1000 answers, ${client.received.length} came`,
      );
      const ids = new Set(client.received.map(({ message }) => message.readUInt16BE(0)));
      assert.equal(ids.size, 1000);
      client.received = [];
    });
  });
