// Slots that stay, series that show, and the text that a scraper reads.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { COUNTER_SLOTS, Counters } from '#memory/counters.ts';
import { Segment } from '#memory/segment.ts';
import type { Labels, Metric } from './metric.ts';
import { MetricRegistry } from './registry.ts';
import { readExposition } from './testing.ts';

const ROWS = 3;
const REQUESTS: Metric = {
  name: 'shoal_t_requests_total',
  help: 'Requests.',
  type: 'counter',
  labels: ['zone', 'server'],
};
const PANICS: Metric = { name: 'shoal_t_panics_total', help: 'Panics.', type: 'counter', labels: [] };
const ENTRIES: Metric = { name: 'shoal_t_entries', help: 'Entries.', type: 'gauge', labels: ['type'] };
const BOUNDS = [0.00025, 1, 2.5];
const DURATION: Metric = { name: 'shoal_t_seconds', help: 'Time.', type: 'histogram', labels: ['to'], buckets: BOUNDS };
const PLAIN_DURATION: Metric = { ...DURATION, name: 'shoal_t_plain_seconds', labels: [] };
const PLACE = { server: 'dns://:53', zone: '.' };

/** A registry, and the counters of one thread beside the primary. */
function open(): { registry: MetricRegistry; thread: Counters } {
  const segment = Segment.create('counters', 128 + ROWS * COUNTER_SLOTS * 8);
  return { registry: new MetricRegistry(segment), thread: new Counters(segment, 1) };
}

/** Lines of the scrape without comments. */
async function samples(registry: MetricRegistry): Promise<string[]> {
  const text = await registry.render();
  readExposition(text);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('slots', () => {
  const same: { name: string; labels: Labels }[] = [
    { name: 'the same labels', labels: { server: 'dns://:53', zone: '.' } },
    { name: 'the same labels in another order', labels: { zone: '.', server: 'dns://:53' } },
  ];
  for (const row of same) {
    test(`${row.name}: the same slot`, () => {
      const { registry } = open();
      const slot = registry.slot(REQUESTS, PLACE);
      registry.slot(PANICS);
      assert.equal(registry.slot(REQUESTS, row.labels), slot);
      assert.equal(registry.slotsUsed, 2);
    });
  }

  test('other labels, other slots', () => {
    const { registry } = open();
    const slots = ['.', 'a.', 'b.'].map((zone) => registry.slot(REQUESTS, { ...PLACE, zone }));
    assert.equal(new Set(slots).size, 3);
  });

  test('label values that join to the same text are apart', () => {
    const { registry } = open();
    const a = registry.slot(REQUESTS, { server: 'a,b', zone: 'c' });
    assert.notEqual(registry.slot(REQUESTS, { server: 'a', zone: 'b,c' }), a);
  });

  test('a histogram takes a slot for each bucket, +Inf and the sum', () => {
    const { registry } = open();
    const first = registry.histogram(DURATION, { to: 'a' });
    assert.equal(registry.slot(PANICS), first + BOUNDS.length + 2);
  });

  test('a reload that names the same metrics takes no slot, one that names others goes on behind', () => {
    const { registry } = open();
    const plan = (zones: string[]): number[] => zones.map((zone) => registry.slot(REQUESTS, { ...PLACE, zone }));
    const [a, b] = plan(['a.', 'b.']);
    assert.deepEqual(plan(['b.', 'c.']), [b, b + 1]);
    assert.deepEqual(plan(['a.']), [a]);
    assert.equal(registry.slotsUsed, 3);
  });

  test('none left: an error that says so, and what was there goes on', async () => {
    const { registry } = open();
    const slot = registry.slot(PANICS);
    const fill = (): void => {
      for (let i = 0; i < COUNTER_SLOTS; i++) registry.slot(ENTRIES, { type: `${i}` });
    };
    assert.throws(fill, {
      name: 'MetricError',
      message: new RegExp(`shoal_t_entries: all ${COUNTER_SLOTS} counter slots are taken; use fewer`),
    });
    assert.throws(() => registry.histogram(DURATION, { to: 'a' }), { name: 'MetricError' });
    assert.equal(registry.slot(PANICS), slot);
    assert.deepEqual(await samples(registry), ['shoal_t_panics_total 0']);
  });

  const contradictions: { name: string; metric: Metric }[] = [
    { name: 'another type', metric: { ...REQUESTS, type: 'gauge' } },
    { name: 'other labels', metric: { ...REQUESTS, labels: ['zone'] } },
    { name: 'a histogram of the same name', metric: { ...DURATION, name: REQUESTS.name } },
  ];
  for (const row of contradictions) {
    test(`refused: ${row.name}`, () => {
      const { registry } = open();
      registry.slot(REQUESTS, PLACE);
      assert.throws(() => registry.declare([row.metric]), { name: 'MetricError', message: /registered before/ });
    });
  }

  test('refused: other buckets', () => {
    const { registry } = open();
    registry.declare([DURATION]);
    const other = { ...DURATION, buckets: [1] };
    assert.throws(() => registry.histogram(other, { to: 'a' }), { name: 'MetricError' });
  });

  test('refused: a histogram as slot, a counter as histogram, a histogram as collector', () => {
    const { registry } = open();
    assert.throws(() => registry.slot(DURATION, { to: 'a' }), /takes more than one slot/);
    assert.throws(() => registry.histogram(PANICS), /not a histogram/);
    assert.throws(() => registry.collector(DURATION, () => []), /counted, not computed/);
  });
});

describe('what shows', () => {
  const rows: { name: string; act: (registry: MetricRegistry, thread: Counters) => void; want: string[] }[] = [
    { name: 'nothing was registered: an empty text', act: () => undefined, want: [] },
    {
      name: 'a declared metric without labels shows 0, one with labels does not show',
      act: (registry) => registry.declare([PANICS, REQUESTS, ENTRIES, DURATION]),
      want: ['shoal_t_panics_total 0'],
    },
    {
      name: 'a labelled series shows once it counts',
      act: (registry, thread) => {
        registry.slot(REQUESTS, PLACE);
        thread.add(registry.slot(REQUESTS, { ...PLACE, zone: 'a.' }));
      },
      want: ['shoal_t_requests_total{server="dns://:53",zone="a."} 1'],
    },
    {
      name: 'counts of the primary and of threads add up',
      act: (registry, thread) => {
        registry.add(PANICS);
        registry.add(PANICS, {}, 40);
        thread.add(registry.slot(PANICS));
      },
      want: ['shoal_t_panics_total 42'],
    },
    {
      name: 'a gauge that was set shows although it is 0',
      act: (registry) => {
        registry.set(ENTRIES, 7, { type: 'denial' });
        registry.set(ENTRIES, 0, { type: 'denial' });
        registry.slot(ENTRIES, { type: 'success' });
      },
      want: ['shoal_t_entries{type="denial"} 0'],
    },
    {
      name: 'computed lines follow the counted ones',
      act: (registry) => {
        registry.set(ENTRIES, 1, { type: 'counted' });
        registry.collector(ENTRIES, () => [{ labels: { type: 'computed' }, value: 2 }]);
      },
      want: ['shoal_t_entries{type="counted"} 1', 'shoal_t_entries{type="computed"} 2'],
    },
    {
      name: 'a second collector takes the place of the first',
      act: (registry) => {
        registry.collector(ENTRIES, () => [{ labels: { type: 'old' }, value: 1 }]);
        registry.collector(ENTRIES, () => [{ labels: { type: 'new' }, value: 2 }]);
      },
      want: ['shoal_t_entries{type="new"} 2'],
    },
    {
      name: 'a computed value without labels takes the place of the declared 0',
      act: (registry) => {
        registry.declare([PANICS]);
        registry.collector(PANICS, () => [{ value: 3 }]);
      },
      want: ['shoal_t_panics_total 3'],
    },
    {
      name: 'a collector without lines: no HELP and TYPE either',
      act: (registry) => registry.collector(ENTRIES, () => []),
      want: [],
    },
    {
      name: 'quotes, backslashes and line breaks in label values are escaped',
      act: (registry) => registry.set(ENTRIES, 1, { type: 'a"b\\c\nd' }),
      want: ['shoal_t_entries{type="a\\"b\\\\c\\nd"} 1'],
    },
    {
      name: 'large and small numbers',
      act: (registry, thread) => {
        thread.addMany(registry.slot(PANICS), 2 ** 53);
        registry.set(ENTRIES, 1.5e-9, { type: 'a' });
        registry.set(ENTRIES, -1e300, { type: 'b' });
      },
      want: [
        'shoal_t_entries{type="a"} 1.5e-9',
        'shoal_t_entries{type="b"} -1e+300',
        'shoal_t_panics_total 9007199254740992',
      ],
    },
    {
      name: 'a histogram is cumulative, le last, with +Inf, sum and count',
      act: (registry, thread) => {
        const first = registry.histogram(DURATION, { to: 'z' });
        for (const value of [0.0001, 0.00025, 2, 100]) thread.observe(first, value, Float64Array.from(BOUNDS));
        registry.observe(DURATION, 0.5, { to: 'z' });
      },
      want: [
        'shoal_t_seconds_bucket{to="z",le="0.00025"} 2',
        'shoal_t_seconds_bucket{to="z",le="1"} 3',
        'shoal_t_seconds_bucket{to="z",le="2.5"} 4',
        'shoal_t_seconds_bucket{to="z",le="+Inf"} 5',
        'shoal_t_seconds_sum{to="z"} 102.50035',
        'shoal_t_seconds_count{to="z"} 5',
      ],
    },
    {
      name: 'a histogram without labels shows from the start, one with labels does not',
      act: (registry) => {
        registry.declare([PLAIN_DURATION]);
        registry.histogram(DURATION, { to: 'z' });
      },
      want: [
        'shoal_t_plain_seconds_bucket{le="0.00025"} 0',
        'shoal_t_plain_seconds_bucket{le="1"} 0',
        'shoal_t_plain_seconds_bucket{le="2.5"} 0',
        'shoal_t_plain_seconds_bucket{le="+Inf"} 0',
        'shoal_t_plain_seconds_sum 0',
        'shoal_t_plain_seconds_count 0',
      ],
    },
  ];
  for (const row of rows) {
    test(row.name, async () => {
      const { registry, thread } = open();
      row.act(registry, thread);
      assert.deepEqual(await samples(registry), row.want);
    });
  }

  test('HELP and TYPE stand before the samples, metrics by name, counters keep their names', async () => {
    const { registry, thread } = open();
    thread.add(registry.slot(REQUESTS, PLACE));
    const forwarded: Metric = { ...PANICS, name: 'shoal_t_forwarded', help: 'A counter\nnamed so.' };
    registry.declare([PANICS, forwarded]);
    assert.equal(
      await registry.render(),
      [
        '# HELP shoal_t_forwarded A counter\\nnamed so.',
        '# TYPE shoal_t_forwarded counter',
        'shoal_t_forwarded 0',
        '# HELP shoal_t_panics_total Panics.',
        '# TYPE shoal_t_panics_total counter',
        'shoal_t_panics_total 0',
        '# HELP shoal_t_requests_total Requests.',
        '# TYPE shoal_t_requests_total counter',
        'shoal_t_requests_total{server="dns://:53",zone="."} 1',
        '',
      ].join('\n'),
    );
  });

  test('a scrape shows the values of its moment', async () => {
    const { registry, thread } = open();
    const slot = registry.slot(PANICS);
    for (const want of [1, 2, 3]) {
      thread.add(slot);
      assert.deepEqual(await samples(registry), [`shoal_t_panics_total ${want}`]);
    }
  });

  test('bounds of 0.00025 · 2^k are written as the reference writes them', async () => {
    const { registry } = open();
    const buckets = Array.from({ length: 16 }, (_, k) => 0.00025 * 2 ** k);
    registry.declare([{ ...PLAIN_DURATION, buckets }]);
    const bounds = (await samples(registry)).flatMap((line) => /le="(.+)"/.exec(line)?.[1] ?? []);
    const want =
      '0.00025 0.0005 0.001 0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096 8.192 +Inf';
    assert.equal(bounds.join(' '), want);
  });
});
