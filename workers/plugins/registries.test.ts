// The registries are complete and agree with each other, with the folders, and with the order of execution.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { HANDLERS } from './handlers.ts';
import { ORDER } from './order.ts';
import { isPlugin, METRICS, SETUPS } from './setups.ts';

const here = import.meta.dirname;
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const having = (file: string): string[] => folders.filter((folder) => existsSync(`${here}/${folder}/${file}`)).sort();

describe('setups.ts', () => {
  it('names every folder with a setup.ts', () => {
    assert.deepEqual(Object.keys(SETUPS).sort(), having('setup.ts'));
  });
  it('names every folder with a metrics.ts', () => {
    assert.deepEqual(Object.keys(METRICS).sort(), having('metrics.ts'));
  });
  for (const [name, plugin] of Object.entries(SETUPS)) {
    it(`${name}: has that name, a place in the order, and a set-up`, () => {
      assert.equal(plugin.name, name);
      assert.ok(ORDER.includes(name));
      assert.equal(typeof plugin.setup, 'function');
    });
  }
  for (const [name, { table }] of Object.entries(METRICS)) {
    it(`${name}: metrics have names, help and labels of their own`, () => {
      for (const metric of table) {
        assert.match(metric.name, /^(coredns|shoal)_[a-z0-9_]+$/);
        assert.ok(metric.help.length > 0);
        assert.equal(new Set(metric.labels).size, metric.labels.length);
        assert.equal(metric.buckets !== undefined, metric.type === 'histogram', metric.name);
      }
    });
  }
  it('no metric has two owners', () => {
    const names = Object.values(METRICS).flatMap(({ table }) => table.map(({ name }) => name));
    assert.deepEqual(
      names.filter((name, i) => names.indexOf(name) !== i),
      [],
    );
  });
  const words: readonly [word: string, known: boolean][] = [
    ['whoami', true],
    ['Whoami', false],
    ['', false],
    ['toString', false],
    ['__proto__', false],
  ];
  for (const [word, known] of words)
    it(`isPlugin('${word}') is ${known}`, () => {
      assert.equal(isPlugin(word), known);
    });
});

describe('handlers.ts', () => {
  it('names every folder with a handler.ts', () => {
    assert.deepEqual(Object.keys(HANDLERS).sort(), having('handler.ts'));
  });
  it('every handler has a set-up', () => {
    assert.deepEqual(
      Object.keys(HANDLERS).filter((name) => !isPlugin(name)),
      [],
    );
  });
  for (const [name, load] of Object.entries(HANDLERS)) {
    it(`${name}: loads, and builds`, async () => {
      assert.equal(typeof (await load()).build, 'function');
    });
  }
});

describe('order.ts', () => {
  it('names nothing twice', () => assert.equal(new Set(ORDER).size, ORDER.length));
});
