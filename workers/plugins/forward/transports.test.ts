import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ConfigError } from '#plugins/contract.ts';
import { Authority } from '#watcher/testing/certificates.ts';
import type { UpstreamTarget } from '../../lib/upstream/address.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import type { ForwardRule } from './options.ts';
import { plugin } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'forward-tls-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const authority = new Authority();
const client = authority.issue({ name: 'client' });
const CA = file('ca.pem', authority.cert);
const CERT = file('cert.pem', client.cert);
const KEY = file('key.pem', client.key);
const OTHER_KEY = file('other-key.pem', authority.issue({ name: 'other' }).key);
const EMPTY = file('empty.pem', '');
const MISSING = join(folder, 'missing.pem');

function setup(text: string): { readonly rule: ForwardRule; readonly warnings: readonly string[] } {
  const directive = new TextDirective('forward', text);
  return { rule: plugin.setup(directive, testScope()).rules[0], warnings: directive.warnings };
}

describe('upstreams by TLS and HTTPS', () => {
  const located = (
    secure: 'tls' | 'https',
    address: string,
    port: number,
    text: string,
    serverName?: string,
  ): UpstreamTarget => ({ address, port, text, secure, ...(serverName === undefined ? {} : { serverName }) });
  const v6 = '2620:fe::fe';
  const rows: readonly [to: string, target: UpstreamTarget][] = [
    ['tls://9.9.9.9', located('tls', '9.9.9.9', 853, '9.9.9.9:853')],
    ['TLS://9.9.9.9:8853', located('tls', '9.9.9.9', 8853, '9.9.9.9:8853')],
    ['tls://9.9.9.9%dns.quad9.net', located('tls', '9.9.9.9', 853, '9.9.9.9:853', 'dns.quad9.net')],
    ['tls://9.9.9.9%dns.quad9.net.', located('tls', '9.9.9.9', 853, '9.9.9.9:853', 'dns.quad9.net')],
    ['tls://9.9.9.9%dns.quad9.net:8853', located('tls', '9.9.9.9', 8853, '9.9.9.9:8853', 'dns.quad9.net')],
    ['tls://9.9.9.9:8853%dns.quad9.net', located('tls', '9.9.9.9', 8853, '9.9.9.9:8853', 'dns.quad9.net')],
    ['tls://9.9.9.9%9.9.9.10', located('tls', '9.9.9.9', 853, '9.9.9.9:853', '9.9.9.10')],
    [`tls://${v6}`, located('tls', v6, 853, `[${v6}]:853`)],
    [`tls://[${v6}]:8853`, located('tls', v6, 8853, `[${v6}]:8853`)],
    [`tls://${v6}%dns.test`, located('tls', v6, 853, `[${v6}]:853`, 'dns.test')],
    [`tls://[${v6}%dns.test]:8853`, located('tls', v6, 8853, `[${v6}]:8853`, 'dns.test')],
    [`tls://[${v6}%dns.test]`, located('tls', v6, 853, `[${v6}]:853`, 'dns.test')],
    ['https://9.9.9.9', located('https', '9.9.9.9', 443, '9.9.9.9:443')],
    ['https://9.9.9.9%dns.test:8443', located('https', '9.9.9.9', 8443, '9.9.9.9:8443', 'dns.test')],
    ['tls://dns.test', { name: 'dns.test', port: 853, text: 'dns.test:853', secure: 'tls', serverName: 'dns.test' }],
    [
      'https://dns.test.:8443',
      { name: 'dns.test.', port: 8443, text: 'dns.test.:8443', secure: 'https', serverName: 'dns.test' },
    ],
    [
      'tls://dns.test%other.test',
      { name: 'dns.test', port: 853, text: 'dns.test:853', secure: 'tls', serverName: 'other.test' },
    ],
  ];
  for (const [to, target] of rows) test(to, () => assert.deepEqual(setup(`forward . ${to}`).rule.targets, [target]));

  test('the same address by several transports, and twice by one', () => {
    const { rule } = setup(
      'forward . 9.9.9.9:853 tls://9.9.9.9 https://9.9.9.9:853 tls://9.9.9.9 tls://9.9.9.9%a.test',
    );
    assert.deepEqual(
      rule.targets.map(({ secure, serverName }) => [secure, serverName]),
      [
        [undefined, undefined],
        ['tls', undefined],
        ['https', undefined],
        ['tls', 'a.test'],
      ],
    );
  });

  test('tls_servername is the name of those that have none, not of plain ones', () => {
    const { rule, warnings } = setup(
      'forward . tls://9.9.9.9 https://dns.test 192.0.2.1 {\n tls_servername dns.quad9.net.\n}',
    );
    assert.deepEqual(
      rule.targets.map(({ serverName }) => serverName),
      ['dns.quad9.net', 'dns.quad9.net', undefined],
    );
    assert.deepEqual(warnings, []);
  });
});

describe('properties', () => {
  const TLS = 'forward . tls://192.0.2.1';

  const files: readonly [args: string, expected: readonly string[]][] = [
    ['', ['', '', '']],
    [CA, ['', '', CA]],
    [`${CERT} ${KEY}`, [CERT, KEY, '']],
    [`${CERT} ${KEY} ${CA}`, [CERT, KEY, CA]],
  ];
  for (const [args, expected] of files) {
    test(`tls ${args.replaceAll(folder, '')}`, () => {
      const { tls } = setup(`${TLS} {\n tls ${args}\n}`).rule.tcp;
      assert.deepEqual([tls?.cert, tls?.key, tls?.ca], expected);
    });
  }

  test('a file that has changed makes other settings, its contents are no part of them', () => {
    const changing = file('changing.pem', authority.cert);
    const read = (): string => JSON.stringify(setup(`${TLS} {\n tls ${changing}\n}`).rule.tcp);
    const before = read();
    assert.equal(read(), before);
    assert.doesNotMatch(before, /BEGIN/);
    file('changing.pem', authority.cert + authority.cert);
    assert.notEqual(read(), before);
  });

  test('doh_method, source_address', () => {
    const { rule, warnings } = setup('forward . https://192.0.2.1 {\n doh_method GET\n source_address 192.0.2.9\n}');
    assert.deepEqual([rule.tcp.dohMethod, rule.tcp.source], ['GET', '192.0.2.9']);
    assert.deepEqual(warnings, []);
  });

  const warned: readonly [text: string, warning: string][] = [
    ['tls', 'tls and tls_servername have no effect, as no upstream is tls:// or https://'],
    ['tls_servername dns.test', 'tls and tls_servername have no effect, as no upstream is tls:// or https://'],
    ['doh_method GET', 'doh_method has no effect, as no upstream is https://'],
    ['source_address ::1', 'source_address ::1 is not used for 192.0.2.1:53'],
  ];
  for (const [text, warning] of warned) {
    test(`a warning: ${text}`, () => assert.deepEqual(setup(`forward . 192.0.2.1 {\n${text}\n}`).warnings, [warning]));
  }
});

describe('mistakes', () => {
  const lines = (message: string): string => `Corefile:2 - Error during parsing: ${message}`;
  const wrongCount = (token: string): string =>
    lines(`Wrong argument count or unexpected line ending after '${token}'`);
  const noFile = 'no such file or directory';
  const rows: readonly [text: string, message: string][] = [
    ['tls a b c d', wrongCount('d')],
    [`tls ${MISSING}`, `error reading ${MISSING}: open ${MISSING}: ${noFile}`],
    [`tls ${MISSING} ${KEY}`, `could not load TLS cert: open ${MISSING}: ${noFile}`],
    [`tls ${CERT} ${MISSING}`, `could not load TLS cert: open ${MISSING}: ${noFile}`],
    [`tls ${EMPTY}`, `could not read root certs: no certificate in ${EMPTY}`],
    [`tls ${EMPTY} ${KEY}`, `could not load TLS cert: no certificate in ${EMPTY}`],
    [`tls ${CERT} ${CERT}`, `could not load TLS cert: no private key without a passphrase in ${CERT}`],
    [`tls ${CERT} ${OTHER_KEY}`, `could not load TLS cert: the key in ${OTHER_KEY} is not that of ${CERT}`],
    [`tls ${CERT} ${KEY} ${EMPTY}`, `could not read root certs: no certificate in ${EMPTY}`],
    ['tls_servername', wrongCount('tls_servername')],
    ['doh_method', wrongCount('doh_method')],
    ['doh_method get', 'doh_method must be either POST or GET'],
    ['source_address', wrongCount('source_address')],
    ['source_address eth0', lines('invalid IP address: eth0')],
  ];
  for (const [text, message] of rows) {
    test(text.replaceAll(folder, ''), () =>
      assert.throws(() => setup(`forward . 192.0.2.1 {\n${text}\n}`), { name: 'ConfigError', message }),
    );
  }

  const path = 'paths are not allowed in HTTPS upstream addresses (the /dns-query path is used by default)';
  const heads: readonly [text: string, message: string][] = [
    ['https://9.9.9.9/dns-query', `${path}: https://9.9.9.9/dns-query`],
    ['https://9.9.9.9/', `${path}: https://9.9.9.9/`],
    ['tls://9.9.9.9:0', 'not a port of an upstream (1 to 65535): "0" in 9.9.9.9:0'],
    ['tls://9.9.9.9%', 'not the name of a server: "" in tls://9.9.9.9%'],
    ['tls://9.9.9.9%a..b', 'not the name of a server: "a..b" in tls://9.9.9.9%a..b'],
    [
      'tls://9.9.9.9%a.test { tls_servername b.test }',
      "both forward ('b.test') and proxy level ('a.test') TLS servernames are set for upstream proxy 'tls://9.9.9.9:853'",
    ],
    ['quic://9.9.9.9', "'quic' is not supported as a destination protocol in forward: quic://9.9.9.9"],
  ];
  for (const [text, message] of heads) {
    test(text, () =>
      assert.throws(
        () => setup(`forward . ${text}`),
        (error) => error instanceof ConfigError && error.message === message,
      ),
    );
  }
});
