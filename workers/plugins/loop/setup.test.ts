import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeName } from '#wire/name.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { plugin } from './setup.ts';

const setup = (text: string, zones: readonly string[] = ['.']) =>
  plugin.setup(new TextDirective('loop', text), testScope(zones));

describe('the probe', () => {
  const rows: readonly [zones: readonly string[], pattern: RegExp, zone: string][] = [
    [['.'], /^\d{1,20}\.\d{1,20}\.$/, '.'],
    [['example.org.', 'example.net.'], /^\d{1,20}\.\d{1,20}\.example\.org\.$/, 'example.org.'],
  ];
  for (const [zones, pattern, zone] of rows) {
    test(`of ${zones}`, () => {
      const options = setup('loop', zones);
      assert.match(options.name, pattern);
      assert.equal(options.zone, zone);
      assert.ok(encodeName(options.name).length < 256);
    });
  }

  test('is another one each time', () => {
    const names = new Set(Array.from({ length: 50 }, () => setup('loop').name));
    assert.equal(names.size, 50);
  });
});

test('arguments are a mistake', () => {
  assert.throws(() => setup('loop twice'), {
    message: "Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after 'twice'",
  });
  assert.equal(plugin.once, true);
});
