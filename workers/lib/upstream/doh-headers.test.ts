import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { upstreamAddress } from './address.ts';
import { isDnsMessage, requestHeaders, requestTarget } from './doh-headers.ts';

describe(':authority', () => {
  const rows: readonly [address: string, port: number, serverName: string | undefined, authority: string][] = [
    ['192.0.2.1', 443, undefined, '192.0.2.1:443'],
    ['192.0.2.1', 8443, undefined, '192.0.2.1:8443'],
    ['2001:db8::1', 443, undefined, '[2001:db8::1]:443'],
    ['fe80::1%eth0', 443, undefined, '[fe80::1]:443'],
    ['192.0.2.1', 443, 'dns.test', 'dns.test'],
    ['192.0.2.1', 8443, 'dns.test', 'dns.test:8443'],
  ];
  for (const [address, port, serverName, authority] of rows) {
    test(`${authority} for ${address}`, () => {
      const at = { ...upstreamAddress(address, port), ...(serverName === undefined ? {} : { serverName }) };
      assert.equal(requestTarget(at, 'POST').authority, authority);
    });
  }
});

describe('RFC 8484 §4.1', () => {
  const message = Buffer.from('00000100000100000000000003777777076578616d706c6503636f6d0000010001', 'hex');
  const post = { method: 'POST', authority: 'dns.test' } as const;
  const get = { method: 'GET', authority: 'dns.test' } as const;

  test('POST: the message is the body', () => {
    assert.deepEqual(requestHeaders(post, message), {
      ':method': 'POST',
      ':scheme': 'https',
      ':authority': 'dns.test',
      ':path': '/dns-query',
      accept: 'application/dns-message',
      'content-type': 'application/dns-message',
      'content-length': message.length,
    });
  });

  test('GET: the example of the RFC', () => {
    assert.deepEqual(requestHeaders(get, message), {
      ':method': 'GET',
      ':scheme': 'https',
      ':authority': 'dns.test',
      ':path': '/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB',
      accept: 'application/dns-message',
    });
  });

  test('GET: what is too long for a URL goes by POST', () => {
    assert.equal(requestHeaders(get, Buffer.alloc(1024))[':method'], 'GET');
    assert.equal(requestHeaders(get, Buffer.alloc(1025))[':method'], 'POST');
  });
});

describe('content-type', () => {
  const rows: readonly [type: string | undefined, ok: boolean][] = [
    ['application/dns-message', true],
    ['Application/DNS-Message', true],
    ['application/dns-message; charset=utf-8', true],
    ['application/dns-message ;x=y', true],
    ['application/dns-messages', false],
    ['application/dns-json', false],
    ['text/html', false],
    ['', false],
    [undefined, false],
  ];
  for (const [type, ok] of rows) test(`${type}: ${ok}`, () => assert.equal(isDnsMessage(type), ok));
});
