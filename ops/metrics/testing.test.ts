// The strict reader of the exposition format refuses what it should.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readExposition } from './testing.ts';

const HEAD = '# HELP a Help.\n# TYPE a counter\n';
const HISTOGRAM = '# HELP h Help.\n# TYPE h histogram\n';

describe('readExposition', () => {
  test('reads families, labels and values', () => {
    const text = `${HEAD}a{x="1",y="\\"\\\\\\n"} 1e+21\na 2\n# HELP b Help.\n# TYPE b gauge\nb -Inf\n`;
    const families = readExposition(text);
    assert.deepEqual([...families.keys()], ['a', 'b']);
    assert.deepEqual(families.get('a')?.samples, [
      { name: 'a', labels: { x: '1', y: '"\\\n' }, value: 1e21 },
      { name: 'a', labels: {}, value: 2 },
    ]);
    assert.equal(families.get('b')?.samples[0].value, Number.NEGATIVE_INFINITY);
  });

  const bad: { name: string; text: string }[] = [
    { name: 'no end of line', text: `${HEAD}a 1` },
    { name: 'a blank line', text: `${HEAD}a 1\n\n` },
    { name: 'no HELP', text: '# TYPE a counter\na 1\n' },
    { name: 'no TYPE', text: '# HELP a Help.\na 1\n' },
    { name: 'TYPE of another metric', text: '# HELP a Help.\n# TYPE b counter\na 1\n' },
    { name: 'no samples', text: HEAD },
    { name: 'a family twice', text: `${HEAD}a 1\n${HEAD}a 1\n` },
    { name: 'a series twice', text: `${HEAD}a 1\na 1\n` },
    { name: 'another name', text: `${HEAD}b 1\n` },
    { name: 'labels out of order', text: `${HEAD}a{y="1",x="1"} 1\n` },
    { name: 'a label twice', text: `${HEAD}a{x="1",x="1"} 1\n` },
    { name: 'empty braces', text: `${HEAD}a{} 1\n` },
    { name: 'a comma at the end', text: `${HEAD}a{x="1",} 1\n` },
    { name: 'a quote that is not escaped', text: `${HEAD}a{x="""} 1\n` },
    { name: 'an unknown escape', text: `${HEAD}a{x="\\t"} 1\n` },
    { name: 'no number', text: `${HEAD}a one\n` },
    { name: 'a counter below 0', text: `${HEAD}a -1\n` },
    { name: 'a counter that is not a number', text: `${HEAD}a NaN\n` },
    { name: 'an unknown type', text: '# HELP a Help.\n# TYPE a enum\na 1\n' },
    { name: 'a histogram without +Inf', text: `${HISTOGRAM}h_bucket{le="1"} 1\nh_sum 1\nh_count 1\n` },
    { name: 'buckets that fall', text: `${HISTOGRAM}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n` },
    { name: 'bounds that fall', text: `${HISTOGRAM}h_bucket{le="+Inf"} 1\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n` },
    { name: 'a count of its own', text: `${HISTOGRAM}h_bucket{le="+Inf"} 1\nh_sum 1\nh_count 2\n` },
    { name: 'no sum', text: `${HISTOGRAM}h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_count 1\n` },
    { name: 'no count', text: `${HISTOGRAM}h_bucket{le="+Inf"} 1\nh_sum 1\n` },
    {
      name: 'le before other labels',
      text: `${HISTOGRAM}h_bucket{le="+Inf",a="1"} 1\nh_sum{a="1"} 1\nh_count{a="1"} 1\n`,
    },
    {
      name: 'buckets of another series',
      text: `${HISTOGRAM}h_bucket{a="2",le="+Inf"} 1\nh_sum{a="1"} 1\nh_count{a="1"} 1\n`,
    },
  ];
  for (const row of bad) test(`refused: ${row.name}`, () => assert.throws(() => readExposition(row.text), Error));
});
