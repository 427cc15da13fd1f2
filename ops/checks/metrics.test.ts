// Metrics: those of the reference keep its names, types and labels; READMEs list what the code counts, both ways.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { REQUEST_DURATION, REQUEST_FAILURES } from '#ops/http/health-probe.ts';
import { newRegistry } from '#ops/http/testing.ts';
import type { Metric } from '#ops/metrics/metric.ts';
import { PROCESS_METRICS } from '#ops/metrics/process.ts';
import { METRICS } from '#plugins/setups.ts';
import { CORE_METRICS } from '#workers/chain/core-metrics.ts';
import { REFERENCE } from './reference-metrics.ts';
import { FILES, foldersOf, PROGRAM, read } from './tree.ts';

const PLUGINS = foldersOf('workers/plugins');
const COUNTING = PLUGINS.filter((plugin) => FILES.includes(`workers/plugins/${plugin}/metrics.ts`));

/** Every metric that a plugin names: those of its metrics.ts, and those that the primary counts for it. */
const PLUGIN_TABLES: readonly { readonly plugin: string; readonly table: readonly Metric[] }[] = [
  ...(await Promise.all(COUNTING.map(async (plugin) => ({ plugin, table: await tableOf(plugin) })))),
  { plugin: 'health', table: [REQUEST_DURATION, REQUEST_FAILURES] },
];
const TABLES: readonly Metric[] = [...PLUGIN_TABLES.flatMap(({ table }) => table), ...CORE_METRICS, ...PROCESS_METRICS];

/** Every name that the program gives to a metric, from its text: some tables are private to their file. */
const NAMES: readonly string[] = [
  ...new Set(
    PROGRAM.flatMap((file) =>
      [...read(file).matchAll(/'((?:coredns|shoal|process)_[a-z0-9_]+)'/g)].map(([, name]) => name),
    ),
  ),
];

describe('metric tables', () => {
  test('go together in one registry', () => newRegistry().declare(TABLES));

  test('have a help that is a sentence', () => {
    assert.deepEqual(
      TABLES.filter(({ help }) => !/^[A-Z].*\.$/s.test(help)).map(({ name }) => name),
      [],
    );
  });

  test('counters end in _total, and only they', () => {
    assert.deepEqual(
      TABLES.filter(({ name, type }) => (type === 'counter') !== name.endsWith('_total')).map(({ name }) => name),
      [],
    );
  });

  for (const metric of TABLES.filter(({ name }) => name.startsWith('coredns_'))) {
    test(`${metric.name} is the reference’s`, () => {
      const { type, labels } = metric;
      assert.ok(Object.hasOwn(REFERENCE, metric.name), 'unknown to the reference: call it shoal_');
      assert.equal(`${type} ${[...labels].sort().join(' ')}`.trim(), REFERENCE[metric.name]);
    });
  }

  test('names in the code that begin with coredns_ are the reference’s', () => {
    assert.deepEqual(
      NAMES.filter((name) => name.startsWith('coredns_') && !Object.hasOwn(REFERENCE, name)),
      [],
    );
  });
});

describe('plugins that count in their chain', () => {
  test('are in setups.ts (METRICS), with the table that they export', async () => {
    const exported = await Promise.all(COUNTING.map(async (plugin) => ({ plugin, module: await load(plugin) })));
    const registered = new Map<string, unknown>(Object.entries(METRICS));
    for (const { plugin, module } of exported) assert.equal(registered.get(plugin), module['metrics'], plugin);
    assert.ok(registered.size <= COUNTING.length);
  });
});

describe('READMEs', () => {
  const readmes = FILES.filter((file) => file.endsWith('README.md'));

  test('every metric of the code is in one', () => {
    const all = readmes.map((file) => read(file)).join('\n');
    assert.deepEqual(
      NAMES.filter((name) => !all.includes(`\`${name}`)),
      [],
    );
  });

  for (const { plugin, table } of PLUGIN_TABLES) {
    test(`${plugin} lists its table under Metrics`, () => {
      const listed = listedIn(read(`workers/plugins/${plugin}/README.md`));
      for (const { name, labels } of table) assert.equal(listed.get(name), [...labels].sort().join(', '), name);
    });
  }

  for (const plugin of PLUGINS.filter((name) => FILES.includes(`workers/plugins/${name}/README.md`))) {
    test(`${plugin} lists nothing that the code does not count`, () => {
      const listed = [...listedIn(read(`workers/plugins/${plugin}/README.md`)).keys()];
      assert.deepEqual(
        listed.filter((name) => !NAMES.includes(name)),
        [],
      );
    });
  }
});

/** Names and sorted labels of the lines `` - `name{label, label}` - what`` in the section Metrics. */
function listedIn(page: string): Map<string, string> {
  const section = /^## Metrics\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(page)?.[1] ?? '';
  const lines = [...section.matchAll(/^- `([a-z0-9_]+)\{([^}]*)\}`/gm)];
  return new Map(lines.map(([, name, labels]) => [name, labels.split(', ').sort().join(', ')]));
}

async function load(plugin: string): Promise<Readonly<Record<string, unknown>>> {
  return import(`#plugins/${plugin}/metrics.ts`);
}

/** The metrics that a plugin's metrics.ts exports, one by one or in its table. */
async function tableOf(plugin: string): Promise<Metric[]> {
  const exported = Object.values(await load(plugin)).flatMap((value): unknown[] => {
    if (Array.isArray(value)) return value;
    const hasTable = typeof value === 'object' && value !== null && 'table' in value && Array.isArray(value.table);
    return hasTable ? (value.table as unknown[]) : [value];
  });
  return [...new Set(exported.filter(isMetric))];
}

function isMetric(value: unknown): value is Metric {
  return typeof value === 'object' && value !== null && 'name' in value && 'help' in value && 'labels' in value;
}
