// What a watch has told of late; resource versions as numbers and in order.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareVersions, readVersion, Told } from './told.ts';

function told(floor: string, ...versions: string[]): Told {
  const made = new Told(4);
  made.reset(floor);
  for (const version of versions) made.add(version);
  return made;
}

describe('Told', () => {
  const rows: { name: string; told: Told; asked: number[]; missing: number; floor: number }[] = [
    { name: 'what came with the list', told: told('100'), asked: [1, 99, 100], missing: 0, floor: 100 },
    { name: 'what came since', told: told('100', '101', '105'), asked: [101, 105], missing: 0, floor: 100 },
    { name: 'what has not come', told: told('100', '101', '105'), asked: [50, 103, 106, 101], missing: 2, floor: 100 },
    {
      name: 'what is too long ago to be remembered',
      told: told('100', '101', '102', '104', '105', '106', '107'),
      asked: [101, 102, 104, 107],
      missing: 0,
      floor: 102,
    },
    {
      name: 'what should be remembered and has not come',
      told: told('100', '101', '102', '104', '105', '106', '107'),
      asked: [102, 103],
      missing: 1,
      floor: 102,
    },
    { name: 'nothing is known', told: new Told(), asked: [1, 1e15], missing: 0, floor: Number.POSITIVE_INFINITY },
    {
      name: 'versions that are no numbers',
      told: told('100', '101', 'x7'),
      asked: [103],
      missing: 0,
      floor: Number.POSITIVE_INFINITY,
    },
    {
      name: 'a list of such a version',
      told: told('99999999999999999999', '5'),
      asked: [7],
      missing: 0,
      floor: Number.POSITIVE_INFINITY,
    },
  ];
  for (const { name, told, asked, missing, floor } of rows)
    it(name, () => {
      assert.equal(told.missing(asked), missing);
      assert.equal(told.floor, floor);
    });

  it('a new list begins anew', () => {
    const again = told('100', '101', '105');
    again.reset('200');
    assert.equal(again.missing([105, 150, 201]), 1);
  });
});

describe('compareVersions', () => {
  const rows: [a: string, b: string, sign: number][] = [
    ['9', '10', -1],
    ['10', '9', 1],
    ['1002', '1002', 0],
    ['1002', '1003', -1],
    ['340282366920938463463374607431768211455', '340282366920938463463374607431768211454', 1],
    ['', '1', -1],
  ];
  for (const [a, b, sign] of rows) it(`"${a}" and "${b}"`, () => assert.equal(Math.sign(compareVersions(a, b)), sign));
});

describe('readVersion', () => {
  const rows: [text: string, version: number][] = [
    ['0', 0],
    ['1002', 1002],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', Number.POSITIVE_INFINITY],
    ['', Number.POSITIVE_INFINITY],
    ['-1', Number.POSITIVE_INFINITY],
    ['abc', Number.POSITIVE_INFINITY],
  ];
  for (const [text, version] of rows) it(`"${text}"`, () => assert.equal(readVersion(text), version));
});
