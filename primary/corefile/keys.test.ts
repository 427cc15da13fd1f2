import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expandKey, fqdn, isDomainName, norm, normalizeZones } from './keys.ts';
import { configMessage, parseText } from './testing.ts';

const LABEL63 = 'l'.repeat(63);
// Three full labels and one of `length` octets; 61 give the 255 octets that a name may have on the wire.
const long = (length: number): string => `${LABEL63}.${LABEL63}.${LABEL63}.${'x'.repeat(length)}`;

const accepted: readonly { key: string; texts: readonly string[] }[] = [
  { key: '.', texts: ['dns://.:5353'] },
  { key: '.:53', texts: ['dns://.:53'] },
  { key: '.:0', texts: ['dns://.:0'] },
  { key: '.:053', texts: ['dns://.:53'] },
  { key: 'Example.ORG', texts: ['dns://example.org.:5353'] },
  { key: 'example.org.', texts: ['dns://example.org.:5353'] },
  { key: 'dns://example.org', texts: ['dns://example.org.:5353'] },
  { key: 'dns://.:1053', texts: ['dns://.:1053'] },
  { key: 'tls://.', texts: ['tls://.:853'] },
  { key: 'tls://example.org:1853', texts: ['tls://example.org.:1853'] },
  { key: 'quic://.', texts: ['quic://.:853'] },
  { key: 'grpc://.', texts: ['grpc://.:443'] },
  { key: 'https://.', texts: ['https://.:443'] },
  { key: 'https3://.', texts: ['https3://.:443'] },
  { key: 'TLS://example.org', texts: ['dns://tls://example.org.:5353'] },
  { key: 'foo://example.org', texts: ['dns://foo://example.org.:5353'] },
  { key: 'example.org:abc', texts: ['dns://example.org:abc.:5353'] },
  { key: '.:99999', texts: ['dns://.:99999'] },
  { key: '}', texts: ['dns://}.:5353'] },
  { key: '10.0.0.1', texts: ['dns://10.0.0.1.:5353'] },
  { key: '10.0.0.0/24', texts: ['dns://0.0.10.in-addr.arpa.:5353'] },
  { key: '10.0.0.0/24:53', texts: ['dns://0.0.10.in-addr.arpa.:53'] },
  { key: '10.0.0.0/23:53', texts: ['dns://0.0.10.in-addr.arpa.:53', 'dns://1.0.10.in-addr.arpa.:53'] },
  { key: 'tls://10.0.0.0/8', texts: ['tls://10.in-addr.arpa.:853'] },
  { key: '2001:db8::/32', texts: ['dns://8.b.d.0.1.0.0.2.ip6.arpa.:5353'] },
  { key: '2001:db8::/32:53', texts: ['dns://8.b.d.0.1.0.0.2.ip6.arpa.:53'] },
  { key: '10.0.0.0/33', texts: ['dns://10.0.0.0/33.:5353'] },
  { key: '0.0.0.0/0', texts: ['dns://in-addr.arpa.:5353'] },
  { key: long(61), texts: [`dns://${long(61)}.:5353`] },
];

const refused: readonly { name: string; key: string; message: string }[] = [
  { name: 'a port that is none, behind the root', key: '.:abc', message: 'zone is not a valid domain name: .:abc' },
  { name: 'a colon at the end', key: '.:', message: 'expecting data after last colon: ".:"' },
  { name: 'a scheme alone', key: 'dns://', message: 'expecting data after last colon: ""' },
  { name: 'a port alone', key: ':53', message: 'zone is not a valid domain name: ' },
  {
    name: 'a zone of more than 255 characters',
    key: 'a.'.repeat(150),
    message: 'specified zone is too long: 300 > 255',
  },
  { name: 'characters are counted as octets', key: 'ä.'.repeat(90), message: 'specified zone is too long: 270 > 255' },
  {
    name: 'a zone of more than 255 octets on the wire',
    key: long(62),
    message: `zone is not a valid domain name: ${long(62)}`,
  },
  { name: 'an empty label', key: 'a..b', message: 'zone is not a valid domain name: a..b' },
  { name: 'a leading dot', key: '.example.org', message: 'zone is not a valid domain name: .example.org' },
  { name: 'a label of 64 octets', key: `${LABEL63}x.org`, message: `zone is not a valid domain name: ${LABEL63}x.org` },
  { name: 'an IPv6 network that begins with a colon', key: '::/0', message: 'invalid CIDR ::/0' },
  { name: 'an IPv6 network that begins with 0', key: '0:1::/32', message: 'invalid CIDR 0:1::/32' },
  { name: 'a unix socket', key: 'unix:///run/dns', message: 'unix:// cannot be served: unix:///run/dns' },
];

describe('expandKey', () => {
  for (const { key, texts } of accepted) {
    it(key, () =>
      assert.deepEqual(
        expandKey(key, 5353).map(({ text }) => text),
        texts,
      ),
    );
  }

  it('parts of a key', () => {
    assert.deepEqual(expandKey('tls://Example.org:8853', 53), [
      { transport: 'tls', zone: 'example.org.', port: 8853, text: 'tls://example.org.:8853' },
    ]);
  });
});

describe('errors of keys', () => {
  for (const { name, key, message } of refused) {
    it(name, () => {
      assert.equal(
        configMessage(() => expandKey(key, 53)),
        message,
      );
      const whole = configMessage(() => parseText(`good.org ${key} {\n}`));
      assert.equal(whole, `error inspecting server blocks: ${message}`);
    });
  }

  it('an unset variable in front of a port', () => {
    const message = configMessage(() => parseText('{$ZONE}:53 {\n}'));
    assert.equal(message, 'error inspecting server blocks: zone is not a valid domain name: ');
  });

  it('mistakes of the grammar come first', () => {
    assert.match(
      configMessage(() => parseText('.:abc {\n}\nb {\n foo\n}')),
      /Unknown directive 'foo'$/,
    );
  });
});

describe('keys of a block', () => {
  it('a port belongs to its own key only', () => {
    const [block] = parseText('example.org example.net:15311 {\n}').blocks;
    assert.deepEqual(
      block.keys.map((key) => key.text),
      ['dns://example.org.:53', 'dns://example.net.:15311'],
    );
  });

  it('a network between other keys is expanded in its place', () => {
    const [block] = parseText('a 10.0.0.0/23 b:54 {\n}', { defaultPort: 1053 }).blocks;
    assert.deepEqual(
      block.keys.map((key) => key.text),
      ['dns://a.:1053', 'dns://0.0.10.in-addr.arpa.:1053', 'dns://1.0.10.in-addr.arpa.:1053', 'dns://b.:54'],
    );
  });
});

describe('normalizeZones', () => {
  const rows: readonly { name: string; args: readonly string[]; zones: readonly string[] }[] = [
    { name: 'nothing', args: [], zones: [] },
    { name: 'lower case and dot', args: ['Cluster.LOCAL', 'b.'], zones: ['cluster.local.', 'b.'] },
    { name: 'networks', args: ['10.0.0.0/23', 'x'], zones: ['0.0.10.in-addr.arpa.', '1.0.10.in-addr.arpa.', 'x.'] },
    { name: 'scheme and port are dropped', args: ['tls://a:853', 'b:53'], zones: ['a.', 'b.'] },
    { name: 'what is no zone is left out', args: ['a..b', '', ':', 'good', '::/8', '.x'], zones: ['good.'] },
  ];
  for (const { name, args, zones } of rows) it(name, () => assert.deepEqual(normalizeZones(args), zones));
});

describe('names', () => {
  const dots: readonly { name: string; want: string }[] = [
    { name: '', want: '.' },
    { name: '.', want: '.' },
    { name: 'a', want: 'a.' },
    { name: 'a.', want: 'a.' },
    { name: 'a\\.', want: 'a\\..' },
    { name: 'a\\\\.', want: 'a\\\\.' },
  ];
  for (const { name, want } of dots) it(`fqdn of '${name}'`, () => assert.equal(fqdn(name), want));

  it('norm', () => assert.equal(norm('WWW.Example.Org'), 'www.example.org.'));

  const names: readonly { name: string; valid: boolean }[] = [
    { name: '', valid: false },
    { name: '.', valid: true },
    { name: '..', valid: false },
    { name: 'a', valid: true },
    { name: 'a.b.', valid: true },
    { name: '_dns._udp.a', valid: true },
    { name: '*.a', valid: true },
    { name: 'a b', valid: true },
    { name: 'a\\.b', valid: true },
    { name: 'a\\', valid: false },
    { name: 'a\\046b', valid: true },
    { name: `${'\\065'.repeat(63)}.org`, valid: true },
    { name: `${'\\065'.repeat(64)}.org`, valid: false },
    { name: '\\1'.repeat(60), valid: true },
    { name: `${'ä'.repeat(31)}.org`, valid: true },
    { name: `${'ä'.repeat(32)}.org`, valid: false },
  ];
  for (const { name, valid } of names) it(`isDomainName of '${name}'`, () => assert.equal(isDomainName(name), valid));
});
