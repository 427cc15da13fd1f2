// Plugin folders are complete and registered, their READMEs tell the truth: headings, examples, metrics.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KeptLog } from '#ops/http/testing.ts';
import { HANDLERS } from '#plugins/handlers.ts';
import { isDirective } from '#plugins/order.ts';
import { SETUPS } from '#plugins/setups.ts';
import { readConfiguration } from '#primary/plan/configuration.ts';
import { FILES, foldersOf, read } from './tree.ts';

const PLUGINS = foldersOf('workers/plugins');
const REQUIRED = ['Name', 'Description', 'Syntax', 'Examples'];
/** The others that a README may have. */
const OPTIONAL = ['Metrics', 'Ready', 'Metadata', 'Bugs', 'Differences', 'See Also'];

const has = (plugin: string, file: string): boolean => FILES.includes(`workers/plugins/${plugin}/${file}`);
const readme = (plugin: string): string => read(`workers/plugins/${plugin}/README.md`);

describe('a plugin folder', () => {
  test('there are some', () => assert.ok(PLUGINS.length > 10));

  for (const plugin of PLUGINS) {
    test(`${plugin} is complete`, () => {
      const files = [
        'README.md',
        'setup.ts',
        'setup.test.ts',
        ...(has(plugin, 'handler.ts') ? ['handler.test.ts'] : []),
      ];
      assert.deepEqual(
        files.filter((file) => !has(plugin, file)),
        [],
        'missing',
      );
    });
  }

  test('is a directive', () => {
    assert.deepEqual(
      PLUGINS.filter((plugin) => !isDirective(plugin)),
      [],
    );
  });

  const registries: { name: string; file: string; names: string[] }[] = [
    { name: 'setups.ts', file: 'setup.ts', names: Object.keys(SETUPS) },
    { name: 'handlers.ts', file: 'handler.ts', names: Object.keys(HANDLERS) },
  ];
  for (const { name, file, names } of registries) {
    test(`with ${file} is in ${name}, and nothing else is`, () => {
      assert.deepEqual([...names].sort(), PLUGINS.filter((plugin) => has(plugin, file)).sort());
    });
  }

  for (const [name, setup] of Object.entries(SETUPS)) {
    test(`${name} calls itself so`, () => assert.equal(setup.name, name));
  }

  for (const [name, load] of Object.entries(HANDLERS)) {
    test(`${name} builds a handler`, async () => assert.equal(typeof (await load()).build, 'function'));
  }
});

describe('a plugin’s README', () => {
  for (const plugin of PLUGINS.filter((name) => has(name, 'README.md'))) {
    test(`${plugin} has the headings of every plugin, in order, and no unknown ones`, () => {
      const headings = [...readme(plugin).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      assert.deepEqual(
        headings.filter((heading) => REQUIRED.includes(heading)),
        REQUIRED,
      );
      assert.deepEqual(
        headings.filter((heading) => ![...REQUIRED, ...OPTIONAL].includes(heading)),
        [],
        'unknown',
      );
    });

    test(`${plugin} begins with its name and what it does`, () => {
      const start = new RegExp(`^# ${plugin}\\n\\n## Name\\n\\n_${plugin}_ - \\S.*\\.\\n`);
      assert.match(readme(plugin), start);
    });

    test(`${plugin} shows Corefiles`, () => assert.ok(corefilesOf(readme(plugin)).length > 0));
  }
});

describe('a Corefile in a page', () => {
  const pages = FILES.filter((file) => file.endsWith('.md'));
  const examples = pages.flatMap((page) => corefilesOf(read(page)).map((text, i) => ({ page, text, number: i + 1 })));

  for (const { page, text, number } of examples) {
    test(`${page}, number ${number}, is accepted without a warning`, () => {
      const log = new KeptLog();
      readConfiguration({ file: page, text }, 53, {}, log);
      assert.deepEqual(log.lines, []);
    });
  }
});

/** Texts of the code blocks that are marked as Corefiles. */
function corefilesOf(page: string): string[] {
  return [...page.matchAll(/^```corefile\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
}
