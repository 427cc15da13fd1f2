import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestOptions } from 'node:https';
import { request } from 'node:https';
import { suite, test } from 'node:test';
import { Authority } from '../certificates.ts';
import { serving } from './asking.ts';
import type { FakeApi } from './server.ts';

const authority = new Authority();
const server = authority.issue({ name: 'server', addresses: ['127.0.0.1'] });
const client = authority.issue({ name: 'eve' });
const stranger = new Authority('other CA').issue({ name: 'bob' });

async function statusOf(api: FakeApi, options: RequestOptions): Promise<number> {
  const asked = request(`${api.url}/api/v1/services`, { ca: authority.cert, agent: false, ...options });
  asked.end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}

const CALLERS: readonly [name: string, options: RequestOptions, status: number][] = [
  ['a token', { headers: { authorization: 'Bearer open' } }, 200],
  ['a certificate', client, 200],
  ['a certificate of somebody else', stranger, 403],
  ['nothing', {}, 403],
  ['a certificate, and a token that is none', { ...client, headers: { authorization: 'Bearer shut' } }, 401],
];

suite('over TLS comes who has', () => {
  for (const [name, options, status] of CALLERS)
    test(name, async (context) => {
      const tls = { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
      const api = await serving(context, { tls, tokens: ['open'] });
      assert.match(api.url, /^https:/);
      assert.equal(await statusOf(api, options), status);
    });
});
