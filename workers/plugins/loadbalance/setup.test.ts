import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { type LoadbalanceOptions, plugin } from './setup.ts';

const scope = testScope(['.'], [], '/zones');
const DEFAULTS = { policy: 'round_robin', file: '', reload: 30_000, prefer: [], image: '' };

const VALID: readonly (readonly [text: string, options: Partial<LoadbalanceOptions>])[] = [
  ['loadbalance', {}],
  ['loadbalance round_robin', {}],
  [
    'loadbalance {\n prefer 10.0.0.0/8 fd00::/8\n prefer 192.0.2.0/24\n}',
    { prefer: ['10.0.0.0/8', 'fd00::/8', '192.0.2.0/24'] },
  ],
  ['loadbalance round_robin { prefer 10.0.0.0/8 }', { prefer: ['10.0.0.0/8'] }],
  ['loadbalance weighted w', { policy: 'weighted', file: '/zones/w' }],
  ['loadbalance weighted /w {\n reload 5s\n}', { policy: 'weighted', file: '/w', reload: 5000 }],
  [
    'loadbalance weighted /w {\n reload 0\n prefer ::1/128\n}',
    { policy: 'weighted', file: '/w', reload: 0, prefer: ['::1/128'] },
  ],
];
for (const [text, options] of VALID)
  test(`loadbalance accepts ${JSON.stringify(text)}`, () => {
    const got = plugin.setup(new TextDirective('loadbalance', text), scope);
    assert.deepEqual({ ...got, image: '' }, { ...DEFAULTS, ...options });
    assert.equal(got.image === '', got.policy === 'round_robin');
  });

const parse = (line: number, message: string) => `Corefile:${line} - Error during parsing: ${message}`;
const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['loadbalance random', 'unknown policy: random'],
  ['loadbalance round_robin x', parse(1, 'unknown property for round_robin')],
  ['loadbalance weighted', parse(1, 'missing weight file argument')],
  ['loadbalance weighted a b', parse(1, 'unexpected argument(s)')],
  ['loadbalance {\n prefer 10.0.0.0\n}', parse(2, 'invalid CIDR "10.0.0.0": invalid CIDR address: 10.0.0.0')],
  ['loadbalance {\n prefer 10.0.0.0/33\n}', parse(2, 'invalid CIDR "10.0.0.0/33": invalid CIDR address: 10.0.0.0/33')],
  ['loadbalance {\n reload 5s\n}', parse(2, "unknown property 'reload'")],
  ['loadbalance weighted w {\n reload\n}', parse(2, 'reload duration value is missing')],
  ['loadbalance weighted w {\n reload 1s 2s\n}', parse(2, 'unexpected argument')],
  ['loadbalance weighted w {\n reload 5\n}', parse(2, "invalid reload duration '5'")],
];
for (const [text, message] of INVALID)
  test(`loadbalance refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => plugin.setup(new TextDirective('loadbalance', text), scope), { message });
  });
