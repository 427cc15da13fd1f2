import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RCODE, TYPE } from '#wire/constants.ts';
import { CLASS_NAMES, classNumber, RCODE_NAMES, rcodeNumber, TYPE_NAMES, typeNumber } from './mnemonics.ts';

test('types of #wire/constants.ts have the same names here', () => {
  for (const [name, number] of Object.entries(TYPE)) {
    assert.equal(TYPE_NAMES[number], name);
    assert.equal(typeNumber(name), number);
  }
});

test('rcodes of #wire/constants.ts have the same names here', () => {
  for (const [name, number] of Object.entries(RCODE)) {
    assert.equal(RCODE_NAMES[number], name);
    assert.equal(rcodeNumber(name), number);
  }
});

test('what has no name is a number (RFC 3597 §5)', () => {
  assert.equal(TYPE_NAMES[300], 'TYPE300');
  assert.equal(CLASS_NAMES[200], 'CLASS200');
  assert.equal(RCODE_NAMES[12], '12');
  assert.equal(typeNumber('TYPE300'), undefined);
  assert.equal(classNumber('CLASS200'), undefined);
  assert.equal(rcodeNumber('12'), undefined);
});

test('types beyond the table are found by name', () => {
  assert.equal(typeNumber('DLV'), 32769);
  assert.equal(classNumber('CH'), 3);
});
