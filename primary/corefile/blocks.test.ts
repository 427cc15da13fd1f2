import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkListeners, setupOrder } from './blocks.ts';
import { configMessage, parseText } from './testing.ts';

describe('setupOrder', () => {
  it('goes by directive first, then by block, whatever the order in the file', () => {
    const { blocks } = parseText(
      'a {\n forward . 1.1.1.1\n errors\n cache\n}\nb {\n whoami\n cache\n cache\n errors\n}',
    );
    assert.deepEqual(
      setupOrder(blocks).map(({ block, name }) => `${name} ${block.keys[0].zone}`),
      ['errors a.', 'errors b.', 'cache a.', 'cache b.', 'forward a.', 'whoami b.'],
    );
  });

  it('has nothing for blocks without plugins', () => assert.deepEqual(setupOrder(parseText('. {\n}').blocks), []));
});

interface Row {
  readonly name: string;
  /** Keys, then bind addresses, then views of each block. */
  readonly blocks: readonly (readonly [keys: string, addresses?: readonly string[], views?: number])[];
  readonly message: string;
}

const rows: readonly Row[] = [
  { name: 'different zones', blocks: [['.'], ['example.org']], message: '' },
  { name: 'different ports', blocks: [['.:53'], ['.:54']], message: '' },
  { name: 'dns and tls on one port', blocks: [['dns://.:853'], ['tls://.:853']], message: '' },
  {
    name: 'the same zone twice',
    blocks: [['.'], ['.:53']],
    message: 'cannot serve dns://.:53 - it is already defined',
  },
  {
    name: 'the same zone in other letters',
    blocks: [['A.org'], ['a.ORG.']],
    message: 'cannot serve dns://a.org.:53 - it is already defined',
  },
  {
    name: 'the same zone twice in one block',
    blocks: [['a a']],
    message: 'cannot serve dns://a.:53 - it is already defined',
  },
  {
    name: 'a zone and its network',
    blocks: [['10.0.0.0/23'], ['1.0.10.in-addr.arpa']],
    message: 'cannot serve dns://1.0.10.in-addr.arpa.:53 - it is already defined',
  },
  {
    name: 'the same zone on different addresses',
    blocks: [
      ['.', ['127.0.0.1']],
      ['.', ['127.0.0.2', '::1']],
    ],
    message: '',
  },
  {
    name: 'the same zone on the same address',
    blocks: [
      ['.', ['127.0.0.1']],
      ['.', ['127.0.0.2', '127.0.0.1']],
    ],
    message: 'cannot serve dns://.:53 on 127.0.0.1 - it is already defined',
  },
  {
    name: 'bound behind unbound',
    blocks: [['.'], ['.', ['127.0.0.1']]],
    message: 'cannot serve dns://.:53 on 127.0.0.1 - zone overlap listener capacity with dns://.:53',
  },
  {
    name: 'unbound behind bound',
    blocks: [['.', ['127.0.0.1']], ['.']],
    message: 'cannot serve dns://.:53 - zone overlap listener capacity with dns://.:53 on 127.0.0.1',
  },
  {
    name: 'unbound behind two bound, the latest is named',
    blocks: [['.', ['127.0.0.1', '127.0.0.2']], ['.']],
    message: 'cannot serve dns://.:53 - zone overlap listener capacity with dns://.:53 on 127.0.0.2',
  },
  { name: 'bound and unbound on other ports', blocks: [['.:53'], ['.:54', ['127.0.0.1']]], message: '' },
  { name: 'two blocks with a view', blocks: [['.', [], 1], ['.', [], 1], ['.']], message: '' },
  { name: 'a view behind the block without one', blocks: [['.'], ['.', [], 1]], message: '' },
  {
    name: 'a bound view over an unbound block',
    blocks: [['.'], ['.', ['127.0.0.1'], 1]],
    message: 'cannot serve dns://.:53 on 127.0.0.1 - zone overlap listener capacity with dns://.:53',
  },
  { name: 'views are not registered', blocks: [['.', ['127.0.0.1'], 1], ['.']], message: '' },
  { name: 'two views in one block', blocks: [['.', [], 2]], message: 'multiple views defined in server block' },
  { name: 'a port too high', blocks: [['.'], ['a:99999']], message: 'address 99999: invalid port' },
  { name: 'a port too low', blocks: [['.:-1']], message: 'address -1: invalid port' },
  { name: 'the highest port', blocks: [['.:65535']], message: '' },
];

describe('checkListeners', () => {
  for (const { name, blocks, message } of rows) {
    it(name, () => {
      const listeners = blocks.map(([keys, addresses = [], views = 0]) => {
        const [block] = parseText(`${keys} {\n}`).blocks;
        return { keys: block.keys, addresses, views };
      });
      assert.equal(
        configMessage(() => checkListeners(listeners)),
        message,
      );
    });
  }
});
