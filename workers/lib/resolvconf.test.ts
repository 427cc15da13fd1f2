import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseNameservers, parseSearch, stripZone } from './resolvconf.ts';

const rows: readonly { name: string; text: string; servers: readonly string[] }[] = [
  { name: 'an empty file', text: '', servers: [] },
  { name: 'one server', text: 'nameserver 10.0.0.1\n', servers: ['10.0.0.1'] },
  { name: 'no line end', text: 'nameserver 10.0.0.1', servers: ['10.0.0.1'] },
  {
    name: 'several, in order',
    text: 'nameserver 10.0.0.2\nnameserver ::1\nnameserver 10.0.0.1\n',
    servers: ['10.0.0.2', '::1', '10.0.0.1'],
  },
  { name: 'one address a line', text: 'nameserver 10.0.0.1 10.0.0.2\n', servers: ['10.0.0.1'] },
  {
    name: 'other keywords',
    text: 'search a.test b.test\noptions ndots:5\nnameserver 10.0.0.1\nsortlist 1.2.3.4\n',
    servers: ['10.0.0.1'],
  },
  {
    name: 'comments',
    text: '# nameserver 10.0.0.1\n; nameserver 10.0.0.2\nnameserver 10.0.0.3 # mine\n',
    servers: ['10.0.0.3'],
  },
  { name: 'blanks and tabs', text: '  \tnameserver \t 10.0.0.1 \n\n', servers: ['10.0.0.1'] },
  {
    name: 'line ends of another system',
    text: 'nameserver 10.0.0.1\r\nnameserver 10.0.0.2\r\n',
    servers: ['10.0.0.1', '10.0.0.2'],
  },
  { name: 'an interface', text: 'nameserver fe80::1%eth0\n', servers: ['fe80::1'] },
  { name: 'a keyword without an address', text: 'nameserver\nnameserver 10.0.0.1\n', servers: ['10.0.0.1'] },
  { name: 'a longer word', text: 'nameservers 10.0.0.1\n', servers: [] },
];

describe('parseNameservers', () => {
  for (const row of rows) test(row.name, () => assert.deepEqual(parseNameservers(row.text), row.servers));
});

const searches: readonly { name: string; text: string; search: readonly string[] }[] = [
  { name: 'none', text: 'nameserver 10.0.0.1\n', search: [] },
  { name: 'in order', text: 'search b.test a.test.\tc.test\n', search: ['b.test', 'a.test.', 'c.test'] },
  { name: 'the last line counts', text: 'search a.test\nsearch b.test\n', search: ['b.test'] },
  { name: 'an empty line takes it back', text: 'search a.test\nsearch\n', search: [] },
  { name: 'domain', text: 'domain a.test b.test\n', search: ['a.test'] },
  { name: 'domain without a name', text: 'search a.test\ndomain\n', search: ['a.test'] },
  { name: 'comments', text: '# search a.test\n;search b.test\n', search: [] },
];

describe('parseSearch', () => {
  for (const row of searches) test(row.name, () => assert.deepEqual(parseSearch(row.text), row.search));
});

test('stripZone', () => {
  assert.equal(stripZone('fe80::1%2'), 'fe80::1');
  assert.equal(stripZone('10.0.0.1'), '10.0.0.1');
});
