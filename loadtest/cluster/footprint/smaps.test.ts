import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseSmaps } from './smaps.ts';

/** A mapping as proc(5) shows it, with fields that do not matter around those that do. */
function mapping(path: string, [rss, pss, anonymous]: readonly number[], offset = '00000000'): string {
  return `7f0000000000-7f0000100000 rw-p ${offset} fe:00 1234      ${path}
Size:               1024 kB
Rss:                ${rss} kB
Pss:                ${pss} kB
Pss_Dirty:             9 kB
Anonymous:          ${anonymous} kB
VmFlags: rd wr mr
`;
}

describe('smaps', () => {
  const rows: { name: string; text: string; own: number; shared: number; files: [string, number][] }[] = [
    { name: 'of nothing', text: '', own: 0, shared: 0, files: [] },
    { name: 'memory without a name is its own', text: mapping('', [10, 10, 10]), own: 10, shared: 0, files: [] },
    {
      name: 'of pages shared after a fork its part',
      text: mapping('[heap]', [10, 5, 10]),
      own: 5,
      shared: 0,
      files: [],
    },
    { name: 'a memfd is shared', text: mapping('/memfd:zone (deleted)', [10, 4, 0]), own: 0, shared: 4, files: [] },
    {
      name: 'a deleted file is nobody else’s',
      text: mapping('/tmp/x (deleted)', [10, 8, 0]),
      own: 8,
      shared: 0,
      files: [],
    },
    {
      name: 'of a file, written pages are its own, the others the file’s, in full',
      text: mapping('/usr/bin/node', [100, 30, 20], '00001000'),
      own: 20,
      shared: 0,
      files: [['/usr/bin/node 00001000', 80]],
    },
    {
      name: 'one file mapped twice',
      text: mapping('/a b', [3, 1, 0]) + mapping('/a b', [4, 1, 0]) + mapping('/a b', [5, 1, 0], '00002000'),
      own: 0,
      shared: 0,
      files: [
        ['/a b 00000000', 7],
        ['/a b 00002000', 5],
      ],
    },
  ];
  for (const { name, text, own, shared, files } of rows)
    it(name, () => assert.deepEqual(parseSmaps(text), { own, shared, files: new Map(files) }));

  it('of this process', () => {
    const memory = parseSmaps(readFileSync('/proc/self/smaps', 'latin1'));
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
    const total = memory.own + memory.shared + [...memory.files.values()].reduce((sum, size) => sum + size, 0);
    assert.ok(total > resident / 2 && total < resident * 1.5, `${total} of ${resident}`);
  });
});
