import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TextDirective, testScope } from '../../testing/directive.ts';
import type { TrustSettings } from './options.ts';
import { plugin } from './setup.ts';

function trust(properties: string): TrustSettings {
  return plugin.setup(new TextDirective('forward', `forward . 192.0.2.1 {\n${properties}\n}`), testScope()).rules[0]
    .trust;
}

describe('what is believed', () => {
  const rows: readonly (readonly [properties: string, expected: TrustSettings])[] = [
    ['', { caseRandomize: false, rebind: null }],
    ['case_randomize', { caseRandomize: true, rebind: null }],
    ['rebind_protect', { caseRandomize: false, rebind: { except: [] } }],
    ['rebind_protect except A.test b.test.', { caseRandomize: false, rebind: { except: ['a.test.', 'b.test.'] } }],
    [
      'rebind_protect except a.test\nrebind_protect except b.test',
      { caseRandomize: false, rebind: { except: ['a.test.', 'b.test.'] } },
    ],
  ];
  for (const [properties, expected] of rows)
    test(properties.replaceAll('\n', '; ') || 'nothing', () => assert.deepEqual(trust(properties), expected));

  for (const wrong of ['case_randomize yes', 'rebind_protect corp.test', 'rebind_protect except'])
    test(`mistake: ${wrong}`, () =>
      assert.throws(() => trust(wrong), /Wrong argument count or unexpected line ending/));
});
