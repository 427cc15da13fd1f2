// What lists of ports give, once for each list.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Port } from '../objects/object.ts';
import { namedPorts, orPortless, portNumbers, portsNamed } from './ports.ts';

const port = (name: string, protocol: string, number: number): Port => ({ name, protocol, port: number });
const HTTP = port('http', 'tcp', 80);
const DNS = port('dns', 'udp', 53);
const DNS_TCP = port('dns', 'tcp', 53);
const NAMELESS = port('', 'tcp', 8080);

const rows: [string, readonly Port[], readonly number[], readonly string[]][] = [
  ['none', [], [], []],
  ['one', [HTTP], [80], ['\u0005_http\u0004_tcp 80']],
  ['one without a name', [NAMELESS], [8080], []],
  ['one without a number', [port('all', 'tcp', 0)], [], ['\u0004_all\u0004_tcp 0']],
  [
    'a number twice',
    [DNS, HTTP, DNS_TCP],
    [53, 80],
    ['\u0004_dns\u0004_udp 53', '\u0005_http\u0004_tcp 80', '\u0004_dns\u0004_tcp 53'],
  ],
  ['a name twice', [HTTP, port('http', 'tcp', 81)], [80, 81], ['\u0005_http\u0004_tcp 80 81']],
  ['a name that is no label with its underscore', [port('x'.repeat(63), 'tcp', 1)], [1], []],
  ['the longest name', [port('x'.repeat(62), 'tcp', 1)], [1], [`?_${'x'.repeat(62)}\u0004_tcp 1`]],
];

describe('ports', () => {
  for (const [name, ports, numbers, named] of rows)
    it(name, () => {
      assert.deepEqual(portNumbers(ports), numbers);
      assert.deepEqual(
        namedPorts(ports).map(({ labels, ports: same }) => [labels, ...same.map(({ port: n }) => n)].join(' ')),
        named,
      );
    });
  it('of a name and protocol, in another list', () => {
    const [dns] = namedPorts([DNS]);
    assert.deepEqual(portsNamed([HTTP, DNS_TCP, DNS], dns), [DNS]);
    assert.deepEqual(portsNamed([HTTP, DNS_TCP], dns), []);
  });
  it('of a list are made once', () => {
    const ports = [HTTP, DNS];
    assert.equal(namedPorts(ports), namedPorts(ports));
    assert.equal(portNumbers(ports), portNumbers(ports));
  });
  it('none are one without name and number', () => {
    assert.deepEqual(orPortless([]), [port('', '', 0)]);
    const ports = [HTTP];
    assert.equal(orPortless(ports), ports);
  });
});
