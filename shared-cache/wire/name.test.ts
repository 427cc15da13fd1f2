// Names both ways, against RFC 1035 and against what the reference prints.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeName, encodeName, NameError } from './name.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const label = (text: string): string =>
  `${text.length.toString(16).padStart(2, '0')}${Buffer.from(text, 'latin1').toString('hex')}`;

describe('encodeName', () => {
  const rows: readonly [name: string, text: string, wire: string][] = [
    ['the root', '.', '00'],
    ['an empty text is the root as well', '', '00'],
    ['one label', 'a.', '016100'],
    ['a missing final dot is added', 'a', '016100'],
    ['letters keep their case', 'Web.Example.', `${label('Web')}${label('Example')}00`],
    ['an escaped dot belongs to its label', 'foo\\.bar.', `${label('foo.bar')}00`],
    ['an escaped backslash', 'a\\\\b.', `${label('a\\b')}00`],
    ['three digits are an octet (RFC 1035 §5.1)', 'a\\000b\\255.', '04610062ff00'],
    ['three digits above 255 are characters', '\\256.', `${label('256')}00`],
    ['fewer digits are characters', '\\12.', `${label('12')}00`],
    ['other characters are their UTF-8 octets', 'ü.', '02c3bc00'],
    ['digits behind such a character', 'ü\\046x.', '04c3bc2e7800'],
    ['an escaped such character', '\\ü\\046.', '03c3bc2e00'],
    ['a backslash at the end stands for nothing', 'a\\', '016100'],
    ['a label of 63 octets', `${'x'.repeat(63)}.`, `3f${'78'.repeat(63)}00`],
  ];
  for (const [name, text, wire] of rows) it(name, () => assert.equal(hex(encodeName(text)), wire));

  const longest = `${`${'x'.repeat(63)}.`.repeat(3)}${'y'.repeat(61)}`;
  it('255 octets are allowed (RFC 1035 §3.1)', () => assert.equal(encodeName(longest).length, 255));

  const wrong: readonly [name: string, text: string, message: RegExp][] = [
    ['256 octets', `${longest}y`, /longer than 255 octets/],
    ['a label of 64 octets', 'x'.repeat(64), /label is longer than 63 octets/],
    ['an empty label within', 'a..b', /empty label/],
    ['an empty label in front', '.a', /empty label/],
    ['nothing but dots', '..', /empty label/],
  ];
  for (const [name, text, message] of wrong)
    it(`${name}: NameError`, () => {
      assert.throws(
        () => encodeName(text),
        (error: unknown) => error instanceof NameError && message.test(error.message),
      );
    });
});

describe('decodeName', () => {
  const rows: readonly [name: string, wire: string, text: string][] = [
    ['the root', '00', '.'],
    ['a name has its final dot', `${label('web')}${label('Example')}00`, 'web.Example.'],
    ['a dot within a label', `${label('foo.bar')}00`, 'foo\\.bar.'],
    ['what is special in a zone file', `${label('"\\();@ \'')}00`, `\\"\\\\\\(\\)\\;\\@\\ \\'.`],
    ['what cannot be printed', '0400207fff00', '\\000\\ \\127\\255.'],
    ['a name without its root octet, at the end of the bytes', label('web'), 'web.'],
  ];
  for (const [name, wire, text] of rows)
    it(name, () => assert.equal(decodeName(Uint8Array.from(Buffer.from(wire, 'hex'))), text));

  it('reads from an offset and stops at the root octet', () => {
    assert.equal(decodeName(Uint8Array.from(Buffer.from(`ffff${label('a')}00${label('b')}00`, 'hex')), 2), 'a.');
  });

  it('every octet comes back from its text', () => {
    for (let octet = 0; octet < 256; octet++) {
      const wire = Uint8Array.of(2, octet, 0x61, 0);
      assert.deepEqual(encodeName(decodeName(wire)), wire, `octet ${octet}`);
    }
  });
});
