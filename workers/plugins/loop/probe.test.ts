import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Reaction, type Received, replyTo, ScriptedUpstream, silent } from '../../testing/upstream.ts';
import { sendProbe } from './probe.ts';
import { LoopWatch } from './watch.ts';

const OPTIONS = { name: '123.456.example.org.', zone: 'example.org.' };
const QUICK = { every: 5, total: 2000 };

async function withServer(
  script: (request: Received) => readonly Reaction[],
  body: (server: ScriptedUpstream) => Promise<void>,
): Promise<void> {
  const server = await ScriptedUpstream.open(script);
  try {
    await body(server);
  } finally {
    await server.close();
  }
}

describe('sendProbe', () => {
  for (const address of ['', '0.0.0.0', '127.0.0.1']) {
    test(`asks for HINFO at ${JSON.stringify(address)}`, () =>
      withServer(
        (request) => [replyTo(request, { rcode: 5 })],
        async (server) => {
          assert.equal(await sendProbe(OPTIONS, address, server.port, { times: QUICK }), true);
          const [request] = server.seen;
          assert.equal(request.name, OPTIONS.name);
          assert.equal(request.type, 'HINFO');
        },
      ));
  }

  test('tries again while nobody listens', async () => {
    const server = await ScriptedUpstream.open(silent);
    const { port } = server;
    await server.close();
    const watch = new LoopWatch(OPTIONS);
    assert.equal(await sendProbe(OPTIONS, '127.0.0.1', port, { watch, times: { every: 1, total: 30 } }), false);
    const sighting = { kind: 'loop', thread: 0, source: '', listener: '', ...OPTIONS } as const;
    for (let i = 0; i < 5; i++) assert.equal(watch.sighted(sighting), undefined, 'the watch is over');
  });

  test('does not take another id or a query for an answer', () =>
    withServer(
      (request) => [
        replyTo(request, { id: request.id ^ 1 }),
        request.message,
        Buffer.alloc(3),
        ...(request.index < 0 ? [] : [replyTo(request)]),
      ],
      async (server) => {
        assert.equal(await sendProbe(OPTIONS, '127.0.0.1', server.port, { times: QUICK }), true);
        assert.equal(server.seen.length, 1);
      },
    ));

  test('stops when it is told to', () =>
    withServer(silent as () => readonly Reaction[], async (server) => {
      const stop = new AbortController();
      const probe = sendProbe(OPTIONS, '127.0.0.1', server.port, { signal: stop.signal });
      setTimeout(() => stop.abort(), 10);
      assert.equal(await probe, false);
      assert.equal(await sendProbe(OPTIONS, '127.0.0.1', server.port, { signal: stop.signal }), false);
    }));
});
