import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { substitute } from './environment.ts';

const env = {
  PORT: '1053',
  EMPTY: '',
  TWO: 'a b',
  OUTER: 'x{$INNER}y',
  INNER: 'z',
  PERCENT: '{$INNER}',
  MIXED: '{%INNER%}',
  DOLLAR: '$&',
  LOOP: '{$LOOP}',
  PING: '{$PONG}',
  PONG: '{$PING}',
  DOUBLE: '{$DOUBLE}{$DOUBLE}',
  LONG: 'l'.repeat(100_000),
};

const cases: readonly { name: string; text: string; want: string | undefined }[] = [
  { name: 'no reference', text: 'whoami', want: 'whoami' },
  { name: 'dollar form', text: '.:{$PORT}', want: '.:1053' },
  { name: 'percent form', text: '.:{%PORT%}', want: '.:1053' },
  { name: 'every occurrence', text: '{$PORT}-{$INNER}-{$PORT}', want: '1053-z-1053' },
  { name: 'unset', text: 'a{$NOPE}b', want: 'ab' },
  { name: 'set to nothing', text: '{$EMPTY}', want: '' },
  { name: 'a blank stays inside', text: '{$TWO}', want: 'a b' },
  { name: 'a value with a reference', text: '{$OUTER}', want: 'xzy' },
  { name: 'the percent form is first, its value may hold the dollar form', text: '{%PERCENT%}', want: 'z' },
  { name: 'the dollar form is last, a percent form in its value stays', text: '{$MIXED}', want: '{%INNER%}' },
  { name: 'a value with a replacement pattern is literal', text: '{$DOLLAR}', want: '$&' },
  { name: 'an empty name', text: '{$}', want: '{$}' },
  { name: 'an empty name of the percent form', text: '{%%}', want: '{%%}' },
  { name: 'an empty name stops the rest', text: '{$}{$PORT}', want: '{$}{$PORT}' },
  { name: 'a missing terminator', text: '{$PORT', want: '{$PORT' },
  { name: 'a missing terminator of the percent form', text: '{%PORT}', want: '{%PORT}' },
  { name: 'a terminator in front of the reference', text: '}{$PORT', want: '}{$PORT' },
  { name: 'a template loses its variable', text: '{{$x}}', want: '{}' },
  { name: 'a template with a blank keeps it', text: '{{ $x }}', want: '{{ $x }}' },
  { name: 'a name of the prototype is not a variable', text: '{$constructor}', want: '' },
  { name: 'a variable that holds itself', text: '{$LOOP}', want: undefined },
  { name: 'two variables that hold each other', text: '{$PING}', want: undefined },
  { name: 'a variable that holds itself twice', text: '{$DOUBLE}', want: undefined },
  { name: 'a long value that is used too often', text: '{$LONG}'.repeat(11), want: undefined },
  { name: 'a long value that is used often', text: '{$LONG}'.repeat(9), want: 'l'.repeat(900_000) },
];

describe('substitute', () => {
  for (const { name, text, want } of cases) it(name, () => assert.equal(substitute(text, env), want));
});
