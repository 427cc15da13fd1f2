import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type UpstreamAddress, upstreamAddress } from '#workers/lib/upstream/address.ts';
import { replyTo, type Script, ScriptedUpstream } from '#workers/testing/upstream.ts';
import { resolveName } from './resolve.ts';

const open: ScriptedUpstream[] = [];
after(() => Promise.all(open.map((upstream) => upstream.close())));

async function server(script: Script): Promise<UpstreamAddress> {
  const upstream = await ScriptedUpstream.open(script);
  open.push(upstream);
  return upstreamAddress('127.0.0.1', upstream.port);
}

/** Answers with these records to questions of their type, and with an error to others if told so. */
function knowing(records: readonly { type: 'A' | 'AAAA'; data: string; ttl: number }[], rcode = 0): Script {
  return (request) => [
    replyTo(request, {
      rcode,
      answers: records.filter(({ type }) => type === request.type).map((record) => ({ name: request.name, ...record })),
    }),
  ];
}

test('all addresses of both families, for the shortest TTL', async () => {
  const resolver = await server(
    knowing([
      { type: 'A', data: '192.0.2.1', ttl: 60 },
      { type: 'A', data: '192.0.2.2', ttl: 60 },
      { type: 'AAAA', data: '2001:db8::1', ttl: 7 },
    ]),
  );
  const { addresses, ttl } = await resolveName('DNS.test.', [resolver]);
  assert.deepEqual(addresses, ['192.0.2.1', '192.0.2.2', '2001:db8::1']);
  assert.equal(ttl, 7000);
});

test('addresses behind an alias', async () => {
  const resolver = await server((request) => [
    replyTo(request, {
      answers:
        request.type === 'A'
          ? [
              { type: 'CNAME', name: request.name, ttl: 5, data: 'other.test' },
              { type: 'A', name: 'other.test', ttl: 60, data: '192.0.2.9' },
            ]
          : [],
    }),
  ]);
  assert.deepEqual(await resolveName('dns.test', [resolver]), { addresses: ['192.0.2.9'], ttl: 5000 });
});

test('one family is enough when the other one is not answered', async () => {
  const resolver = await server((request) =>
    request.type === 'A' ? knowing([{ type: 'A', data: '192.0.2.1', ttl: 60 }])(request) : [Buffer.from('no')],
  );
  assert.deepEqual((await resolveName('dns.test', [resolver])).addresses, ['192.0.2.1']);
});

test('a resolver that knows nothing, or is not there, is followed by the next one', async () => {
  const nobody = await ScriptedUpstream.open(() => []);
  await nobody.close();
  const nothing = await server(knowing([], 3));
  const resolver = await server(knowing([{ type: 'A', data: '192.0.2.1', ttl: 60 }]));
  const found = await resolveName('dns.test', [upstreamAddress('127.0.0.1', nobody.port), nothing, resolver]);
  assert.deepEqual(found.addresses, ['192.0.2.1']);
});

test('nobody knows it', async () => {
  const nothing = await server(knowing([], 3));
  await assert.rejects(resolveName('dns.test', [nothing]), { message: 'no addresses found for "dns.test"' });
});

test('nobody is there', async () => {
  const nobody = await ScriptedUpstream.open(() => []);
  await nobody.close();
  await assert.rejects(resolveName('dns.test', [upstreamAddress('127.0.0.1', nobody.port)]), {
    message: `no addresses found for "dns.test": read udp 127.0.0.1:${nobody.port}: connection refused`,
  });
});

test('by the system', async () => {
  const { addresses, ttl } = await resolveName('localhost', []);
  assert.ok(addresses.includes('127.0.0.1') || addresses.includes('::1'));
  assert.equal(ttl, undefined);
});

test('unknown to the system', () =>
  assert.rejects(resolveName('no-such-host.invalid', []), {
    message: /^lookup no-such-host\.invalid: (no such host|server misbehaving)$/,
  }));
