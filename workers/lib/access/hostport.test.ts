import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostPortError, splitHostPort } from './hostport.ts';

const VALID: readonly (readonly [text: string, host: string, port: string])[] = [
  [':8080', '', '8080'],
  ['localhost:9153', 'localhost', '9153'],
  ['127.0.0.1:80', '127.0.0.1', '80'],
  ['[::1]:80', '::1', '80'],
  ['[fe80::1%eth0]:80', 'fe80::1%eth0', '80'],
  ['host:', 'host', ''],
  [':http', '', 'http'],
];
for (const [text, host, port] of VALID)
  test(`splitHostPort reads ${text}`, () => assert.deepEqual(splitHostPort(text), { host, port }));

const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['foo', 'address foo: missing port in address'],
  ['', 'address : missing port in address'],
  ['a:b:c', 'address a:b:c: too many colons in address'],
  ['::1', 'address ::1: too many colons in address'],
  ['[::1', "address [::1: missing ']' in address"],
  ['[::1]', 'address [::1]: missing port in address'],
  ['[::1]80:', 'address [::1]80:: missing port in address'],
  ['[::1]::80', 'address [::1]::80: too many colons in address'],
  ['a]:80', "address a]:80: unexpected ']' in address"],
  ['a[:80', "address a[:80: unexpected '[' in address"],
  ['[a[]:80', "address [a[]:80: unexpected '[' in address"],
];
for (const [text, message] of INVALID)
  test(`splitHostPort refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => splitHostPort(text),
      (error) => error instanceof HostPortError && error.message === message,
    );
  });
