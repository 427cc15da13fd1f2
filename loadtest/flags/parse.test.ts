import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FlagError } from '#loadtest/errors.ts';
import { count, processIds, text, toggle } from './kinds.ts';
import { parseFlags, usage } from './parse.ts';

const FLAGS = {
  names: text('FILE', 'names to ask for'),
  clients: count('COUNT', 'sockets', { value: 8, min: 1, max: 10 }),
  'server-pid': processIds('processes'),
  json: toggle('one line'),
} as const;

const DEFAULTS = { names: 'n', clients: 8, 'server-pid': [], json: false };

describe('a command line that is understood', () => {
  const rows: { name: string; argv: string[]; want: object }[] = [
    { name: 'only what must be given', argv: ['--names', 'n'], want: {} },
    { name: '--flag=VALUE', argv: ['--names=n'], want: {} },
    { name: 'only the first = divides', argv: ['--names=a=b'], want: { names: 'a=b' } },
    { name: 'a value may begin with dashes', argv: ['--names', '--json'], want: { names: '--json' } },
    { name: 'numbers', argv: ['--names', 'n', '--clients', '3'], want: { clients: 3 } },
    { name: 'switches', argv: ['--json', '--names', 'n'], want: { json: true } },
    { name: 'the last one counts', argv: ['--names', 'x', '--names', 'y'], want: { names: 'y' } },
    { name: 'lists', argv: ['--names=n', '--server-pid=1,2'], want: { 'server-pid': [1, 2] } },
  ];
  for (const { name, argv, want } of rows)
    it(name, () => assert.deepEqual(parseFlags(FLAGS, argv), { ...DEFAULTS, ...want }));
});

describe('mistakes name the flag and what is allowed', () => {
  const rows: { name: string; argv: string[]; message: string }[] = [
    { name: 'nothing', argv: [], message: '--names FILE must be given' },
    { name: 'unknown', argv: ['--nams', 'n'], message: 'unknown flag --nams; --help lists them' },
    { name: 'a name every object has', argv: ['--toString'], message: 'unknown flag --toString; --help lists them' },
    { name: 'a stray word', argv: ['names'], message: '"names" is not a flag; --help lists them' },
    { name: 'one dash', argv: ['-names'], message: '"-names" is not a flag; --help lists them' },
    { name: 'only dashes', argv: ['--'], message: '"--" is not a flag; --help lists them' },
    { name: 'no value', argv: ['--clients'], message: '--clients needs a value: COUNT' },
    { name: 'a bad value', argv: ['--clients', '11'], message: '--clients: a whole number from 1 to 10, not "11"' },
    { name: 'an empty value', argv: ['--names='], message: '--names: a text that is not empty, not ""' },
    { name: 'a switch with a value', argv: ['--json=yes'], message: '--json takes no value' },
  ];
  for (const { name, argv, message } of rows)
    it(name, () =>
      assert.throws(
        () => parseFlags(FLAGS, argv),
        (error) => error instanceof FlagError && error.code === 'ERR_FLAG' && error.message === message,
      ),
    );
});

describe('help goes before everything', () => {
  for (const argv of [['--help'], ['-h'], ['--nonsense', '--help'], ['--names', 'n', '-h']])
    it(argv.join(' '), () => assert.equal(parseFlags(FLAGS, argv), 'help'));
});

it('usage lists every flag with its default', () => {
  const lines = usage('Does things.', FLAGS).split('\n');
  assert.deepEqual(lines, [
    'Does things.',
    '',
    'Flags:',
    '  --names FILE                 names to ask for (must be given)',
    '  --clients COUNT              sockets (default 8)',
    '  --server-pid PID[,PID…]      processes',
    '  --json                       one line',
    '',
  ]);
});
