import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { type Interfaces, plugin, readBind } from './setup.ts';

const entry = (address: string, family: 'IPv4' | 'IPv6') =>
  family === 'IPv4'
    ? { address, family, netmask: '', mac: '', internal: false, cidr: null }
    : { address, family, netmask: '', mac: '', internal: false, cidr: null, scopeid: 2 };
const INTERFACES: Interfaces = {
  lo: [entry('127.0.0.1', 'IPv4'), entry('::1', 'IPv6')],
  eth0: [entry('192.0.2.7', 'IPv4'), entry('fe80::7', 'IPv6')],
};

const VALID: readonly (readonly [text: string, addresses: readonly string[]])[] = [
  ['bind 127.0.0.1', ['127.0.0.1']],
  ['bind 127.0.0.1 ::1', ['127.0.0.1', '::1']],
  ['bind lo', ['127.0.0.1', '::1']],
  ['bind eth0', ['192.0.2.7', 'fe80::7%eth0']],
  ['bind lo 127.0.0.1', ['127.0.0.1', '::1']],
  ['bind 10.0.0.1\nbind lo', ['10.0.0.1', '127.0.0.1', '::1']],
  ['bind lo eth0 {\n except ::1 fe80::7%eth0\n}', ['127.0.0.1', '192.0.2.7']],
  ['bind lo eth0 {\n except lo\n}', ['192.0.2.7', 'fe80::7%eth0']],
  ['bind lo { except ::1 }', ['127.0.0.1']],
];
for (const [text, addresses] of VALID)
  test(`bind accepts ${JSON.stringify(text)}`, () => {
    assert.deepEqual(readBind(new TextDirective('bind', text), INTERFACES), { addresses });
  });

const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['bind', 'at least one address or interface name is expected'],
  ['bind foo', 'not a valid IP address or interface name: "foo"'],
  ['bind lo {\n x y\n}', 'invalid option "x"'],
  ['bind lo {\n except\n}', 'at least one address or interface must be given to except subdirective'],
  ['bind lo {\n except nope\n}', 'not a valid IP address or interface name: "nope"'],
];
for (const [text, message] of INVALID)
  test(`bind refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => readBind(new TextDirective('bind', text), INTERFACES), { message });
  });

test('bind knows the interfaces of this machine', () => {
  assert.deepEqual(plugin.setup(new TextDirective('bind', 'bind 127.0.0.1'), testScope()), {
    addresses: ['127.0.0.1'],
  });
});
