import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChainRunner, testCases } from '#workers/testing/case.ts';
import { TestThread } from '#workers/testing/thread.ts';
import { build } from './handler.ts';

const SCOPE = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };

function runner(): ChainRunner {
  const thread = new TestThread();
  return new ChainRunner([build({ name: 'whoami', options: {}, slots: null }, thread.host, SCOPE)], thread);
}

testCases(runner, [
  {
    title: 'an IPv4 client over UDP',
    name: 'Example.org.',
    type: 'A',
    port: 40001,
    qr: 'qr,aa,rd',
    additional: ['Example.org. 0 IN A 127.0.0.1', '_udp.Example.org. 0 IN SRV 0 0 40001 .'],
  },
  {
    title: 'an IPv6 client over TCP',
    name: 'example.org.',
    type: 'MX',
    proto: 'tcp',
    client: 'fd00::7',
    port: 53,
    qr: 'qr,aa,rd',
    additional: ['example.org. 0 IN AAAA fd00::7', '_tcp.example.org. 0 IN SRV 0 0 53 .'],
  },
  {
    title: 'the class of the query',
    name: 'example.org.',
    type: 'TXT',
    klass: 'CH',
    additional: ['example.org. 0 CH A 127.0.0.1', '_udp.example.org. 0 CH SRV 0 0 40000 .'],
  },
  {
    title: 'the root',
    name: '.',
    type: 'NS',
    additional: ['. 0 IN A 127.0.0.1', '_udp. 0 IN SRV 0 0 40000 .'],
  },
  {
    title: 'a name that leaves no room for a label in front (RFC 1035 §3.1)',
    name: `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(58)}.`,
    type: 'A',
    additional: [`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(58)}. 0 IN A 127.0.0.1`],
  },
]);

test('plainSize is the length without compression', () => {
  const asked = runner().ask({ name: 'example.org.', type: 'A' });
  assert.equal(asked.plainSize, 12 + 17 + (13 + 10 + 4) + (18 + 10 + 7));
});
