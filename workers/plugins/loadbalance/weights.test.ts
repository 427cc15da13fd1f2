import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { octetsOf } from '#wire/address.ts';
import { decodeName } from '#wire/name.ts';
import { openImages } from '#workers/testing/files.ts';
import { addresses, plain } from '#zone/entry.ts';
import type { LoadbalanceOptions } from './setup.ts';
import { parseWeights, publishWeights, WEIGHTS_A, WEIGHTS_AAAA, WeightsSource } from './weights.ts';

const ROWS: readonly (readonly [text: string, names: readonly string[]])[] = [
  ['', []],
  ['# x\n\nWWW.test\n10.0.0.1 3\n10.0.0.2 1 # y\n', ['www.test. 10.0.0.1=3 10.0.0.2=1']],
  ['a.\n10.0.0.1 255\nb\n', ['a. 10.0.0.1=255', 'b.']],
];
for (const [text, names] of ROWS)
  test(`weights of ${JSON.stringify(text)}`, () => {
    const got = parseWeights(text, 'f').map(({ key, weights }) =>
      [
        decodeName(Buffer.from(`${key}\0`, 'latin1')),
        ...weights.map(({ address, weight }) => `${octetsOf(address).join('.')}=${weight}`),
      ].join(' '),
    );
    assert.deepEqual(got, names);
  });

const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['10.0.0.1 3', 'f:1: an address before the first name: 10.0.0.1 3'],
  ['a\nb 3', 'f:2: not an IP address: b 3'],
  ['a\n10.0.0.1 0', 'f:2: a weight is a number from 1 to 255: 10.0.0.1 0'],
  ['a\n10.0.0.1 256', 'f:2: a weight is a number from 1 to 255: 10.0.0.1 256'],
  ['a\n10.0.0.1 1 2', 'f:2: a line has a name, or an address and a weight: 10.0.0.1 1 2'],
  ['a..b', 'f:1: not a domain name: a..b'],
];
for (const [text, message] of INVALID)
  test(`weights refuse ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseWeights(text, 'f'), { code: 'ERR_CONFIG', message });
  });

const folder = mkdtempSync(join(tmpdir(), 'shoal-weights-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('weights stand beside their addresses, each family for itself; of a name that comes twice the last counts', () => {
  const image = openImages().writer.image('w');
  publishWeights(image, parseWeights('gone\n\na\n10.0.0.9 9\n', 'f'));
  publishWeights(image, parseWeights('a\n10.0.0.9 9\nA.\n10.0.0.1 3\nfd00::1 7\n10.0.0.2 255\n', 'f'));
  assert.equal(image.names(), 1);
  assert.deepEqual(image.get('\x01a'), {
    flags: 0,
    rrsets: [
      addresses(1, 0, [0x0a000001, 0x0a000002]),
      plain(WEIGHTS_A, 0, [Uint8Array.of(3, 255)]),
      addresses(28, 0, [`\xfd${'\0'.repeat(14)}\x01`]),
      plain(WEIGHTS_AAAA, 0, [Uint8Array.of(7)]),
    ],
  });
});

function open(file: string, reload: number) {
  const options: LoadbalanceOptions = { policy: 'weighted', file: join(folder, file), reload, prefer: [], image: 'w' };
  const image = openImages().writer.image('w');
  const warnings: string[] = [];
  return {
    image,
    warnings,
    file: options.file,
    source: new WeightsSource(options, image, (text) => warnings.push(text)),
  };
}

test('a source publishes, takes up changes, and keeps what it has when the file is wrong', () => {
  const { image, source, file } = open('a', 60_000);
  writeFileSync(file, 'a\n10.0.0.1 1\nb\n');
  source.open();
  assert.equal(image.names(), 2);
  assert.equal(source.look(), false);
  writeFileSync(file, 'a\n10.0.0.1 1\n10.0.0.2 9\n');
  assert.equal(source.look(), true);
  assert.equal(image.names(), 1);
  writeFileSync(file, 'nonsense here and there\n');
  assert.throws(() => source.look(), { code: 'ERR_CONFIG' });
  assert.equal(image.names(), 1);
  source.close();
});

test('a missing file may come later, unless nobody looks again', () => {
  const later = open('missing', 60_000);
  later.source.open();
  later.source.close();
  assert.deepEqual(later.warnings, [`Failed to open weight file: ${later.file}. Will try again`]);
  const never = open('missing', 0);
  assert.throws(() => never.source.open(), { code: 'ERR_CONFIG', message: `weight file open error: ${never.file}` });
});
