import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAG } from '#wire/constants.ts';
import { ChainRunner, testCases } from '#workers/testing/case.ts';
import { openImages } from '#workers/testing/files.ts';
import { ScriptHandler } from '#workers/testing/script.ts';
import { TestThread } from '#workers/testing/thread.ts';
import { build } from './handler.ts';
import { compileHosts, publishHosts } from './load.ts';
import type { HostsOptions } from './setup.ts';

const OPTIONS: HostsOptions = {
  file: '/nope',
  named: false,
  zones: ['test.', 'other.'],
  inline: [],
  ttl: 60,
  reverse: true,
  reload: 0,
  fallthrough: ['other.'],
  fallthroughUnsupported: false,
  image: 'hosts:test',
};
const SCOPE = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };
const HOSTS = `
10.0.0.1 a.test both.test
10.0.0.2 a.test
10.0.0.1 a.test
fd00::1 both.test six.test
10.0.0.9 *.wild.test exact.wild.test
10.0.0.8 in.other
192.0.2.1 outside.example
`;

function open(options: Partial<HostsOptions> = {}, hosts = HOSTS): ChainRunner {
  const { writer, images } = openImages();
  const merged = { ...OPTIONS, ...options };
  publishHosts(writer.image(merged.image), compileHosts(merged, hosts), merged.ttl);
  const thread = new TestThread({ files: images });
  const next = new ScriptHandler({ rcode: 'NXDOMAIN', flags: FLAG.RA });
  return new ChainRunner([build({ name: 'hosts', options: merged, slots: null }, thread.host, SCOPE), next], thread);
}

const NEXT_SAYS = { rcode: 'NXDOMAIN', qr: 'qr,rd,ra' };

testCases(open, [
  {
    title: 'A records in the order of the file, duplicates kept',
    name: 'a.test.',
    type: 'A',
    qr: 'qr,aa,rd',
    authority: [],
    answer: ['a.test. 60 IN A 10.0.0.1', 'a.test. 60 IN A 10.0.0.2', 'a.test. 60 IN A 10.0.0.1'],
  },
  {
    title: 'owners are in lower case whatever the client writes',
    name: 'A.teSt.',
    type: 'A',
    answer: ['a.test. 60 IN A 10.0.0.1', 'a.test. 60 IN A 10.0.0.2', 'a.test. 60 IN A 10.0.0.1'],
  },
  { title: 'AAAA', name: 'six.test.', type: 'AAAA', answer: ['six.test. 60 IN AAAA fd00::1'] },
  {
    title: 'a name of the other family: NOERROR without SOA',
    name: 'six.test.',
    type: 'A',
    qr: 'qr,aa,rd',
    authority: [],
  },
  {
    title: 'another type of a known name: NOERROR without SOA',
    name: 'a.test.',
    type: 'MX',
    qr: 'qr,aa,rd',
    authority: [],
  },
  {
    title: 'an unknown name without fallthrough: SERVFAIL by the core',
    name: 'b.test.',
    type: 'A',
    rcode: 'SERVFAIL',
    qr: 'qr,rd',
    outcome: 2,
  },
  { title: 'an unknown name with fallthrough', name: 'b.other.', type: 'A', ...NEXT_SAYS },
  { title: 'a known name with fallthrough', name: 'in.other.', type: 'TXT', qr: 'qr,aa,rd' },
  { title: 'a name outside the zones', name: 'outside.example.', type: 'A', ...NEXT_SAYS },
  {
    title: 'a wildcard stands for one label',
    name: 'x.wild.test.',
    type: 'A',
    answer: ['x.wild.test. 60 IN A 10.0.0.9'],
  },
  { title: 'a wildcard stands for one label only', name: 'y.x.wild.test.', type: 'A', rcode: 'SERVFAIL' },
  { title: 'a wildcard does not stand for no label', name: 'wild.test.', type: 'A', rcode: 'SERVFAIL' },
  { title: 'the wildcard itself', name: '*.wild.test.', type: 'A', answer: ['*.wild.test. 60 IN A 10.0.0.9'] },
  { title: 'a wildcard in mixed case', name: 'X.Wild.test.', type: 'A', answer: ['x.wild.test. 60 IN A 10.0.0.9'] },
  {
    title: 'PTR: one record for each name, also outside the zones',
    name: '1.0.0.10.in-addr.arpa.',
    type: 'PTR',
    qr: 'qr,aa,rd',
    answer: [
      '1.0.0.10.in-addr.arpa. 60 IN PTR a.test.',
      '1.0.0.10.in-addr.arpa. 60 IN PTR both.test.',
      '1.0.0.10.in-addr.arpa. 60 IN PTR a.test.',
    ],
  },
  {
    title: 'PTR in mixed case',
    name: '8.0.0.10.In-addr.arpa.',
    type: 'PTR',
    answer: ['8.0.0.10.in-addr.arpa. 60 IN PTR in.other.'],
  },
  {
    title: 'PTR of an IPv6 address',
    name: `${'1.0.0.0.'.repeat(1)}${'0.0.0.0.'.repeat(6)}0.0.d.f.ip6.arpa.`,
    type: 'PTR',
    answer: [
      `1.0.0.0.${'0.0.0.0.'.repeat(6)}0.0.d.f.ip6.arpa. 60 IN PTR both.test.`,
      `1.0.0.0.${'0.0.0.0.'.repeat(6)}0.0.d.f.ip6.arpa. 60 IN PTR six.test.`,
    ],
  },
  { title: 'PTR of an unknown address', name: '7.0.0.10.in-addr.arpa.', type: 'PTR', ...NEXT_SAYS },
  { title: 'PTR of a name that is no address', name: '256.0.0.10.in-addr.arpa.', type: 'PTR', ...NEXT_SAYS },
  { title: 'PTR of an address with leading zeros', name: '01.0.0.10.in-addr.arpa.', type: 'PTR', ...NEXT_SAYS },
  { title: 'PTR of a part of an address', name: '0.0.10.in-addr.arpa.', type: 'PTR', ...NEXT_SAYS },
  { title: 'PTR of a known name', name: 'a.test.', type: 'PTR', ...NEXT_SAYS },
  { title: 'another type of a reverse name', name: '1.0.0.10.in-addr.arpa.', type: 'A', ...NEXT_SAYS },
]);

test('what hosts writes is marked as local', () => {
  assert.equal(open().ask({ name: 'a.test.', type: 'A' }).local, true);
});

test('fallthrough_unsupported: types other than addresses of known names go on', () => {
  const runner = open({ fallthroughUnsupported: true });
  assert.equal(runner.ask({ name: 'in.other.', type: 'TXT' }).decoded?.rcode, 'NXDOMAIN');
  assert.equal(runner.ask({ name: 'in.other.', type: 'AAAA' }).decoded?.rcode, 'NOERROR');
  assert.equal(runner.ask({ name: 'a.test.', type: 'TXT' }).decoded?.rcode, 'NOERROR');
});

test('no_reverse: PTR goes on', () => {
  const asked = open({ reverse: false }).ask({ name: '1.0.0.10.in-addr.arpa.', type: 'PTR' });
  assert.equal(asked.decoded?.rcode, 'NXDOMAIN');
});

for (const name of ['many.test.', 'Many.Test.'])
  test(`more addresses than fit: TC and whole records (${name})`, () => {
    const hosts = Array.from({ length: 60 }, (_, i) => `10.0.0.${i} many.test`).join('\n');
    const asked = open({}, hosts).ask({ name, type: 'A' });
    assert.equal(asked.decoded?.flags, 'qr,aa,tc,rd');
    assert.ok(asked.message.length <= 512 && asked.message.length > 490, `${asked.message.length}`);
    assert.equal(asked.plainSize, 27 + 60 * (11 + 14));
  });

test('an image that is not there yet: every name of the zones is unknown', () => {
  const thread = new TestThread({ files: openImages().images });
  const runner = new ChainRunner([build({ name: 'hosts', options: OPTIONS, slots: null }, thread.host, SCOPE)], thread);
  assert.equal(runner.ask({ name: 'a.test.', type: 'A' }).decoded?.rcode, 'SERVFAIL');
});
