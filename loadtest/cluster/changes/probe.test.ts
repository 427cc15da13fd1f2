import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { decode, encode } from 'dns-packet';
import { Probe, type Question, type Seen } from './probe.ts';

const QUESTION: Question = { name: 'a.example', type: 'A' };

/** Answers the n-th query with what `reply` makes of it; undefined: not at all. */
async function serve(context: TestContext, reply: (query: Buffer, n: number) => Buffer | undefined): Promise<Probe> {
  const socket: Socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  let n = 0;
  socket.on('message', (query, { port, address }) => {
    const message = reply(query, n++);
    if (message !== undefined) socket.send(message, port, address);
  });
  const probe = await Probe.open(socket.address().port);
  context.after(() => {
    probe.close();
    socket.close();
  });
  return probe;
}

function answer(query: Buffer, data: string): Buffer {
  const { id = 0, questions = [] } = decode(query);
  return encode({ type: 'response', id, questions, answers: [{ type: 'A', name: QUESTION.name, ttl: 1, data }] });
}

const shows = (data: string) => (seen: Seen) =>
  seen.answers.some((record) => record.type === 'A' && record.data === data);

describe('a probe', () => {
  const rows: { name: string; reply: (query: Buffer, n: number) => Buffer | undefined }[] = [
    { name: 'that is right at once', reply: (query) => answer(query, '10.0.0.9') },
    { name: 'that becomes right', reply: (query, n) => answer(query, `10.0.0.${n}`) },
    { name: 'after one that was lost', reply: (query, n) => (n === 0 ? undefined : answer(query, '10.0.0.9')) },
    { name: 'after nonsense', reply: (query, n) => (n === 0 ? query.subarray(0, 12) : answer(query, '10.0.0.9')) },
    {
      name: 'after one to another question',
      reply: (query, n) => {
        const message = answer(query, '10.0.0.9');
        if (n === 0) message[0] ^= 0x80;
        return message;
      },
    },
  ];
  for (const { name, reply } of rows)
    it(`finds an answer ${name}`, async (context) => {
      const probe = await serve(context, reply);
      const start = performance.now();
      const seen = await probe.until(QUESTION, shows('10.0.0.9'));
      assert.ok(seen >= start && seen <= performance.now());
    });

  it('tells rcode and answers', async (context) => {
    const probe = await serve(context, (query) => {
      const { id = 0, questions = [] } = decode(query);
      return encode({ type: 'response', id, flags: 3, questions });
    });
    await probe.until(QUESTION, ({ rcode, answers }) => rcode === 3 && answers.length === 0);
  });

  it('has one query in flight, and asks again after every answer', async (context) => {
    let asked = 0;
    const probe = await serve(context, (query, n) => {
      asked = n + 1;
      return answer(query, `10.0.0.${n}`);
    });
    await probe.until(QUESTION, shows('10.0.0.20'));
    assert.equal(asked, 21);
  });
});
