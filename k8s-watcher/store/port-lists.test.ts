// Lists of ports survive as texts, and equal ones are one.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Port } from '../objects/object.ts';
import { PortLists } from './port-lists.ts';

const HTTP: Port = { name: 'http', protocol: 'tcp', port: 80 };
const rows: [string, readonly Port[]][] = [
  ['', []],
  ['http/tcp/80', [HTTP]],
  ['/udp/53', [{ name: '', protocol: 'udp', port: 53 }]],
  ['/tcp/0', [{ name: '', protocol: 'tcp', port: 0 }]],
  ['http/tcp/80,sip-2/sctp/65535', [HTTP, { name: 'sip-2', protocol: 'sctp', port: 65535 }]],
];

describe('a list of ports', () => {
  for (const [text, ports] of rows)
    it(`'${text}'`, () => {
      const lists = new PortLists();
      assert.equal(lists.text(ports), text);
      assert.deepEqual(lists.read(text), ports);
    });
  it('is the same one for the same text', () => {
    const lists = new PortLists();
    assert.equal(lists.read('http/tcp/80'), lists.read('http/tcp/80'));
    assert.notEqual(lists.read('http/tcp/80'), lists.read('http/tcp/81'));
  });
  it('stays right when there are more than are kept', () => {
    const lists = new PortLists();
    for (let round = 0; round < 2; round++)
      for (let port = 1; port <= 3000; port++) assert.equal(lists.read(`/tcp/${port}`)[0].port, port);
  });
});
