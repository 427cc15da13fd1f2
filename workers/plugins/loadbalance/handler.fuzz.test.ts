// Random answers through every policy: no record is lost, invented or moved to another section, and groups stand in order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shuffle } from '#workers/lib/random.ts';
import { ChainRunner } from '#workers/testing/case.ts';
import { openImages } from '#workers/testing/files.ts';
import { ScriptHandler } from '#workers/testing/script.ts';
import { TestThread } from '#workers/testing/thread.ts';
import { buildWith } from './handler.ts';
import type { LoadbalanceOptions } from './setup.ts';
import { parseWeights, publishWeights } from './weights.ts';

const random = new Shuffle(99);
const OWNERS = ['a.test.', 'b.test.', 'B.test.', 'c.a.test.'];
const GROUPS: readonly string[] = ['CNAME', 'TXT', 'A', 'MX'];

function record(): string {
  const rdata = [
    `A 10.0.0.${random.below(256)}`,
    `AAAA fd00::${1 + random.below(200)}`,
    `CNAME c${random.below(9)}.test.`,
    'TXT "x"',
    `MX ${random.below(9)} m.test.`,
  ];
  const weighted = [0, 0, 0, 1, 1, 2, 3, 4];
  return `${OWNERS[random.below(OWNERS.length)]} ${random.below(600)} IN ${rdata[weighted[random.below(weighted.length)]]}`;
}

function groupOf(text: string): number {
  const type = text.split(' ')[3];
  return GROUPS.indexOf(type === 'AAAA' ? 'A' : type);
}

function open(thread: TestThread, options: Partial<LoadbalanceOptions>, sections: readonly string[][]): ChainRunner {
  const merged: LoadbalanceOptions = { policy: 'round_robin', file: '', reload: 0, prefer: [], image: 'w', ...options };
  const [answer, authority, additional] = sections;
  return new ChainRunner(
    [buildWith(merged, thread.host, random), new ScriptHandler({ answer, authority, additional })],
    thread,
  );
}

const POLICIES: readonly Partial<LoadbalanceOptions>[] = [
  {},
  { prefer: ['10.0.0.0/25', 'fd00::/64'] },
  { policy: 'weighted' },
];
for (const options of POLICIES)
  test(`${JSON.stringify(options)} keeps all records`, () => {
    const { writer, images } = openImages();
    publishWeights(writer.image('w'), parseWeights('b.test\n10.0.0.1 200\nfd00::1 7\n', 'w'));
    const thread = new TestThread({ files: images });
    for (let turn = 0; turn < 400; turn++) {
      const sections = [0, 1, 2].map(() => Array.from({ length: random.below(10) }, record));
      const { decoded } = open(thread, options, sections).ask({ name: 'question.', type: 'A', proto: 'tcp' });
      const got = [decoded?.answer ?? [], decoded?.authority ?? [], decoded?.additional ?? []];
      got.forEach((records, section) => {
        const places = records.map(groupOf);
        assert.deepEqual(lower(records), lower(sections[section]), `turn ${turn}`);
        if (options.policy !== 'weighted') assert.deepEqual(places, places.toSorted(), `turn ${turn}`);
      });
    }
  });

/** Owners that differ in case are the same name: addresses may go from one to the other. */
function lower(records: readonly string[]): string[] {
  return records.map((text) => text.toLowerCase()).toSorted();
}
