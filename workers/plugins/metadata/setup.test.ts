// What the directive says, and what it must not.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { plugin } from './setup.ts';

const read = (text: string) => plugin.setup(new TextDirective('metadata', text), testScope(['a.test.', 'b.test.']));

describe('metadata', () => {
  const rows: readonly (readonly [text: string, zones: readonly string[]])[] = [
    ['metadata', ['a.test.', 'b.test.']],
    ['metadata C.test', ['c.test.']],
    ['metadata c.test. d.test', ['c.test.', 'd.test.']],
  ];
  for (const [text, zones] of rows) it(text, () => assert.deepEqual(read(text), { zones }));

  it('has no properties', () => {
    assert.throws(() => read('metadata {\n zones\n}'), { name: 'ConfigError', message: /Wrong argument count/ });
  });
  it('stands once in a block', () => assert.equal(plugin.once, true));
});
