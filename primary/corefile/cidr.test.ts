import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reverseZones } from './cidr.ts';

const V6_ZEROS = '0.'.repeat(23);

const cases: readonly { cidr: string; zones: readonly string[] | undefined }[] = [
  { cidr: '10.0.0.0/8', zones: ['10.in-addr.arpa.'] },
  { cidr: '10.96.0.0/16', zones: ['96.10.in-addr.arpa.'] },
  { cidr: '10.0.0.0/24', zones: ['0.0.10.in-addr.arpa.'] },
  { cidr: '10.0.0.77/24', zones: ['0.0.10.in-addr.arpa.'] },
  { cidr: '10.0.0.1/32', zones: ['1.0.0.10.in-addr.arpa.'] },
  {
    cidr: '10.0.0.0/22',
    zones: ['0.0.10.in-addr.arpa.', '1.0.10.in-addr.arpa.', '2.0.10.in-addr.arpa.', '3.0.10.in-addr.arpa.'],
  },
  { cidr: '10.0.7.9/23', zones: ['6.0.10.in-addr.arpa.', '7.0.10.in-addr.arpa.'] },
  { cidr: '10.0.0.250/31', zones: ['250.0.0.10.in-addr.arpa.', '251.0.0.10.in-addr.arpa.'] },
  { cidr: '255.255.255.255/31', zones: ['254.255.255.255.in-addr.arpa.', '255.255.255.255.in-addr.arpa.'] },
  { cidr: '172.16.0.0/12', zones: Array.from({ length: 16 }, (_, i) => `${16 + i}.172.in-addr.arpa.`) },
  { cidr: '10.0.0.0/9', zones: Array.from({ length: 128 }, (_, i) => `${i}.10.in-addr.arpa.`) },
  { cidr: '128.0.0.0/1', zones: Array.from({ length: 128 }, (_, i) => `${128 + i}.in-addr.arpa.`) },
  { cidr: '0.0.0.0/0', zones: ['in-addr.arpa.'] },
  { cidr: '2001:db8::/32', zones: ['8.b.d.0.1.0.0.2.ip6.arpa.'] },
  { cidr: '2001:db8::/33', zones: Array.from({ length: 8 }, (_, i) => `${i}.8.b.d.0.1.0.0.2.ip6.arpa.`) },
  { cidr: '2001:DB8:f000::/35', zones: ['e.8.b.d.0.1.0.0.2.ip6.arpa.', 'f.8.b.d.0.1.0.0.2.ip6.arpa.'] },
  { cidr: 'fd00::/8', zones: ['d.f.ip6.arpa.'] },
  { cidr: '2001:db8::1/128', zones: [`1.${V6_ZEROS}8.b.d.0.1.0.0.2.ip6.arpa.`] },
  {
    cidr: '64:ff9b::192.0.2.1/128',
    zones: ['1.0.2.0.0.0.0.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.9.f.f.4.6.0.0.ip6.arpa.'],
  },
  { cidr: '1:2:3:4:5:6:7:8/16', zones: ['1.0.0.0.ip6.arpa.'] },
  { cidr: '::/0', zones: ['ip6.arpa.'] },
  { cidr: '10.0.0.0', zones: undefined },
  { cidr: '10.0.0.0/', zones: undefined },
  { cidr: '10.0.0.0/33', zones: undefined },
  { cidr: '10.0.0.0/99999999999999999999', zones: undefined },
  { cidr: '10.0.0.0/-1', zones: undefined },
  { cidr: '10.0.0.0/8/8', zones: undefined },
  { cidr: '10.0.0/24', zones: undefined },
  { cidr: '010.0.0.0/8', zones: undefined },
  { cidr: '2001:db8::/129', zones: undefined },
  { cidr: 'fe80::%eth0/64', zones: undefined },
  { cidr: 'example.org/24', zones: undefined },
  { cidr: '/24', zones: undefined },
  { cidr: '', zones: undefined },
];

describe('reverseZones (RFC 1035 section 3.5, RFC 3596 section 2.5)', () => {
  for (const { cidr, zones } of cases) it(cidr || 'empty', () => assert.deepEqual(reverseZones(cidr), zones));
});
