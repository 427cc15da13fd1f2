import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FLAGS, usage } from './usage.ts';

describe('the usage text', () => {
  const text = usage();
  for (const [name, spec] of Object.entries(FLAGS)) {
    it(`explains -${name}`, () => {
      const line = text.split('\n').find((candidate) => candidate.startsWith(`  -${name} `));
      assert.ok(line?.endsWith(spec.help));
      assert.equal(spec.placeholder === '', spec.kind === 'switch');
    });
  }

  it('fits a terminal', () => {
    for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
  });

  it('uses only flags that exist in its examples', () => {
    const examples = text.slice(text.indexOf('Examples:'));
    const used = [...examples.matchAll(/ -([a-z.]+) /g)].map((match) => match[1]);
    assert.ok(used.length > 0);
    for (const name of used) assert.ok(Object.hasOwn(FLAGS, name), name);
  });
});
