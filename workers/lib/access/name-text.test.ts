import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeName } from '#wire/name.ts';
import { NameText } from './name-text.ts';

const encoder = new TextEncoder();

function textOf(octets: string): NameText {
  const text = new NameText();
  text.appendText(octets);
  return text;
}

const LONG = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}.`;
for (const name of ['.', 'a.', 'Example.org.', 'foo\\.bar.test.', 'a\\032b.', '\\000\\255.', 'x\\".', 'a\\ b.', LONG])
  test(`${name.slice(0, 20)} is read and written`, () => {
    const wire = encodeName(name);
    const text = new NameText();
    text.read(wire, 0);
    assert.equal(text.toString(), name === 'a\\032b.' ? 'a\\ b.' : name);
    const out = new Uint8Array(256);
    assert.equal(text.write(out, 0), wire.length);
    assert.deepEqual(out.slice(0, wire.length), wire);
  });

for (const text of [
  '',
  'a',
  'a..',
  '..',
  '.a.',
  `${'a'.repeat(64)}.`,
  `${'a'.repeat(60)}.`.repeat(5),
  'a.b',
  'x'.repeat(5000),
])
  test(`${JSON.stringify(text.slice(0, 20))} (${text.length}) is no name`, () => {
    assert.equal(textOf(text).write(new Uint8Array(256), 0), 0);
  });

test('parts are found whatever their case', () => {
  const text = textOf('Web.Example.org.');
  assert.equal(text.hasAt(encoder.encode('example'), 4), true);
  assert.equal(text.hasAt(encoder.encode('example'), 5), false);
  assert.equal(text.hasAt(encoder.encode('org.'), -1), false);
  assert.equal(text.hasAt(encoder.encode('org.x'), 12), false);
  assert.equal(text.indexOf(encoder.encode('E'), 2), 4);
  assert.equal(text.indexOf(encoder.encode('z'), 0), -1);
});

test('random octets: what is written reads back to the same name', () => {
  let state = 12345;
  const random = (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % n;
  };
  const out = new Uint8Array(256);
  for (let turn = 0; turn < 3000; turn++) {
    const wire: number[] = [];
    for (let label = random(6); label > 0; label--) {
      const length = 1 + random(30);
      wire.push(length, ...Array.from({ length }, () => random(256)));
    }
    const name = Uint8Array.of(...wire, 0);
    const text = new NameText();
    text.read(name, 0);
    assert.equal(text.write(out, 0), name.length, `turn ${turn}`);
    assert.deepEqual(out.slice(0, name.length), name, `turn ${turn}`);
  }
});
