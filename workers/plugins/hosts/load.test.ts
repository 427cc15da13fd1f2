import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { formatAddress } from '#native/address.ts';
import { type Address, addressOf, isIpv4, octetsOf } from '#wire/address.ts';
import { decodeName } from '#wire/name.ts';
import { openImages } from '#workers/testing/files.ts';
import { addressKey } from '#zone/entry.ts';
import { compileHosts, HostsSource } from './load.ts';
import type { HostsOptions } from './setup.ts';

const OPTIONS: HostsOptions = {
  file: '/nope',
  named: false,
  zones: ['.'],
  inline: [],
  ttl: 60,
  reverse: true,
  reload: 0,
  fallthrough: [],
  fallthroughUnsupported: false,
  image: 'hosts:test',
};

interface Row {
  readonly name: string;
  readonly text: string;
  readonly options?: Partial<HostsOptions>;
  /** `NAME: ADDRESSES`. */
  readonly names: readonly string[];
  readonly entries: number;
}
const ROWS: readonly Row[] = [
  { name: 'an address with several names', text: '10.0.0.1 A b.', names: ['a.: 10.0.0.1', 'b.: 10.0.0.1'], entries: 4 },
  {
    name: 'comments and blank lines',
    text: '# x\n\n10.0.0.1 a # 10.0.0.2 b\n#10.0.0.3 c',
    names: ['a.: 10.0.0.1'],
    entries: 2,
  },
  { name: 'carriage returns and tabs', text: '10.0.0.1\ta\r\n', names: ['a.: 10.0.0.1'], entries: 2 },
  {
    name: 'duplicates stay, in order',
    text: '10.0.0.2 a\n10.0.0.1 a\n10.0.0.2 a',
    names: ['a.: 10.0.0.2 10.0.0.1 10.0.0.2'],
    entries: 6,
  },
  { name: 'both families', text: 'fd00::1 a\n10.0.0.1 a', names: ['a.: 10.0.0.1 fd00::1'], entries: 4 },
  { name: 'the zone of an address is dropped', text: 'fe80::1%lo0 a', names: ['a.: fe80::1'], entries: 2 },
  {
    name: 'names outside the zones are skipped',
    text: '10.0.0.1 a.x b.y x',
    options: { zones: ['x.'] },
    names: ['a.x.: 10.0.0.1', 'x.: 10.0.0.1'],
    entries: 4,
  },
  {
    name: 'lines that make no sense are skipped',
    text: 'nonsense\n10.0.0.1\n1.2.3 a\n10.0.0.256 a\n010.0.0.1 a\n10.0.0.1 a..b',
    names: [],
    entries: 0,
  },
  {
    name: 'the file first, then inline lines',
    text: '10.0.0.1 a',
    options: { inline: ['10.0.0.2 a', '10.0.0.3 b'] },
    names: ['a.: 10.0.0.1 10.0.0.2', 'b.: 10.0.0.3'],
    entries: 6,
  },
  {
    name: 'no reverse entries when not wanted, and none for wildcards',
    text: '10.0.0.1 *.a',
    names: ['*.a.: 10.0.0.1'],
    entries: 1,
  },
  {
    name: 'one name written in two ways',
    text: '10.0.0.1 \\065.test\n10.0.0.2 a.test',
    names: ['a.test.: 10.0.0.1 10.0.0.2'],
    entries: 4,
  },
  { name: 'no_reverse', text: '10.0.0.1 a', options: { reverse: false }, names: ['a.: 10.0.0.1'], entries: 1 },
];
for (const row of ROWS)
  test(`hosts file: ${row.name}`, () => {
    const table = compileHosts({ ...OPTIONS, ...row.options }, row.text);
    const got = [...table.byName].map(
      ([key, { a, aaaa }]) =>
        `${decodeName(Buffer.from(`${key}\0`, 'latin1'))}: ${[...a, ...aaaa].map(text).join(' ')}`,
    );
    assert.deepEqual(got, row.names);
    assert.equal(table.entries, row.entries);
  });

function text(address: Address): string {
  return formatAddress(octetsOf(address), 0, isIpv4(address) ? 4 : 6, 0);
}

const folder = mkdtempSync(join(tmpdir(), 'shoal-hosts-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function observed() {
  const seen: string[] = [];
  const observer = {
    warn: (line: string) => seen.push(`warn ${line}`),
    entries: (count: number) => seen.push(`entries ${count}`),
    reloaded: (seconds: number) => seen.push(`reloaded ${seconds}`),
  };
  return { seen, observer };
}

test('a source publishes the file, and its changes, and takes away what has gone', () => {
  const file = join(folder, 'changes');
  writeFileSync(file, '10.0.0.1 a b\n');
  utimesSync(file, 1000, 1000);
  const { writer } = openImages();
  const image = writer.image(OPTIONS.image);
  const { seen, observer } = observed();
  const source = new HostsSource({ ...OPTIONS, file, named: true }, image, observer);
  source.open();
  assert.deepEqual(seen.splice(0), ['entries 4', 'reloaded 1000']);
  assert.equal(image.names(), 3);
  assert.equal(source.look(), false, 'nothing has changed');
  writeFileSync(file, '10.0.0.2 b\n');
  utimesSync(file, 2000, 2000);
  assert.equal(source.look(), true);
  assert.deepEqual(seen.splice(0), ['entries 2', 'reloaded 2000']);
  assert.equal(image.names(), 2);
  const [one, two] = [1, 2].map((last) => addressKey(addressOf(Uint8Array.of(10, 0, 0, last))));
  assert.deepEqual(
    ['\x01a', '\x01b', one, two].map((key) => image.has(key)),
    [false, true, false, true],
  );
  rmSync(file);
  assert.equal(source.look(), false, 'a file that has gone leaves everything as it is');
  assert.equal(image.names(), 2);
  source.close();
});

test('a file that does not exist is a warning, and inline lines count all the same', () => {
  const { writer } = openImages();
  const image = writer.image(OPTIONS.image);
  const { seen, observer } = observed();
  const file = join(folder, 'missing');
  const source = new HostsSource({ ...OPTIONS, file, named: true, inline: ['10.0.0.1 a'] }, image, observer);
  source.open();
  source.close();
  assert.deepEqual(seen, [`warn File does not exist: ${file}`, 'entries 2']);
  assert.equal(image.names(), 2);
});

test('a folder is a warning', () => {
  const { writer } = openImages();
  const { seen, observer } = observed();
  const source = new HostsSource({ ...OPTIONS, file: folder, named: true }, writer.image(OPTIONS.image), observer);
  source.open();
  source.close();
  assert.deepEqual(seen, [`warn Hosts file ${JSON.stringify(folder)} is a directory`, 'entries 0']);
});

test('the default file may be missing without a word', () => {
  const { writer } = openImages();
  const { seen, observer } = observed();
  const source = new HostsSource({ ...OPTIONS, file: join(folder, 'missing') }, writer.image(OPTIONS.image), observer);
  source.open();
  source.close();
  assert.deepEqual(seen, ['entries 0']);
});

test('reload looks at the file in intervals', async () => {
  const file = join(folder, 'poll');
  writeFileSync(file, '10.0.0.1 a\n');
  const { writer } = openImages();
  const image = writer.image(OPTIONS.image);
  const source = new HostsSource({ ...OPTIONS, file, reload: 5 }, image, observed().observer);
  source.open();
  writeFileSync(file, '10.0.0.1 a b c\n');
  for (let turn = 0; turn < 400 && image.names() !== 4; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  source.close();
  assert.equal(image.names(), 4);
});
