// Addresses of HTTP servers: what is read, what is refused, and in which words.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bindError, formatAddress, type ListenAddress, parseAddress, resolveAddress } from './address.ts';

describe('parseAddress', () => {
  const good: { text: string; want: ListenAddress }[] = [
    { text: ':8080', want: { host: '', port: 8080 } },
    { text: 'localhost:9153', want: { host: 'localhost', port: 9153 } },
    { text: 'LocalHost:9153', want: { host: 'localhost', port: 9153 } },
    { text: '127.0.0.1:0', want: { host: '127.0.0.1', port: 0 } },
    { text: '[::1]:80', want: { host: '::1', port: 80 } },
    { text: '[FE80::1%eth0]:65535', want: { host: 'fe80::1%eth0', port: 65535 } },
    { text: '[]:80', want: { host: '', port: 80 } },
    { text: 'localhost:', want: { host: 'localhost', port: 0 } },
  ];
  for (const row of good) test(row.text, () => assert.deepEqual(parseAddress(row.text), row.want));

  const bad: { text: string; message: string }[] = [
    { text: 'foo', message: 'listen tcp: address foo: missing port in address' },
    { text: '', message: 'listen tcp: address : missing port in address' },
    { text: '[::1]', message: 'listen tcp: address [::1]: missing port in address' },
    { text: '::1:80', message: 'listen tcp: address ::1:80: too many colons in address' },
    { text: '[::1:80', message: 'listen tcp: address [::1:80: misplaced bracket in address' },
    { text: ':http', message: 'listen tcp: lookup tcp/http: unknown port' },
    { text: ':-1', message: 'listen tcp: lookup tcp/-1: unknown port' },
    { text: ':1e3', message: 'listen tcp: lookup tcp/1e3: unknown port' },
    { text: ':65536', message: 'listen tcp: address 65536: invalid port' },
  ];
  for (const row of bad) {
    test(`refused: '${row.text}'`, () => {
      const { message } = row;
      assert.throws(() => parseAddress(row.text), { name: 'ListenError', code: 'ERR_LISTEN', message });
    });
  }
});

describe('formatAddress', () => {
  for (const text of [':8080', '127.0.0.1:80', '[::1]:80']) {
    test(text, () => assert.equal(formatAddress(parseAddress(text)), text));
  }
});

describe('resolveAddress', () => {
  const rows: { name: string; host: string; want: string }[] = [
    { name: 'a name prefers IPv4', host: 'localhost', want: '127.0.0.1' },
    { name: 'an IPv6 address stays', host: '::1', want: '::1' },
    { name: 'the wildcard stays', host: '', want: '' },
  ];
  for (const row of rows) {
    test(row.name, async () => {
      assert.deepEqual(await resolveAddress({ host: row.host, port: 1 }), { host: row.want, port: 1 });
    });
  }

  test('a name that cannot be', async () => {
    await assert.rejects(resolveAddress({ host: 'no such name', port: 1 }), {
      name: 'ListenError',
      message: 'listen tcp: lookup no such name: no such host',
    });
  });
});

describe('bindError', () => {
  const at = { host: '::1', port: 80 };
  const rows: { name: string; error: unknown; message: string }[] = [
    { name: 'EADDRINUSE', error: fault('EADDRINUSE'), message: 'listen tcp [::1]:80: bind: address already in use' },
    { name: 'EACCES', error: fault('EACCES'), message: 'listen tcp [::1]:80: bind: permission denied' },
    {
      name: 'EADDRNOTAVAIL',
      error: fault('EADDRNOTAVAIL'),
      message: 'listen tcp [::1]:80: bind: cannot assign requested address',
    },
    { name: 'another code', error: fault('EMFILE'), message: 'listen tcp [::1]:80: bind: listen EMFILE' },
    { name: 'no error at all', error: 'odd', message: 'listen tcp [::1]:80: bind: odd' },
  ];
  for (const row of rows) test(row.name, () => assert.equal(bindError(at, row.error).message, row.message));

  function fault(code: string): Error {
    return Object.assign(new Error(`listen ${code}`), { code });
  }
});
