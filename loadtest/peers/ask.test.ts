import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { decode, encode } from 'dns-packet';
import { ask } from './ask.ts';
import { freePort } from './port.ts';

/** A server whose answers to a query `answer` makes. */
async function serve(answer: (query: Buffer) => readonly Buffer[]): Promise<{ port: number; close: () => void }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    for (const reply of answer(query)) socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => socket.close() };
}

function replyTo(query: Buffer, rcode: number, changeId = 0): Buffer {
  const { id = 0, questions = [] } = decode(query);
  const answers = [{ name: questions[0].name, type: 'A', ttl: 5, data: '10.0.0.1' } as const];
  return encode({ type: 'response', id: id ^ changeId, flags: rcode, questions, answers });
}

describe('a reply', () => {
  const rows: { name: string; answer: (query: Buffer) => readonly Buffer[]; want: number | undefined }[] = [
    { name: 'of the server', answer: (query) => [replyTo(query, 0)], want: 0 },
    { name: 'with another rcode', answer: (query) => [replyTo(query, 3)], want: 3 },
    { name: 'behind one with a wrong id', answer: (query) => [replyTo(query, 5, 1), replyTo(query, 0)], want: 0 },
    { name: 'that is too short', answer: () => [Buffer.alloc(3)], want: undefined },
    {
      name: 'that cannot be read',
      answer: (query) => [Buffer.concat([query.subarray(0, 4), Buffer.alloc(8, 0xff)])],
      want: undefined,
    },
    { name: 'that never comes', answer: () => [], want: undefined },
  ];
  for (const { name, answer, want } of rows)
    it(name, async () => {
      const { port, close } = await serve(answer);
      const reply = await ask(port, 'example.org', 'A', want === undefined ? 100 : 5000);
      close();
      assert.equal(reply?.rcode, want);
      if (want !== undefined) assert.equal(reply?.answers[0].name, 'example.org');
    });
});

it('nobody who listens is told at once', async () => {
  assert.equal(await ask(await freePort(), 'example.org', 'A', 60_000), undefined);
});
