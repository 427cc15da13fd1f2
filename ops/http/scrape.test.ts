// A scrape over HTTP: content type, compression, and what a client's Accept-Encoding means.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readExposition } from '#ops/metrics/testing.ts';
import { acceptsGzip, scrape } from './scrape.ts';
import { ask, newRegistry } from './testing.ts';

describe('acceptsGzip', () => {
  const rows: { header: string; want: boolean }[] = [
    { header: '', want: false },
    { header: 'gzip', want: true },
    { header: 'GZIP', want: true },
    { header: 'deflate, gzip;q=0.5', want: true },
    { header: 'gzip ; q=1', want: true },
    { header: 'gzip;q=0', want: false },
    { header: 'gzip;q=0.000', want: false },
    { header: 'gzip;q=0.001', want: true },
    { header: 'identity, br', want: false },
    { header: '*', want: false },
    { header: 'xgzip', want: false },
  ];
  for (const row of rows) test(`'${row.header}'`, () => assert.equal(acceptsGzip(row.header), row.want));
});

describe('scrape', () => {
  let server: Server;
  let port = 0;
  before(async () => {
    const registry = newRegistry();
    registry.declare([{ name: 'shoal_t_total', help: 'Test.', type: 'counter', labels: [] }]);
    server = createServer((request, response) => void scrape(registry, request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address !== null && typeof address !== 'string') port = address.port;
  });
  after(() => server.close());

  for (const encoding of ['identity', 'gzip']) {
    test(`Accept-Encoding: ${encoding}`, async () => {
      const reply = await ask(port, '/metrics', { headers: { 'accept-encoding': encoding } });
      assert.equal(reply.status, 200);
      assert.equal(reply.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
      assert.equal(reply.headers['content-encoding'], encoding === 'gzip' ? 'gzip' : undefined);
      assert.equal(reply.headers['content-length'], String(reply.body.length));
      const text = (encoding === 'gzip' ? gunzipSync(reply.body) : reply.body).toString();
      assert.deepEqual([...readExposition(text).keys()], ['shoal_t_total']);
    });
  }
});
