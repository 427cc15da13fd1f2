// Label selectors from text.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatSelector, parseSelector, type Requirement, SelectorError } from './selector.ts';

const one = (key: string, operator: Requirement['operator'], ...values: string[]): Requirement => ({
  key,
  operator,
  values,
});

describe('parseSelector', () => {
  const rows: [text: string, want: Requirement[]][] = [
    ['app', [one('app', 'exists')]],
    ['!app', [one('app', 'missing')]],
    ['app=web', [one('app', 'in', 'web')]],
    ['app==web', [one('app', 'in', 'web')]],
    [' app = web ', [one('app', 'in', 'web')]],
    ['app!=web', [one('app', 'notin', 'web')]],
    ['app=', [one('app', 'in', '')]],
    ['app=,tier', [one('app', 'in', ''), one('tier', 'exists')]],
    ['app in (a, b)', [one('app', 'in', 'a', 'b')]],
    ['app in (a,)', [one('app', 'in', 'a', '')]],
    ['app notin(a)', [one('app', 'notin', 'a')]],
    [
      'app.kubernetes.io/name=web,!legacy,tier in (x)',
      [one('app.kubernetes.io/name', 'in', 'web'), one('legacy', 'missing'), one('tier', 'in', 'x')],
    ],
    ['in in (in)', [one('in', 'in', 'in')]],
  ];
  for (const [text, want] of rows) it(text, () => assert.deepEqual(parseSelector(text), want));
  for (const [text, want] of rows)
    it(`${text}, written again`, () => assert.deepEqual(parseSelector(formatSelector(want)), want));
});

describe('formatSelector', () => {
  const rows: [text: string, want: string][] = [
    ['app', 'app'],
    ['!app', '!app'],
    ['app==web , tier notin(a, b),x in (y)', 'app in (web),tier notin (a,b),x in (y)'],
    ['app=', 'app in ()'],
  ];
  for (const [text, want] of rows) it(text, () => assert.equal(formatSelector(parseSelector(text)), want));
  it('of nothing', () => assert.equal(formatSelector([]), ''));
});

describe('parseSelector refuses', () => {
  const rows: [text: string, message: string][] = [
    ['', "found '', expected: identifier"],
    ['=', "'=' is not a label key"],
    ['app,', "found '', expected: identifier"],
    ['app web', "found 'web', expected: '=', '!=', '==', 'in', 'notin'"],
    ['app in a', "found 'a', expected: '('"],
    ['app in (a', "found '', expected: ',' or ')'"],
    ['app=a b', "found 'b', expected: ',' or 'end of string'"],
    ['app>3', '">" isn\'t supported in label selectors'],
    ['app=a/b', "'a/b' is not a label value"],
    ['a/b/c', "'a/b/c' is not a label key"],
    [`app=${'x'.repeat(64)}`, `'${'x'.repeat(64)}' is not a label value`],
  ];
  for (const [text, message] of rows)
    it(text.slice(0, 30), () =>
      assert.throws(
        () => parseSelector(text),
        (error: unknown) => {
          assert.ok(error instanceof SelectorError);
          assert.deepEqual([error.code, error.message], ['ERR_SELECTOR', message]);
          return true;
        },
      ),
    );
});
