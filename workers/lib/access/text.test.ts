import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '#native/address.ts';
import { LineBuffer } from '#ops/log/line-buffer.ts';
import { decodeName, encodeName } from '#wire/name.ts';
import { Shuffle } from '../random.ts';
import { appendAddress, appendClass, appendName, appendRcode, appendType } from './text.ts';

/** What the appends write as one line. */
function line(write: (log: LineBuffer) => void): string {
  let text = '';
  const log = new LineBuffer(4096, {
    atomicBytes: Number.MAX_SAFE_INTEGER,
    write(bytes, from, to) {
      text += Buffer.from(bytes.slice(from, to)).toString();
      return to - from;
    },
    close() {},
  });
  write(log);
  log.endLine();
  log.flush();
  return text.slice(0, -1);
}

for (const name of [
  '.',
  'a.',
  'Example.ORG.',
  'a\\.b.test.',
  '\\"x\\\\.',
  '\\000\\031\\127\\255.',
  'sp\\ ace.',
  "\\;\\(\\)\\@\\'.",
])
  test(`name ${name}`, () => {
    const wire = encodeName(name);
    assert.equal(
      line((log) => appendName(log, Uint8Array.of(7, ...wire), 1)),
      decodeName(wire),
    );
    assert.equal(decodeName(wire), name);
  });

const WORDS: readonly (readonly [name: string, write: (log: LineBuffer) => void, text: string])[] = [
  ['a type', (log) => appendType(log, 28), 'AAAA'],
  ['a type without a name', (log) => appendType(log, 300), 'TYPE300'],
  ['a type beyond the table', (log) => appendType(log, 65280), 'TYPE65280'],
  ['a class', (log) => appendClass(log, 3), 'CH'],
  ['a class without a name', (log) => appendClass(log, 4096), 'CLASS4096'],
  ['an rcode', (log) => appendRcode(log, 5), 'REFUSED'],
  ['an rcode without a name', (log) => appendRcode(log, 12), '12'],
  ['an rcode beyond the table', (log) => appendRcode(log, 99), '99'],
];
for (const [name, write, text] of WORDS) test(`${name}: ${text}`, () => assert.equal(line(write), text));

test('random addresses are written as formatAddress has them (RFC 5952)', () => {
  const random = new Shuffle(5952);
  const bytes = new Uint8Array(17);
  for (let turn = 0; turn < 2000; turn++) {
    for (let i = 1; i < 17; i++) bytes[i] = random.below(3) === 0 ? random.below(256) : 0;
    const family = turn % 2 === 0 ? 4 : 6;
    const text = formatAddress(bytes, 1, family, 0);
    const got = line((log) => appendAddress(log, bytes, 1, family));
    assert.equal(got, family === 4 ? text : `[${text}]`);
  }
});
