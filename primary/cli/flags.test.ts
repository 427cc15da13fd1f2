import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Flags, parseFlags } from './flags.ts';
import { usage } from './usage.ts';

const NOW = new Date(2026, 7, 5, 9, 4, 3);
const DEFAULTS: Flags = {
  conf: undefined,
  port: 53,
  pidfile: undefined,
  quiet: false,
  config: undefined,
  manifests: undefined,
};

describe('a server that is to run', () => {
  const rows: { name: string; argv: string[]; flags: Partial<Flags> }[] = [
    { name: 'no flags', argv: [], flags: {} },
    { name: '-conf FILE', argv: ['-conf', '/etc/coredns/Corefile'], flags: { conf: '/etc/coredns/Corefile' } },
    { name: '-conf=FILE', argv: ['-conf=Corefile.test'], flags: { conf: 'Corefile.test' } },
    { name: '--conf FILE', argv: ['--conf', 'x'], flags: { conf: 'x' } },
    { name: '--conf=FILE', argv: ['--conf=x'], flags: { conf: 'x' } },
    { name: 'only the first = divides', argv: ['-conf=a=b'], flags: { conf: 'a=b' } },
    { name: '-conf stdin', argv: ['-conf', 'stdin'], flags: { conf: 'stdin' } },
    { name: 'an empty -conf is none', argv: ['-conf', ''], flags: {} },
    { name: 'a value may begin with a dash', argv: ['-conf', '-x'], flags: { conf: '-x' } },
    { name: '-dns.port PORT', argv: ['-dns.port', '1053'], flags: { port: 1053 } },
    { name: '-p PORT', argv: ['-p', '1053'], flags: { port: 1053 } },
    { name: '-p=PORT', argv: ['-p=1053'], flags: { port: 1053 } },
    {
      name: 'the last of -dns.port and -p counts',
      argv: ['-dns.port', '1', '-p', '2', '-dns.port=3'],
      flags: { port: 3 },
    },
    { name: 'port 0', argv: ['-p', '0'], flags: { port: 0 } },
    { name: 'the highest port', argv: ['-p', '65535'], flags: { port: 65535 } },
    { name: '-pidfile FILE', argv: ['-pidfile', '/run/shoal.pid'], flags: { pidfile: '/run/shoal.pid' } },
    { name: '-quiet', argv: ['-quiet'], flags: { quiet: true } },
    { name: '-quiet=true', argv: ['-quiet=true'], flags: { quiet: true } },
    { name: '-quiet=0', argv: ['-quiet=0'], flags: { quiet: false } },
    { name: '-version=false', argv: ['-version=false'], flags: {} },
    { name: '-config FILE', argv: ['-config', 'shoal.yaml'], flags: { config: 'shoal.yaml' } },
    { name: '-manifests PATH', argv: ['-manifests', 'cluster'], flags: { manifests: 'cluster' } },
    { name: '-- ends the flags', argv: ['-quiet', '--'], flags: { quiet: true } },
    {
      name: 'all together',
      argv: ['-conf', 'C', '-p', '1', '-pidfile', 'P', '-quiet', '-config', 'T', '-manifests', 'M'],
      flags: { conf: 'C', port: 1, pidfile: 'P', quiet: true, config: 'T', manifests: 'M' },
    },
  ];
  for (const { name, argv, flags } of rows) {
    it(name, () => assert.deepEqual(parseFlags(argv, NOW), { kind: 'run', flags: { ...DEFAULTS, ...flags } }));
  }
});

describe('mistakes: the problem and the usage on stderr, exit 2', () => {
  const rows: { name: string; argv: string[]; line: string }[] = [
    { name: 'unknown flag', argv: ['-x'], line: 'flag provided but not defined: -x' },
    { name: 'unknown flag with two dashes', argv: ['--x'], line: 'flag provided but not defined: -x' },
    { name: 'unknown flag with a value', argv: ['-x=1'], line: 'flag provided but not defined: -x' },
    { name: 'a name every object has', argv: ['-toString'], line: 'flag provided but not defined: -toString' },
    { name: 'three dashes', argv: ['---conf'], line: 'bad flag syntax: ---conf' },
    { name: 'no name', argv: ['-=x'], line: 'bad flag syntax: -=x' },
    { name: 'no name behind two dashes', argv: ['--=x'], line: 'bad flag syntax: --=x' },
    { name: 'no value', argv: ['-conf'], line: 'flag needs an argument: -conf' },
    { name: 'no value for -p', argv: ['-quiet', '-p'], line: 'flag needs an argument: -p' },
    {
      name: 'not a switch value',
      argv: ['-quiet=maybe'],
      line: 'invalid boolean value "maybe" for -quiet: parse error',
    },
    {
      name: 'not a port',
      argv: ['-p', 'dns'],
      line: 'invalid value "dns" for flag -p: a port is a whole number from 0 to 65535',
    },
    {
      name: 'port too high',
      argv: ['-dns.port=65536'],
      line: 'invalid value "65536" for flag -dns.port: a port is a whole number from 0 to 65535',
    },
    {
      name: 'negative port',
      argv: ['-p', '-1'],
      line: 'invalid value "-1" for flag -p: a port is a whole number from 0 to 65535',
    },
    {
      name: 'empty port',
      argv: ['-p='],
      line: 'invalid value "" for flag -p: a port is a whole number from 0 to 65535',
    },
    { name: 'the first mistake counts', argv: ['-quiet', '-x', '-y'], line: 'flag provided but not defined: -x' },
    { name: 'a mistake before -h', argv: ['-x', '-h'], line: 'flag provided but not defined: -x' },
  ];
  for (const { name, argv, line } of rows) {
    it(name, () => {
      const want = { kind: 'print', text: `${line}\n${usage()}`, stream: 'stderr', exitCode: 2 };
      assert.deepEqual(parseFlags(argv, NOW), want);
    });
  }
});

describe('help: the usage on stderr, exit 0', () => {
  for (const argv of [['-h'], ['--h'], ['-help'], ['--help'], ['-quiet', '-h', '-x'], ['-h', 'foo']]) {
    it(argv.join(' '), () => {
      assert.deepEqual(parseFlags(argv, NOW), { kind: 'print', text: usage(), stream: 'stderr', exitCode: 0 });
    });
  }
});

describe('stray words: a dated line on stderr, exit 1', () => {
  const rows: { argv: string[]; words: string }[] = [
    { argv: ['foo', 'bar'], words: 'foo bar' },
    { argv: ['-quiet', 'foo'], words: 'foo' },
    { argv: ['foo', '-conf', 'x'], words: 'foo -conf x' },
    { argv: ['-'], words: '-' },
    { argv: ['--', '-quiet'], words: '-quiet' },
    { argv: ['-quiet', 'true'], words: 'true' },
    { argv: ['-version', 'foo'], words: 'foo' },
    { argv: [''], words: '' },
  ];
  for (const { argv, words } of rows) {
    it(JSON.stringify(argv), () => {
      const text = `2026/08/05 09:04:03 extra command line arguments: [${words}]\n`;
      assert.deepEqual(parseFlags(argv, NOW), { kind: 'print', text, stream: 'stderr', exitCode: 1 });
    });
  }
});

describe('information: on stdout, exit 0', () => {
  const rows: { argv: string[]; text: RegExp }[] = [
    { argv: ['-version'], text: /^CoreDNS-1\.14\.7\n\S+\/\S+, shoal-\d+\.\d+\.\d+, \n$/ },
    { argv: ['--version', '-conf', 'nowhere'], text: /^CoreDNS-1\.14\.7\n/ },
    { argv: ['-plugins'], text: /^acl\nany\n[\s\S]*\nwhoami\non\n\n$/ },
    { argv: ['-plugins', '-version'], text: /^CoreDNS-1\.14\.7\n/ },
  ];
  for (const { argv, text } of rows) {
    it(argv.join(' '), () => {
      const parsed = parseFlags(argv, NOW);
      assert.ok(parsed.kind === 'print');
      assert.match(parsed.text, text);
      assert.equal(parsed.stream, 'stdout');
      assert.equal(parsed.exitCode, 0);
    });
  }
});
