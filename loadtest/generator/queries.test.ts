import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from 'dns-packet';
import { openArena } from '#native/arena.ts';
import { parseNames } from './names.ts';
import { MAX_QUERY_BYTES, Queries } from './queries.ts';

function setUp(text: string, edns: number): { write: (id: number) => Buffer; length: () => number } {
  const arena = openArena(1 << 16);
  const queries = Queries.of(arena, parseNames('f', text), edns);
  const slot = arena.allocate(512, 64);
  let length = 0;
  return {
    write(id) {
      length = queries.write(slot, id);
      return Buffer.from(arena.bytes.slice(slot, slot + length));
    },
    length: () => length,
  };
}

describe('a query on the wire', () => {
  const rows = [
    { name: 'without EDNS', edns: 0, additionals: 0, octets: 12 + 13 + 4 },
    { name: 'with EDNS', edns: 1232, additionals: 1, octets: 12 + 13 + 4 + 11 },
  ];
  for (const { name, edns, additionals, octets } of rows)
    it(name, () => {
      const { write, length } = setUp('example.org SRV', edns);
      const query = decode(write(0xabcd));
      assert.equal(length(), octets);
      assert.deepEqual([query.id, query.type, query.flags], [0xabcd, 'query', 0x0100]);
      assert.deepEqual(query.questions, [{ name: 'example.org', type: 'SRV', class: 'IN' }]);
      assert.equal(query.additionals?.length, additionals);
      const [opt] = query.additionals ?? [];
      if (opt?.type === 'OPT') assert.deepEqual([opt.udpPayloadSize, opt.flags, opt.options], [1232, 0, []]);
    });
});

it('goes through the file and begins again', () => {
  const { write } = setUp('a A\nbb A\nccc A', 0);
  const asked = Array.from({ length: 7 }, (_, id) => decode(write(id)));
  assert.deepEqual(
    asked.map(({ questions }) => questions?.[0].name),
    ['a', 'bb', 'ccc', 'a', 'bb', 'ccc', 'a'],
  );
  assert.deepEqual(
    asked.map(({ id }) => id),
    [0, 1, 2, 3, 4, 5, 6],
  );
});

it('one name is asked for again and again', () => {
  const { write } = setUp('a A', 0);
  assert.deepEqual(write(1).subarray(2), write(2).subarray(2));
});

it('the longest name fits', () => {
  const name = [63, 63, 63, 61].map((length) => 'x'.repeat(length)).join('.');
  const { write } = setUp(`${name} A`, 4096);
  assert.equal(write(65_535).length, MAX_QUERY_BYTES);
});
