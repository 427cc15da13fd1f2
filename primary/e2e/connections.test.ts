// TCP connections as clients see them: pipelining, torn frames, silence, limits (spec B1, RFC 7766).

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { describeAnswer } from './conformance/describe.ts';
import { exchangeTcp, exchangeUdp, TestServer, until } from './harness.ts';
import { HeldUpstream } from './held-upstream.ts';
import { scrape, sum } from './http.ts';
import { FLAG, packet } from './packets.ts';
import { framed, Stream } from './stream.ts';

const TCP_CONNECTIONS = 8;
const TCP_PIPELINED = 4;

const COREFILE = `one.test:{PORT} {
    prometheus 127.0.0.1:{PORT5}
    hosts {
        192.0.2.1 a.one.test
    }
}
.:{PORT3} {
    whoami
}
upstream.test:{PORT3} {
    forward . 127.0.0.1:UPSTREAM
}
`;

describe('TCP connections', () => {
  let server: TestServer;
  let upstream: HeldUpstream;
  before(async () => {
    upstream = await HeldUpstream.open();
    server = await TestServer.start({
      corefile: COREFILE.replace('UPSTREAM', String(upstream.port)),
      env: {
        SHOAL_TCP_FIRST_TIMEOUT: '1000',
        SHOAL_TCP_IDLE_TIMEOUT: '1500',
        SHOAL_TCP_MAX_CONNECTIONS: String(TCP_CONNECTIONS),
        SHOAL_TCP_MAX_PIPELINED: String(TCP_PIPELINED),
      },
    });
  });
  after(async () => {
    upstream.close();
    assert.equal(await server.stop(), 0);
  });

  const ids = (messages: readonly Buffer[]): number[] => messages.map((message) => message.readUInt16BE(0));
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

  it('pipelined queries are answered in order', async () => {
    const stream = await Stream.open(server.port);
    stream.write(Buffer.concat(numbers(50).map((id) => framed(packet({ id })))));
    assert.deepEqual(ids(await stream.take(50)), numbers(50));
    stream.close();
  });

  it('in order also when an early one takes longer', async () => {
    const stream = await Stream.open(server.ports[2]);
    stream.write(framed(packet({ id: 1, name: 'slow.upstream.test.' })));
    stream.write(framed(packet({ id: 2, name: 'fast.test.' })));
    await until(
      () => upstream.held === 1,
      3000,
      () => 'the upstream to be asked',
    );
    assert.equal(stream.waiting, 0, 'the second answer waits for the first');
    upstream.release();
    assert.deepEqual(ids(await stream.take(2)), [1, 2]);
    stream.close();
  });

  it('no more queries of a connection are worked on at once than the limit says', async () => {
    const stream = await Stream.open(server.ports[2]);
    upstream.most = 0;
    const all = numbers(TCP_PIPELINED * 5);
    stream.write(Buffer.concat(all.map((id) => framed(packet({ id, name: `n${id}.upstream.test.` })))));
    const answers = stream.take(all.length, 10_000);
    for (let answered = 0; answered < all.length; answered++) {
      await until(
        () => upstream.held > 0,
        3000,
        () => `query ${answered}`,
      );
      upstream.release();
    }
    assert.deepEqual(ids(await answers), all);
    assert.equal(upstream.most, TCP_PIPELINED);
    stream.close();
  });

  it('a query may come octet by octet, and two in one piece and a half', async () => {
    const stream = await Stream.open(server.port);
    for (const octet of framed(packet({ id: 1 }))) {
      stream.write(Buffer.from([octet]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(ids(await stream.take(1)), [1]);
    const three = Buffer.concat([2, 3, 4].map((id) => framed(packet({ id }))));
    stream.write(three.subarray(0, three.length - 9));
    assert.deepEqual(ids(await stream.take(2)), [2, 3]);
    stream.write(three.subarray(three.length - 9));
    assert.deepEqual(ids(await stream.take(1)), [4]);
    stream.close();
  });

  it('empty and short frames and responses are passed over', async () => {
    const stream = await Stream.open(server.port);
    const passed = [Buffer.alloc(0), Buffer.alloc(11, 1), packet({ id: 8, flags: FLAG.QR }), Buffer.alloc(0)];
    stream.write(Buffer.concat([...passed, packet({ id: 9 })].map(framed)));
    assert.deepEqual(ids(await stream.take(1)), [9]);
    assert.equal(stream.waiting, 0);
    stream.close();
  });

  it('a client that has said everything is answered before the connection ends', async () => {
    const stream = await Stream.open(server.ports[2]);
    stream.write(framed(packet({ id: 1, name: 'last.upstream.test.' })));
    stream.end();
    await until(
      () => upstream.held === 1,
      3000,
      () => 'the upstream to be asked',
    );
    upstream.release();
    assert.deepEqual(ids(await stream.take(1)), [1]);
    await stream.untilClosed(3000);
  });

  it('one that says nothing, one that stops in the middle and one that falls silent are closed', async () => {
    const streams = await Promise.all([0, 1, 2].map(() => Stream.open(server.port)));
    streams[1].write(framed(packet()).subarray(0, 5));
    streams[2].write(framed(packet()));
    await streams[2].take(1);
    await Promise.all(streams.map((stream) => stream.untilClosed(10_000)));
  });

  it('connections beyond the limit are closed and counted, and there is room again afterwards', async () => {
    const streams: Stream[] = [];
    for (let i = 0; i < TCP_CONNECTIONS; i++) {
      const stream = await Stream.open(server.port);
      stream.write(framed(packet({ id: i })));
      await stream.take(1);
      streams.push(stream);
    }
    const surplus = await Stream.open(server.port);
    await surplus.untilClosed(3000);
    const rejected = { server: `dns://:${server.port}` };
    assert.equal(sum(await scrape(server.ports[4]), 'shoal_tcp_rejected_total', rejected), 1);
    assert.equal(describeAnswer(await exchangeUdp(server.port, '127.0.0.1', packet(), 3000)).rcode, 'NOERROR');
    for (const stream of streams) stream.close();
    await until(
      () => exchangeTcp(server.port, '127.0.0.1', packet(), 1000).catch(() => null),
      5000,
      () => 'a connection to be taken again',
    );
  });
});
