import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { type HostsOptions, plugin } from './setup.ts';

const DEFAULTS = {
  file: '/etc/hosts',
  named: false,
  zones: ['.'],
  inline: [],
  ttl: 3600,
  reverse: true,
  reload: 5000,
  fallthrough: [],
  fallthroughUnsupported: false,
};
const scope = testScope(['.'], [], '/zones');

const VALID: readonly (readonly [text: string, options: Partial<HostsOptions>])[] = [
  ['hosts', {}],
  ['hosts my.hosts', { file: '/zones/my.hosts', named: true }],
  ['hosts /nope Example.ORG b.', { file: '/nope', named: true, zones: ['example.org.', 'b.'] }],
  [
    'hosts {\n 10.0.0.1 a.test b.test\n fd00::1 a.test\n nonsense\n}',
    { inline: ['10.0.0.1 a.test b.test', 'fd00::1 a.test', 'nonsense'] },
  ],
  ['hosts {\n ttl 60\n no_reverse\n reload 0\n}', { ttl: 60, reverse: false, reload: 0 }],
  ['hosts {\n reload 1m\n fallthrough\n}', { reload: 60_000, fallthrough: ['.'] }],
  ['hosts {\n 10.0.0.1 a\n fallthrough a. B\n}', { inline: ['10.0.0.1 a'], fallthrough: ['a.', 'b.'] }],
  ['hosts {\n fallthrough_unsupported\n fallthrough\n}', { fallthrough: ['.'], fallthroughUnsupported: true }],
  ['hosts { ttl 30 }', { ttl: 30 }],
];
for (const [text, options] of VALID)
  test(`hosts accepts ${JSON.stringify(text)}`, () => {
    const { image, ...got } = plugin.setup(new TextDirective('hosts', text), scope);
    assert.deepEqual(got, { ...DEFAULTS, ...options });
    assert.match(image, /^hosts:[0-9a-f]{32}$/);
  });

test('the key of the image follows from what it holds', () => {
  const key = (text: string) => plugin.setup(new TextDirective('hosts', text), scope).image;
  assert.equal(key('hosts a'), key('hosts a {\n fallthrough\n reload 0\n}'));
  for (const other of [
    'hosts b',
    'hosts a x.',
    'hosts a { ttl 5 }',
    'hosts a { no_reverse }',
    'hosts a {\n 1.2.3.4 x\n}',
  ])
    assert.notEqual(key('hosts a'), key(other), other);
});

const parse = (line: number, message: string) => `Corefile:${line} - Error during parsing: ${message}`;
const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['hosts {\n ttl\n}', parse(2, 'ttl needs a time in second')],
  ['hosts {\n ttl x\n}', parse(2, 'ttl needs a number of second')],
  ['hosts {\n ttl 0\n}', parse(2, 'ttl provided is invalid')],
  ['hosts {\n ttl -1\n}', parse(2, 'ttl provided is invalid')],
  ['hosts {\n ttl 65536\n}', parse(2, 'ttl provided is invalid')],
  ['hosts {\n reload\n}', parse(2, 'reload needs a duration (zero seconds to disable)')],
  ['hosts {\n reload x\n}', parse(2, "invalid duration for reload 'x'")],
  ['hosts {\n reload -1s\n}', parse(2, "invalid negative duration for reload '-1s'")],
  ['hosts {\n fallthrough\n 1.2.3.4 a\n}', parse(3, "unknown property '1.2.3.4'")],
  ['hosts {\n fallthrough_unsupported\n}', parse(3, 'fallthrough_unsupported requires fallthrough')],
  ['hosts /etc/hosts/x', parse(1, "unable to access hosts file '/etc/hosts/x': stat /etc/hosts/x: not a directory")],
];
for (const [text, message] of INVALID)
  test(`hosts refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => plugin.setup(new TextDirective('hosts', text), scope), { message });
  });
