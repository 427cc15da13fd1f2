import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ConfigError } from '#plugins/contract.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import type { ForwardOptions, ForwardRule } from './options.ts';
import { plugin } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-forward-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const RESOLV = file(
  'resolv.conf',
  'search a.test\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\nnameserver 10.0.0.1\n',
);
const EMPTY = file('empty', '');
const NAMES = file('names', 'nameserver dns.example.test\n');

function setup(text: string): { options: ForwardOptions; warnings: readonly string[] } {
  const directive = new TextDirective('forward', text);
  const options = plugin.setup(directive, testScope());
  return { options, warnings: directive.warnings };
}

/** `10.0.0.1:53` of every upstream. */
const texts = (rule: ForwardRule): string[] => rule.upstreams.map(({ text }) => text);

test('defaults of the reference', () => {
  assert.deepEqual(setup('forward . 10.0.0.1 10.0.0.2').options, {
    rules: [
      {
        from: '.',
        except: [],
        targets: [
          { address: '10.0.0.1', port: 53, text: '10.0.0.1:53' },
          { address: '10.0.0.2', port: 53, text: '10.0.0.2:53' },
        ],
        upstreams: [
          { address: '10.0.0.1', port: 53, text: '10.0.0.1:53' },
          { address: '10.0.0.2', port: 53, text: '10.0.0.2:53' },
        ],
        policy: 'random',
        forceTcp: false,
        preferUdp: false,
        readTimeout: 2000,
        maxFails: 2,
        maxConnectAttempts: null,
        maxConcurrent: 0,
        failFast: false,
        resolvers: [],
        failover: [],
        next: [],
        nextOnNodata: false,
        hedge: null,
        trust: { caseRandomize: false, rebind: null },
        health: { interval: 500, recursion: true, domain: '.' },
        tcp: { expire: 10_000, maxAge: 0, maxIdleConns: 0 },
      },
    ],
  });
});

describe('upstreams', () => {
  const rows: readonly [to: string, expected: readonly string[]][] = [
    ['10.0.0.1', ['10.0.0.1:53']],
    ['10.0.0.1:5353', ['10.0.0.1:5353']],
    ['dns://10.0.0.1', ['10.0.0.1:53']],
    ['dns://10.0.0.1:5353', ['10.0.0.1:5353']],
    ['DNS://10.0.0.1', ['10.0.0.1:53']],
    ['::1', ['[::1]:53']],
    ['[::1]', ['[::1]:53']],
    ['[::1]:5353', ['[::1]:5353']],
    ['fe80::1%eth0', ['[fe80::1%eth0]:53']],
    ['10.0.0.2 10.0.0.1 10.0.0.2 10.0.0.2:53', ['10.0.0.2:53', '10.0.0.1:53']],
    [RESOLV, ['10.0.0.1:53', '[fe80::1]:53']],
    [`10.0.0.9 ${RESOLV} 10.0.0.1`, ['10.0.0.9:53', '10.0.0.1:53', '[fe80::1]:53']],
    ['{ to 10.0.0.1:5353 }', ['10.0.0.1:5353']],
    ['10.0.0.1 {\n to 10.0.0.2 10.0.0.3\n}', ['10.0.0.1:53', '10.0.0.2:53', '10.0.0.3:53']],
  ];
  for (const [to, expected] of rows) {
    test(to.replace(folder, ''), () => assert.deepEqual(texts(setup(`forward . ${to}`).options.rules[0]), expected));
  }
});

describe('host names', () => {
  const rows: readonly [to: string, targets: readonly string[], located: readonly string[]][] = [
    ['dns.example.test', ['dns.example.test:53'], []],
    ['dns.example.test.:5353', ['dns.example.test.:5353'], []],
    ['dns://localhost', ['localhost:53'], []],
    ['10.0.0.1 dns.test 10.0.0.2', ['10.0.0.1:53', 'dns.test:53', '10.0.0.2:53'], ['10.0.0.1:53', '10.0.0.2:53']],
    ['a.test a.test:53 a.test:54', ['a.test:53', 'a.test:54'], []],
    ['{\n to dns.linkerd.svc.cluster.local:8600\n}', ['dns.linkerd.svc.cluster.local:8600'], []],
  ];
  for (const [to, targets, located] of rows) {
    test(to, () => {
      const [rule] = setup(`forward . ${to}`).options.rules;
      assert.deepEqual(
        rule.targets.map(({ text }) => text),
        targets,
      );
      assert.deepEqual(texts(rule), located);
    });
  }
});

describe('properties', () => {
  const rows: readonly [text: string, expected: Partial<ForwardRule>][] = [
    ['policy round_robin', { policy: 'round_robin' }],
    ['policy sequential', { policy: 'sequential' }],
    ['force_tcp', { forceTcp: true }],
    ['prefer_udp', { preferUdp: true }],
    ['read_timeout 1500ms', { readTimeout: 1500 }],
    ['max_fails 0', { maxFails: 0 }],
    ['max_connect_attempts 0', { maxConnectAttempts: 0 }],
    ['max_connect_attempts 7', { maxConnectAttempts: 7 }],
    ['max_concurrent 1000', { maxConcurrent: 1000 }],
    ['failfast_all_unhealthy_upstreams', { failFast: true }],
    ['health_check 5s', { health: { interval: 5000, recursion: true, domain: '.' } }],
    ['health_check 0.5s no_rec', { health: { interval: 500, recursion: false, domain: '.' } }],
    [
      'health_check 1m domain example.org no_rec',
      { health: { interval: 60_000, recursion: false, domain: 'example.org.' } },
    ],
    ['expire 5s', { tcp: { expire: 5000, maxAge: 0, maxIdleConns: 0 } }],
    ['max_age 30s\nexpire 20s', { tcp: { expire: 20_000, maxAge: 30_000, maxIdleConns: 0 } }],
    ['max_idle_conns 3', { tcp: { expire: 10_000, maxAge: 0, maxIdleConns: 3 } }],
    ['policy latency', { policy: 'latency' }],
    ['failover SERVFAIL refused\nfailover NOTIMPL', { failover: [2, 5, 4] }],
    ['next NXDOMAIN NoError', { next: [3, 0] }],
    ['next_on_nodata', { nextOnNodata: true }],
    ['hedge', { hedge: { percentile: 95, budget: 5 } }],
    ['hedge 99%', { hedge: { percentile: 99, budget: 5 } }],
    ['hedge 99.5% 2.5%', { hedge: { percentile: 99.5, budget: 2.5 } }],
    ['except a.test B.test.\nexcept c.test', { except: ['a.test.', 'b.test.', 'c.test.'] }],
  ];
  for (const [text, expected] of rows) {
    test(text, () => {
      const [rule] = setup(`forward . 10.0.0.1 {\n${text}\n}`).options.rules;
      assert.deepEqual({ ...rule, ...expected }, rule);
    });
  }

  test('resolver', () => {
    const [rule] = setup('forward . 10.0.0.1 {\nresolver 10.0.0.10 10.0.0.11:5353 ::1 [::1]:54\n}').options.rules;
    assert.deepEqual(
      rule.resolvers.map(({ text }) => text),
      ['10.0.0.10:53', '10.0.0.11:5353', '[::1]:53', '[::1]:54'],
    );
  });

  test('on one line', () => {
    const [rule] = setup('forward . 10.0.0.1 { max_concurrent 1000 }').options.rules;
    assert.equal(rule.maxConcurrent, 1000);
  });
});

test('several directives in a block keep their order', () => {
  const { rules } = setup('forward a.test 10.0.0.1\nforward . 10.0.0.2 {\n force_tcp\n}\n').options;
  assert.deepEqual(
    rules.map(({ from, forceTcp }) => [from, forceTcp]),
    [
      ['a.test.', false],
      ['.', true],
    ],
  );
});

test('a network that is several zones: the first, and a warning', () => {
  const directive = new TextDirective('forward', 'forward 10.0.0.0/23 10.0.0.1');
  const zones = ['0.0.10.in-addr.arpa.', '1.0.10.in-addr.arpa.'];
  const { rules } = plugin.setup(directive, { ...testScope(), zonesOr: () => zones });
  assert.equal(rules[0].from, zones[0]);
  assert.deepEqual(directive.warnings, [
    `Unsupported CIDR notation: '10.0.0.0/23' expands to multiple zones. Using only '0.0.10.in-addr.arpa.'.`,
  ]);
});

test('a FROM that is no zone', () => {
  const scope = { ...testScope(), zonesOr: () => [] };
  assert.throws(() => plugin.setup(new TextDirective('forward', 'forward a..b 10.0.0.1'), scope), {
    message: "unable to normalize 'a..b'",
  });
});

describe('mistakes', () => {
  const many = Array.from({ length: 16 }, (_, i) => `10.0.0.${i + 1}`).join(' ');
  const properties: readonly [text: string, message: string][] = [
    ['policy best', "Corefile:2 - Error during parsing: unknown policy 'best'"],
    ['policy', "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'policy'"],
    ['force_tcp yes', "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'yes'"],
    ['prefer_udp yes', "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'yes'"],
    [
      'failfast_all_unhealthy_upstreams x',
      "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
    ],
    ['except', "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'except'"],
    ['expire -1s', "expire can't be negative: -1s"],
    ['max_age -1m', "max_age can't be negative: -1m0s"],
    ['max_age 5s', 'max_age (5s) must not be less than expire (10s)'],
    ['health_check -2s', "health_check can't be negative: -2s"],
    [
      'health_check',
      "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'health_check'",
    ],
    ['health_check 5s rec', 'health_check: unknown option rec'],
    [
      'health_check 5s domain',
      "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'domain'",
    ],
    ['health_check 5s domain a..b', 'health_check: invalid domain name a..b'],
    ['read_timeout 0s', 'read_timeout must be positive: 0s'],
    ['read_timeout 5', 'time: missing unit in duration "5"'],
    ['read_timeout soon', 'time: invalid duration "soon"'],
    ['max_fails -1', 'strconv.ParseUint: parsing "-1": invalid syntax'],
    ['max_fails 4294967296', 'strconv.ParseUint: parsing "4294967296": value out of range'],
    ['max_connect_attempts x', 'strconv.ParseUint: parsing "x": invalid syntax'],
    ['max_concurrent -1', "max_concurrent can't be negative: -1"],
    ['max_concurrent many', 'strconv.Atoi: parsing "many": invalid syntax'],
    ['max_idle_conns -3', "max_idle_conns can't be negative: -3"],
    ['failover', "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'failover'"],
    ['failover NOERROR', 'NoError cannot be used in failover'],
    ['failover SERVFAIL OFTEN', 'OFTEN is not a valid rcode'],
    ['next', "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'next'"],
    ['next 3', '3 is not a valid rcode'],
    [
      'next_on_nodata yes',
      "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'yes'",
    ],
    ['resolver', "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'resolver'"],
    ['resolver dns.test', 'resolver must be an IP address or IP:port: "dns.test"'],
    ['resolver 10.0.0.1:0', 'resolver must be an IP address or IP:port: "10.0.0.1:0"'],
    ['hedge 95', "Corefile:2 - Error during parsing: hedge: not a percentage from 50% to 99.9%: '95'"],
    ['hedge 10%', "Corefile:2 - Error during parsing: hedge: not a percentage from 50% to 99.9%: '10%'"],
    ['hedge 95% 0%', "Corefile:2 - Error during parsing: hedge: not a percentage from 0.1% to 100%: '0%'"],
    ['hedge 95% 5% 1%', "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '1%'"],
    ['no_such_thing', "Corefile:2 - Error during parsing: unknown property 'no_such_thing'"],
  ];
  for (const [text, message] of properties) {
    test(text, () => assert.throws(() => setup(`forward . 10.0.0.1 {\n${text}\n}`), { name: 'ConfigError', message }));
  }

  const heads: readonly [text: string, message: string][] = [
    ['forward', "Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after 'forward'"],
    ['forward .', "Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after '.'"],
    [`forward . ${many}`, 'more than 15 TOs configured: 16'],
    [`forward . ${EMPTY}`, 'no valid upstream addresses found'],
    [`forward . ${NAMES}`, `not an IP address: "dns.example.test:53" in ${NAMES}`],
    ['forward . /etc/nosuch', 'failed to resolve "/etc/nosuch": lookup /etc/nosuch: no such host'],
    ['forward . dns..test', 'not an IP address, file, or valid domain: "dns..test"'],
    ['forward . :53', 'not an IP address, file, or valid domain: ":53"'],
    ['forward . dns.test:dns', 'not a port of an upstream (1 to 65535): "dns" in dns.test:dns'],
    ['forward . quic://9.9.9.9', "'quic' is not supported as a destination protocol in forward: quic://9.9.9.9"],
    ['forward . 10.0.0.1:0', 'not a port of an upstream (1 to 65535): "0" in 10.0.0.1:0'],
    ['forward . 10.0.0.1:65536', 'not a port of an upstream (1 to 65535): "65536" in 10.0.0.1:65536'],
    ['forward . 10.0.0.1:dns', 'not a port of an upstream (1 to 65535): "dns" in 10.0.0.1:dns'],
  ];
  for (const [text, message] of heads) {
    test(text.replace(folder, ''), () => {
      assert.throws(
        () => setup(text),
        (error) => error instanceof ConfigError && error.message === message,
      );
    });
  }
});

test('options survive the way to a thread', () => {
  const { options } = setup('forward . 10.0.0.1 {\n except a.test\n}');
  assert.deepEqual(structuredClone(options), options);
});
