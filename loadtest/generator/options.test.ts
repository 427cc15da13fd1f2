import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFlags } from '#loadtest/flags/parse.ts';
import { FLAGS, type Options } from './options.ts';

const NEEDED = ['--server', '127.0.0.1:1053', '--names', 'names'];

const DEFAULTS: Options = {
  server: { address: '127.0.0.1', port: 1053, family: 4 },
  names: 'names',
  seconds: 5,
  warmup: 1,
  clients: 8,
  window: 256,
  rate: 0,
  doze: false,
  timeout: 1,
  edns: 0,
  'server-pid': [],
  io: 'auto',
  json: false,
};

describe('flags of the generator', () => {
  const rows: { name: string; argv: string[]; want: Partial<Options> }[] = [
    { name: 'defaults', argv: [], want: {} },
    { name: 'IPv6', argv: ['--server', '[::1]:53'], want: { server: { address: '::1', port: 53, family: 6 } } },
    { name: 'an open loop', argv: ['--rate', '50000'], want: { rate: 50_000 } },
    { name: 'parts of seconds', argv: ['--seconds', '0.5', '--warmup', '0'], want: { seconds: 0.5, warmup: 0 } },
    { name: 'EDNS', argv: ['--edns', '1232'], want: { edns: 1232 } },
    { name: 'processes', argv: ['--server-pid=12,13'], want: { 'server-pid': [12, 13] } },
    {
      name: 'everything',
      argv: ['--json', '--io', 'dgram', '--window=1'],
      want: { json: true, io: 'dgram', window: 1 },
    },
  ];
  for (const { name, argv, want } of rows)
    it(name, () => assert.deepEqual(parseFlags(FLAGS, [...NEEDED, ...argv]), { ...DEFAULTS, ...want }));
});

describe('values out of range', () => {
  const rows = [
    ['--seconds', '0', '--seconds: a number from 0.1 to 86400, not "0"'],
    ['--clients', '0', '--clients: a whole number from 1 to 1024, not "0"'],
    ['--clients', '1025', '--clients: a whole number from 1 to 1024, not "1025"'],
    ['--window', '65537', '--window: a whole number from 1 to 65536, not "65537"'],
    ['--rate', '-1', '--rate: a whole number from 0 to 10000000, not "-1"'],
    ['--timeout', '0', '--timeout: a number from 0.01 to 60, not "0"'],
    ['--edns', '65536', '--edns: a whole number from 0 to 65535, not "65536"'],
    ['--io', 'fast', '--io: one of auto, batched, dgram, not "fast"'],
    ['--server', 'localhost', '--server: an IP address and a port, such as 127.0.0.1:53 or [::1]:53, not "localhost"'],
    ['--server-pid', 'self', '--server-pid: process ids with commas between them, such as 17,18, not "self"'],
  ];
  for (const [flag, value, message] of rows)
    it(`${flag} ${value}`, () =>
      assert.throws(() => parseFlags(FLAGS, [...NEEDED, flag, value]), { name: 'FlagError', message }));
});
