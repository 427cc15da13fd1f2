// Bodies through real HTTP: whole, compressed, and ended in their midst by either side.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { until } from '../testing/folder.ts';
import type { ApiClient } from './client.ts';
import { ApiRequestError } from './errors.ts';
import type { ApiResponse } from './response.ts';
import { clientOf, endpoint, requestOf } from './testing/client.ts';
import { LocalServer } from './testing/server.ts';

/** Half of it can be compressed; larger than what is inflated at once. */
const LARGE = Buffer.concat(
  Array.from({ length: 64 }, () => Buffer.concat([randomBytes(20_000), Buffer.alloc(20_000)])),
);

async function asked(
  context: TestContext,
  listener: RequestListener,
  fields: Parameters<typeof requestOf>[0] = {},
): Promise<{ client: ApiClient; response: ApiResponse; server: LocalServer }> {
  const server = await LocalServer.open(context, listener);
  const client = await clientOf(context, endpoint(server.url));
  return { server, client, response: await client.request(requestOf(fields)) };
}

/** Sends as much of the body as it is told, and goes on as it is told. */
function compressed(body: Uint8Array, upTo = 1, then: 'end' | 'cut' | 'wait' = 'end'): RequestListener {
  const bytes = gzipSync(body);
  return (_, response) => {
    response.setHeader('content-encoding', 'gzip');
    response.write(bytes.subarray(0, Math.floor(bytes.length * upTo)), () => {
      if (then === 'end') response.end();
      if (then === 'cut') response.destroy();
    });
  };
}

/** An answer of which half has come, and whether its connection has ended. */
async function halfway(context: TestContext): Promise<{ response: ApiResponse; closed: () => boolean }> {
  let ended = false;
  const { response } = await asked(context, (request, answer) => {
    request.socket.on('close', () => {
      ended = true;
    });
    compressed(LARGE, 0.5, 'wait')(request, answer);
  });
  return { response, closed: () => ended };
}

async function bodyOf(response: ApiResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await response.read((chunk) => chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** What reading fails with, as it is told to the operator. */
async function failure({ client, response }: { client: ApiClient; response: ApiResponse }): Promise<ApiRequestError> {
  return bodyOf(response).then(
    () => assert.fail('should have failed'),
    (error: unknown) => client.explain(error),
  );
}

describe('a compressed body', () => {
  for (const [name, body] of [
    ['small', Buffer.from('{"a":1}')],
    ['empty', Buffer.alloc(0)],
    ['large', LARGE],
  ] as const)
    test(`${name}: is what was compressed`, async (context) => {
      const { response } = await asked(context, compressed(body));
      assert.deepEqual(await bodyOf(response), body);
    });

  test('leaves the connection to the next request', async (context) => {
    const { server, client, response } = await asked(context, compressed(LARGE));
    await bodyOf(response);
    await bodyOf(await client.request(requestOf()));
    assert.equal(new Set(server.requests.map(({ from }) => from)).size, 1);
  });

  test('is not asked for of a watch, whose events would wait for each other', async (context) => {
    const { server } = await asked(context, compressed(LARGE), { watch: true });
    assert.equal(server.requests[0].headers['accept-encoding'], undefined);
  });

  test('counts as long as it is, not as it comes', async (context) => {
    const { response } = await asked(context, compressed(Buffer.alloc(1 << 24)));
    await assert.rejects(response.text(1 << 20), RangeError);
  });

  test('of a failure is read', async (context) => {
    const { response } = await asked(context, (request, response) => {
      response.statusCode = 403;
      compressed(Buffer.from('go away'))(request, response);
    });
    assert.equal((await response.failure()).message, 'status 403: go away');
  });

  const rows: [name: string, listener: RequestListener, message: RegExp][] = [
    ['is cut off with its connection', compressed(LARGE, 0.5, 'cut'), /: (aborted|connection reset by the server)$/],
    ['ends before its end', compressed(LARGE, 0.5), /: unexpected end of file$/],
    ['stops in its midst', compressed(LARGE, 0.5, 'wait'), /: nothing received for 0\.2 s$/],
    [
      'is none',
      (_, response) => response.setHeader('content-encoding', 'gzip').end('something else'),
      /: incorrect header check$/,
    ],
  ];
  for (const [name, listener, message] of rows)
    test(name, async (context) => {
      const error = await failure(await asked(context, listener, { idleTimeout: 200 }));
      assert.ok(error instanceof ApiRequestError);
      assert.match(error.message, message);
    });

  test('is given up by its reader: the connection ends, and with it the request', async (context) => {
    const { response, closed } = await halfway(context);
    const stop = new Error('enough');
    await assert.rejects(
      response.read(() => {
        throw stop;
      }),
      stop,
    );
    await until('the end of the connection', closed);
  });

  test('that nobody reads ends its connection', async (context) => {
    const { response, closed } = await halfway(context);
    response.destroy();
    await until('the end of the connection', closed);
  });
});
