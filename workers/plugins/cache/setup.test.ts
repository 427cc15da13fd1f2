import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import type { CacheOptions, PrefetchOptions, StaleOptions } from './options.ts';
import { plugin } from './setup.ts';

const DEFAULTS: CacheOptions = {
  zones: ['.'],
  success: { capacity: 9984, maxTtl: 3600, minTtl: 5, except: [] },
  denial: { capacity: 9984, maxTtl: 1800, minTtl: 5, except: [] },
  servfail: 5,
  keepTtl: false,
  prefetch: { amount: 0, duration: 60_000, percentage: 10 },
  serveStale: { upTo: 0, mode: 'immediate', timeout: 0, responseTtl: 0, recheck: 0, preferPositive: false },
  localZones: [],
};
const success = (changes: Partial<CacheOptions['success']>) => ({ success: { ...DEFAULTS.success, ...changes } });
const denial = (changes: Partial<CacheOptions['denial']>) => ({ denial: { ...DEFAULTS.denial, ...changes } });

const HOUR = 3_600_000;
const prefetch = (changes: Partial<PrefetchOptions>) => ({ prefetch: { ...DEFAULTS.prefetch, ...changes } });
const stale = (changes: Partial<StaleOptions>) => ({ serveStale: { ...DEFAULTS.serveStale, ...changes } });

function setup(text: string): CacheOptions {
  return plugin.setup(new TextDirective('cache', text), testScope(['.']));
}

const VALID: readonly (readonly [text: string, options: Partial<CacheOptions>])[] = [
  ['cache', {}],
  ['cache 30', { ...success({ maxTtl: 30 }), ...denial({ maxTtl: 30 }) }],
  ['cache 5000000', { ...success({ maxTtl: 5_000_000 }), ...denial({ maxTtl: 5_000_000 }) }],
  ['cache Example.ORG b.', { zones: ['example.org.', 'b.'] }],
  ['cache 10 a.', { zones: ['a.'], ...success({ maxTtl: 10 }), ...denial({ maxTtl: 10 }) }],
  [
    'cache {\n success 500 60 5\n denial 100 20 2\n}',
    {
      ...success({ capacity: 1024, maxTtl: 60, minTtl: 5 }),
      ...denial({ capacity: 1024, maxTtl: 20, minTtl: 2 }),
    },
  ],
  ['cache 30 {\n success 2000\n}', { ...success({ capacity: 1792, maxTtl: 30 }), ...denial({ maxTtl: 30 }) }],
  ['cache {\n success 10000 3600 0\n}', success({ minTtl: 0 })],
  ['cache {\n denial -5\n}', denial({ capacity: 1024 })],
  ['cache {\n servfail 0\n}', { servfail: 0 }],
  ['cache {\n servfail 1500ms\n}', { servfail: 1 }],
  ['cache {\n servfail 5m\n}', { servfail: 300 }],
  ['cache {\n keepttl\n}', { keepTtl: true }],
  ['cache {\n disable success\n}', success({ except: ['.'] })],
  [
    'cache {\n disable success cluster.local\n disable denial A. b\n}',
    {
      ...success({ except: ['cluster.local.'] }),
      ...denial({ except: ['a.', 'b.'] }),
    },
  ],
  ['cache {\n prefetch 0\n}', {}],
  ['cache {\n serve_stale 0s\n}', {}],
  ['cache { keepttl }', { keepTtl: true }],
  ['cache {\n prefetch 5\n}', prefetch({ amount: 5 })],
  ['cache {\n prefetch 5 10m\n}', prefetch({ amount: 5, duration: 600_000 })],
  ['cache {\n prefetch 5 10m 20%\n}', prefetch({ amount: 5, duration: 600_000, percentage: 20 })],
  ['cache {\n prefetch 5 -1s 90%\n}', prefetch({ amount: 5, duration: -1000, percentage: 90 })],
  ['cache {\n serve_stale\n}', stale({ upTo: HOUR })],
  ['cache {\n serve_stale 30m\n}', stale({ upTo: HOUR / 2 })],
  ['cache {\n serve_stale 1h immediate\n}', stale({ upTo: HOUR })],
  ['cache {\n serve_stale 1h IMMEDIATE 5s 10s\n}', stale({ upTo: HOUR, responseTtl: 5000, recheck: 10_000 })],
  ['cache {\n serve_stale 1h verify\n}', stale({ upTo: HOUR, mode: 'verify' })],
  ['cache {\n serve_stale 1h verify 100ms\n}', stale({ upTo: HOUR, mode: 'verify', timeout: 100 })],
  [
    'cache {\n serve_stale 1h verify 100ms 5s 5m\n}',
    stale({ upTo: HOUR, mode: 'verify', timeout: 100, responseTtl: 5000, recheck: 300_000 }),
  ],
  [
    'cache {\n serve_stale_policy prefer_positive\n serve_stale 1h verify\n}',
    stale({ upTo: HOUR, mode: 'verify', preferPositive: true }),
  ],
  ['cache {\n serve_stale 1h\n serve_stale_policy prefer_positive\n}', stale({ upTo: HOUR, preferPositive: true })],
];
for (const [text, options] of VALID)
  test(`accepts ${JSON.stringify(text)}`, () => {
    assert.deepEqual(setup(text), { ...DEFAULTS, ...options });
  });

const arguments_ = (line: number, token: string) =>
  `Corefile:${line} - Error during parsing: Wrong argument count or unexpected line ending after '${token}'`;
const number = (text: string) => `strconv.Atoi: parsing "${text}": invalid syntax`;
const property = (line: string) => `cache {\n ${line}\n}`;

const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['cache 0', 'cache TTL can not be zero or negative: 0'],
  ['cache -5', 'cache TTL can not be zero or negative: -5'],
  [property('success'), arguments_(2, 'success')],
  [property('success x'), number('x')],
  [property('success 1 x'), number('x')],
  [property('success 1 0'), 'cache TTL can not be zero or negative: 0'],
  [property('success 1 1 x'), number('x')],
  [property('success 1 1 -1'), 'cache min TTL can not be negative: -1'],
  [property('success 99999999999999999999'), 'strconv.Atoi: parsing "99999999999999999999": value out of range'],
  [property('denial'), arguments_(2, 'denial')],
  [property('denial 1 -2'), 'cache TTL can not be zero or negative: -2'],
  [property('servfail'), arguments_(2, 'servfail')],
  [property('servfail 1s 2s'), arguments_(2, '2s')],
  [property('servfail 5'), 'time: missing unit in duration "5"'],
  [property('servfail -1s'), 'invalid negative ttl for servfail'],
  [property('servfail 301s'), 'caching SERVFAIL responses over 5 minutes is not permitted'],
  [property('disable'), arguments_(2, 'disable')],
  [property('disable x'), 'cache type for disable must be "denial" or "success"'],
  [property('keepttl 5'), arguments_(2, '5')],
  [property('nonsense'), arguments_(2, 'nonsense')],
  [property('prefetch'), arguments_(2, 'prefetch')],
  [property('prefetch x'), number('x')],
  [property('prefetch -1'), 'prefetch amount should be positive: -1'],
  [property('prefetch 1 x'), 'time: invalid duration "x"'],
  [property('prefetch 1 1m 10'), "last character of percentage should be `%`, but is: '0'"],
  [property('prefetch 1 1m x%'), number('x')],
  [property('prefetch 1 1m 9%'), 'percentage should fall in range [10, 90]: 9'],
  [property('prefetch 1 1m 91%'), 'percentage should fall in range [10, 90]: 91'],
  [property('prefetch 1 1m 10% x'), arguments_(2, 'x')],
  [property('serve_stale x'), 'time: invalid duration "x"'],
  [property('serve_stale -1h'), 'invalid negative duration for serve_stale'],
  [property('serve_stale 1h later'), 'invalid value for serve_stale refresh mode: later'],
  [property('serve_stale 1h immediate 1500ms'), 'serve_stale response TTL must be a whole number of seconds'],
  [property('serve_stale 1h immediate 1s 6m'), 'serve_stale failure recheck cannot exceed 5 minutes'],
  [property('serve_stale 1h immediate 1s 1m 1s'), arguments_(2, '1s')],
  [property('serve_stale 1h verify 100ms 5s 6m'), 'serve_stale failure recheck cannot exceed 5 minutes'],
  [property('serve_stale 1h verify 1s 1s 1s 1s'), arguments_(2, '1s')],
  [property('serve_stale_policy prefer_positive'), 'serve_stale_policy requires serve_stale'],
  [property('serve_stale_policy'), arguments_(2, 'serve_stale_policy')],
  [property('serve_stale_policy x'), 'invalid serve_stale_policy: x'],
  ['cache {\n prefetch 1\n servfail -1s\n}', 'invalid negative ttl for servfail'],
];
for (const [text, message] of INVALID)
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => setup(text), { code: 'ERR_CONFIG', message });
  });

test('a zone that nobody can read is not disabled silently', () => {
  const scope = { ...testScope(['.']), zonesOr: () => [] };
  const directive = new TextDirective('cache', 'cache {\n disable success a..b\n}');
  assert.throws(() => plugin.setup(directive, scope), { code: 'ERR_CONFIG', message: 'invalid disabled zone: a..b' });
});
