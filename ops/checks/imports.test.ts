// The direction of imports: layers, packages, plugins.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Import, importsOf } from './imports.ts';
import { FOLDERS, HOT, PACKAGES, PLUGIN_IMPORTS } from './rules.ts';
import { isTest, PROGRAM, read, SOURCES, TOP_FOLDERS } from './tree.ts';

interface Edge extends Import {
  readonly file: string;
}

const edges = (files: readonly string[]): Edge[] =>
  files.flatMap((file) => importsOf(file).map((imported) => ({ file, ...imported })));
const show = ({ file, specifier }: Edge): string => `${file} imports ${specifier}`;
const within = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path === folder || (folder.endsWith('/') && path.startsWith(folder)));

/** Edges that a folder's rule does not allow. */
function forbidden(all: readonly Edge[]): string[] {
  return all
    .filter(({ file, target }) => {
      const rule = FOLDERS.find(({ folder }) => file.startsWith(folder));
      if (rule === undefined) return true;
      const { folder, may, tests = [] } = rule;
      return !within(target, [folder, ...may, ...(isTest(file) ? tests : [])]);
    })
    .map(show);
}

/** Edges into a plugin's folder from outside of it, within `workers`. */
function intoPlugins(all: readonly Edge[]): string[] {
  return all
    .filter(({ file, target }) => {
      const folder = /^workers\/plugins\/[^/]+\//.exec(target)?.[0];
      if (folder === undefined || !file.startsWith('workers/') || file.startsWith(folder)) return false;
      return !PLUGIN_IMPORTS.some(({ from, to }) => from.test(file) && to.test(target));
    })
    .map(show);
}

describe('imports', () => {
  const own = edges(SOURCES).filter((edge) => !edge.package);
  const packages = edges(SOURCES).filter((edge) => edge.package);

  test('there are some', () => assert.ok(own.length > 100 && packages.length > 3));

  for (const { folder, may } of FOLDERS) {
    test(`${folder} imports only itself${may.map((name) => `, ${name}`).join('')}`, () => {
      const rule = (file: string): boolean => FOLDERS.find((each) => file.startsWith(each.folder))?.folder === folder;
      assert.deepEqual(forbidden(own.filter(({ file }) => rule(file))), []);
    });
  }

  test('every source has a rule', () => {
    assert.deepEqual(
      SOURCES.filter((file) => !FOLDERS.some(({ folder }) => file.startsWith(folder))),
      [],
    );
  });

  test('no plugin imports another plugin, and nobody within workers reaches into one', () => {
    assert.deepEqual(intoPlugins(own), []);
  });

  test('only threads import what runs in threads', () => {
    const outside = own.filter(({ file, target }) => HOT.test(target) && !file.startsWith('workers/') && !isTest(file));
    assert.deepEqual(outside.map(show), []);
  });

  test('relative imports stay in their top folder', () => {
    const leaving = own.filter(({ file, specifier, target, entry }) => {
      return (
        !entry && specifier.startsWith('.') && target !== 'package.json' && target.split('/')[0] !== file.split('/')[0]
      );
    });
    assert.deepEqual(leaving.map(show), []);
  });

  test('imports name files, not folders', () => {
    assert.deepEqual(own.filter(({ target }) => !/\.(ts|json)$/.test(target)).map(show), []);
  });

  test('the program does not import tests', () => {
    const all = edges(PROGRAM).filter((edge) => !edge.package);
    assert.deepEqual(all.filter(({ target }) => isTest(target)).map(show), []);
  });

  for (const [name, owner] of Object.entries(PACKAGES)) {
    test(`${name} has one owner`, () => {
      const strangers = packages.filter(({ file, target }) => target === name && !owner.test(file));
      assert.deepEqual(strangers.map(show), []);
    });
  }

  test('package.json asks for those packages and for the runtime, and for nothing else', () => {
    const manifest: { dependencies: Record<string, string> } = JSON.parse(read('package.json'));
    assert.deepEqual(Object.keys(manifest.dependencies).sort(), [...Object.keys(PACKAGES), 'node'].sort());
  });

  test('no other package is imported', () => {
    assert.deepEqual(packages.filter(({ target }) => !Object.hasOwn(PACKAGES, target)).map(show), []);
  });
});

describe('importsOf finds', () => {
  const file = 'workers/chain/chain.ts';
  const rows: { name: string; text: string; want: string[] }[] = [
    { name: 'an import', text: "import { a } from './lookup.ts';", want: ['workers/chain/lookup.ts'] },
    {
      name: 'an import of types',
      text: "import type { A } from '../query/query.ts';",
      want: ['workers/query/query.ts'],
    },
    {
      name: 'one over several lines',
      text: "import {\n  a,\n  type B,\n} from '#wire/name.ts';",
      want: ['shared-cache/wire/name.ts'],
    },
    { name: 'one for its effect', text: "import '#plugins/order.ts';", want: ['workers/plugins/order.ts'] },
    { name: 'a re-export', text: "export { a } from '#workers/messages.ts';", want: ['workers/messages.ts'] },
    { name: 'a dynamic import', text: "const a = await import('#ops/log/log.ts');", want: ['ops/log/log.ts'] },
    { name: 'the entry of a worker', text: "new URL('../thread.ts', import.meta.url)", want: ['workers/thread.ts'] },
    { name: 'a package', text: "import { Gauge } from 'prom-client';", want: ['prom-client'] },
    { name: 'a file of a package', text: "import x from '@a/b/c.js';", want: ['@a/b'] },
    { name: 'no module of Node', text: "import { test } from 'node:test';", want: [] },
    { name: 'nothing in prose', text: "// takes it from './elsewhere.ts'\nconst from = 'x';", want: [] },
    { name: 'two', text: "import a from 'a';\nimport b from './b.ts';", want: ['a', 'workers/chain/b.ts'] },
  ];
  for (const row of rows) {
    test(row.name, () => {
      assert.deepEqual(
        importsOf(file, row.text).map(({ target }) => target),
        row.want,
      );
    });
  }
});

describe('the rules refuse', () => {
  const rows: { name: string; file: string; text: string; by: (all: readonly Edge[]) => string[] }[] = [
    { name: 'an upward import', file: 'shared-cache/wire/a.ts', text: "import '#workers/b.ts';", by: forbidden },
    { name: 'a sideways import', file: 'shared-cache/wire/a.ts', text: "import '#memory/b.ts';", by: forbidden },
    { name: 'metrics in a thread', file: 'workers/a.ts', text: "import '#ops/metrics/registry.ts';", by: forbidden },
    { name: 'the primary from anywhere', file: 'ops/http/a.ts', text: "import '#primary/server.ts';", by: forbidden },
    { name: 'the load test from anywhere', file: 'primary/a.ts', text: "import '#loadtest/b.ts';", by: forbidden },
    {
      name: 'the chain from the primary',
      file: 'primary/a.ts',
      text: "import '#workers/chain/chain.ts';",
      by: forbidden,
    },
    {
      name: 'a plugin from a plugin',
      file: 'workers/plugins/a/b.ts',
      text: "import '../c/setup.ts';",
      by: intoPlugins,
    },
    { name: 'a plugin from the library', file: 'workers/lib/a.ts', text: "import '#plugins/c/d.ts';", by: intoPlugins },
    {
      name: 'a handler from the chain',
      file: 'workers/chain/a.ts',
      text: "import '#plugins/prometheus/handler.ts';",
      by: intoPlugins,
    },
    { name: 'a folder without a rule', file: 'tools/a.ts', text: "import '#wire/name.ts';", by: forbidden },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const found = importsOf(row.file, row.text).map((imported) => ({ file: row.file, ...imported }));
      assert.equal(row.by(found).length, 1);
    });
  }

  const packages: { name: string; file: string; owned: boolean }[] = [
    { name: 'koffi', file: 'shared-cache/memory/segment.ts', owned: false },
    { name: 'prom-client', file: 'ops/http/scrape.ts', owned: false },
    { name: 'piscina', file: 'workers/resolver.ts', owned: true },
    { name: 'piscina', file: 'workers/thread.ts', owned: false },
    { name: 'dns-packet', file: 'workers/query/read.ts', owned: false },
    { name: 'dns-packet', file: 'workers/query/read.test.ts', owned: true },
    { name: 'dns-packet', file: 'workers/plugins/hosts/handler.ts', owned: false },
    { name: 'dns-packet', file: 'workers/plugins/hosts/load.ts', owned: true },
    { name: 'dns-packet', file: 'shared-cache/wire/name.ts', owned: false },
    { name: 'dns-packet', file: 'loadtest/peers/ask.ts', owned: true },
  ];
  for (const row of packages) {
    test(`${row.name} in ${row.file}: ${row.owned ? 'allowed' : 'refused'}`, () => {
      assert.equal(PACKAGES[row.name].test(row.file), row.owned);
    });
  }

  test('the six top folders are those of the rules', () => {
    assert.deepEqual([...new Set(FOLDERS.map(({ folder }) => folder.split('/')[0]))].sort(), [...TOP_FOLDERS].sort());
  });
});
