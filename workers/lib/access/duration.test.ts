import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DurationError, formatDuration, parseDuration } from './duration.ts';

const VALID: readonly (readonly [text: string, milliseconds: number, printed: string])[] = [
  ['0', 0, '0s'],
  ['0s', 0, '0s'],
  ['5s', 5000, '5s'],
  ['+5s', 5000, '5s'],
  ['-5s', -5000, '-5s'],
  ['1.5s', 1500, '1.5s'],
  ['.5s', 500, '500ms'],
  ['5.s', 5000, '5s'],
  ['300ms', 300, '300ms'],
  ['1m30s', 90_000, '1m30s'],
  ['1m', 60_000, '1m0s'],
  ['1h', 3_600_000, '1h0m0s'],
  ['25h1m0.5s', 90_060_500, '25h1m0.5s'],
  ['20us', 0.02, '20µs'],
  ['20µs', 0.02, '20µs'],
  ['7ns', 7e-6, '7ns'],
];
for (const [text, milliseconds, printed] of VALID)
  test(`parseDuration reads ${text}, formatDuration prints ${printed}`, () => {
    assert.ok(Math.abs(parseDuration(text) - milliseconds) < 1e-9, `${parseDuration(text)}`);
    assert.equal(formatDuration(milliseconds), printed);
  });

const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['', 'time: invalid duration ""'],
  ['-', 'time: invalid duration "-"'],
  ['x', 'time: invalid duration "x"'],
  ['.s', 'time: invalid duration ".s"'],
  ['5', 'time: missing unit in duration "5"'],
  ['1m5', 'time: missing unit in duration "1m5"'],
  ['5d', 'time: unknown unit "d" in duration "5d"'],
  ['5 s', 'time: unknown unit " s" in duration "5 s"'],
];
for (const [text, message] of INVALID)
  test(`parseDuration refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseDuration(text),
      (error) => error instanceof DurationError && error.message === message,
    );
  });
