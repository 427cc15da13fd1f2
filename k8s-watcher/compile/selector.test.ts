// Label selectors as the API server applies them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Requirement } from './options.ts';
import { selects } from './selector.ts';

describe('selects', () => {
  const one = (operator: Requirement['operator'], ...values: string[]): Requirement[] => [
    { key: 'app', operator, values },
  ];
  const rows: [name: string, requirements: Requirement[], labels: Record<string, string>, want: boolean][] = [
    ['nothing asked for', [], {}, true],
    ['in', one('in', 'a', 'b'), { app: 'b' }, true],
    ['in, another value', one('in', 'a'), { app: 'b' }, false],
    ['in, no label', one('in', 'a'), {}, false],
    ['in, the empty value', one('in', ''), { app: '' }, true],
    ['in, the empty value and no label', one('in', ''), {}, false],
    ['notin', one('notin', 'a'), { app: 'b' }, true],
    ['notin, that value', one('notin', 'a'), { app: 'a' }, false],
    ['notin, no label', one('notin', 'a'), {}, true],
    ['exists', one('exists'), { app: '' }, true],
    ['exists, no label', one('exists'), { other: 'a' }, false],
    ['missing', one('missing'), { other: 'a' }, true],
    ['missing, but there', one('missing'), { app: 'a' }, false],
    ['all must hold', [...one('exists'), { key: 'tier', operator: 'in', values: ['x'] }], { app: 'a' }, false],
    ['all hold', [...one('exists'), { key: 'tier', operator: 'in', values: ['x'] }], { app: 'a', tier: 'x' }, true],
  ];
  for (const [name, requirements, labels, want] of rows)
    it(name, () => assert.equal(selects(requirements, labels), want));
});
