// Publishing, difference, taking over, limits.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { getHeapStatistics } from 'node:v8';
import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { addresses, addressKey, clientKey, type EntryData, type Key, plain, relative, targets } from './entry.ts';
import { HEAP_AT, IMAGES, MAX_SEGMENT_BYTES, RECORD_TABLE, recordAt, TABLE_SLOTS, VERSION_AT } from './layout.ts';
import { ipv4, ipv6, wireName } from './testing/names.ts';
import { dataOf, findName, openZone, SEED, type TestZone } from './testing/zone.ts';
import { ZoneWriter } from './writer.ts';

const A = 1;
const one = (octet: number): EntryData => ({ flags: 0, rrsets: [addresses(A, 5, [ipv4(`10.0.0.${octet}`)])] });
const sized = (bytes: number): EntryData => ({ flags: 0, rrsets: [plain(16, 5, [new Uint8Array(bytes).fill(bytes)])] });

describe('ImageWriter.set', () => {
  const name = wireName('web.default.svc');
  const rows: {
    name: string;
    before: EntryData | undefined;
    set: EntryData | undefined;
    changed: boolean;
    names: number;
  }[] = [
    { name: 'a new name', before: undefined, set: one(1), changed: true, names: 1 },
    { name: 'the same content again', before: one(1), set: one(1), changed: false, names: 1 },
    { name: 'another address', before: one(1), set: one(2), changed: true, names: 1 },
    {
      name: 'another TTL',
      before: one(1),
      set: { flags: 0, rrsets: [addresses(A, 6, [ipv4('10.0.0.1')])] },
      changed: true,
      names: 1,
    },
    { name: 'other flags', before: one(1), set: { ...one(1), flags: 1 }, changed: true, names: 1 },
    { name: 'one RRset less', before: one(1), set: { flags: 0, rrsets: [] }, changed: true, names: 1 },
    { name: 'a delete', before: one(1), set: undefined, changed: true, names: 0 },
    { name: 'a delete of what is not there', before: undefined, set: undefined, changed: false, names: 0 },
  ];
  for (const row of rows) {
    test(`${row.name}: changed is ${row.changed}`, () => {
      const { writer, images } = openZone(65_536);
      const image = writer.image('kube');
      if (row.before !== undefined) image.set(name, row.before);
      assert.equal(image.set(name, row.set), row.changed);
      assert.equal(image.names(), row.names);
      assert.equal(images.image('kube').names(), row.names);
      assert.equal(image.has(name), row.names === 1);
      assert.deepEqual(image.get(name), row.set);
      assert.equal(findName(images.image('kube'), name) !== 0, row.names === 1);
    });
  }

  test('publishing nothing moves nothing', () => {
    const { writer, images } = openZone(65_536);
    writer.image('kube').set(name, one(1));
    const entry = findName(images.image('kube'), name);
    const used = writer.bytesUsed;
    writer.image('kube').set(name, one(1));
    assert.equal(findName(images.image('kube'), name), entry);
    assert.equal(writer.bytesUsed, used);
  });

  test('an entry that a reader holds stays as it is until the batch ends', () => {
    const { writer, images, readers } = openZone(16_384);
    const image = images.image('kube');
    writer.image('kube').set(name, one(1));
    readers.enter(0);
    const entry = findName(image, name);
    for (let i = 2; i < 100; i++) writer.image('kube').set(name, one(i));
    assert.deepEqual(dataOf(image, entry, A), [10, 0, 0, 1]);
    assert.deepEqual(dataOf(image, findName(image, name), A), [10, 0, 0, 99]);
    readers.leave(0);
  });

  test('refuses names and entries that cannot be, and stays as it was', () => {
    const { writer } = openZone(65_536);
    const image = writer.image('kube');
    image.set(name, one(1));
    image.setAddress(ipv4('10.0.0.1'), one(2));
    const used = writer.bytesUsed;
    const halfGood = { flags: 0, rrsets: [addresses(A, 5, [ipv4('10.0.0.9')]), plain(16, -1, [])] };
    assert.throws(() => image.set(wireName('WEB'), one(1)), RangeError);
    assert.throws(() => image.set(wireName('WEB'), undefined), RangeError);
    assert.throws(() => image.set(name, { flags: 999, rrsets: [] }), RangeError);
    assert.throws(() => image.set(name, halfGood), RangeError);
    assert.throws(() => image.setAddress('abc', one(1)), RangeError);
    assert.throws(() => image.setAddress(ipv4('10.0.0.1'), halfGood), RangeError);
    assert.throws(() => image.setClient(2 ** 31, one(1)), RangeError);
    assert.throws(() => image.has(wireName('WEB')), RangeError);
    assert.throws(() => image.get('\xff123'), RangeError);
    assert.deepEqual(image.get(name), one(1));
    assert.deepEqual(image.get(addressKey(ipv4('10.0.0.1'))), one(2));
    assert.deepEqual([image.names(), writer.bytesUsed], [2, used]);
  });

  test('gives back all that it was given, also after a longer entry', () => {
    const { writer } = openZone(1 << 20);
    const image = writer.image('kube');
    const all: EntryData = {
      flags: 3,
      rrsets: [
        addresses(A, 5, [ipv4('10.0.0.1'), ipv4('255.0.0.1')]),
        addresses(28, 6, [ipv6(1)]),
        plain(16, 7, [Uint8Array.of(1, 65), new Uint8Array(0)]),
        relative(12, 8, [wireName('a.B'), '']),
        targets(9, 50, 2, [
          { label: wireName('ep.Z'), ports: [80, 65_535], a: [ipv4('10.0.0.1')], aaaa: [ipv6(2), ipv6(3)] },
          { label: '', ports: [], a: [], aaaa: [] },
        ]),
      ],
    };
    for (const key of [name, '', addressKey(ipv6(255)), clientKey(ipv4('10.0.0.1'))]) {
      image.set(key, sized(9000));
      assert.equal(image.set(key, all), true);
      assert.equal(image.set(key, all), false);
      assert.deepEqual(image.get(key), all);
    }
  });

  test('addresses are kept beside names', () => {
    const { writer } = openZone(65_536);
    const image = writer.image('kube');
    assert.equal(image.setAddress(ipv4('10.0.0.1'), one(1)), true);
    assert.equal(image.setAddress(ipv4('10.0.0.1'), one(1)), false);
    assert.equal(image.set(addressKey(ipv4('10.0.0.1')), one(1)), false);
    assert.equal(image.setClient(ipv4('10.0.0.1'), one(1)), true);
    assert.equal(image.set(clientKey(ipv4('10.0.0.1')), one(1)), false);
    assert.equal(image.names(), 2);
    assert.equal(image.setAddress(ipv4('10.0.0.1'), undefined), true);
    assert.deepEqual([image.has(addressKey(ipv4('10.0.0.1'))), image.has(clientKey(ipv4('10.0.0.1')))], [false, true]);
    assert.equal(image.setClient(ipv4('10.0.0.1'), undefined), true);
    assert.equal(image.names(), 0);
  });
});

test('set allocates nothing but what its caller has made', () => {
  const { writer } = openZone(1 << 22);
  const image = writer.image('kube');
  const entries = Array.from({ length: 1000 }, (_, i) => {
    const a = [0x0a000000 | i];
    return { flags: 0, rrsets: [addresses(A, 5, a), targets(5, 100, 0, [{ label: '', ports: [80], a, aaaa: [] }])] };
  });
  const keys = entries.map((_, i) => wireName(`svc-${i}.ns-${i % 7}.svc`));
  const round = (shift: number): void => {
    for (let i = 0; i < 1000; i++) {
      image.set(keys[i], entries[(i + shift) % 1000]);
      image.setAddress(i, entries[(i + shift) % 1000]);
    }
  };
  for (let shift = 0; shift < 40; shift++) round(shift);
  const before = getHeapStatistics().total_allocated_bytes;
  for (let shift = 40; shift < 60; shift++) round(shift);
  const bytes = (getHeapStatistics().total_allocated_bytes - before) / 40_000;
  assert.ok(bytes < 40, `${bytes} bytes a call; one array of octets would be 100`);
});

describe('ImageWriter, many names', () => {
  const names = Array.from({ length: 5000 }, (_, i) => wireName(`svc-${i}.ns-${i % 50}.svc`));
  const full = (): TestZone => {
    const zone = openZone(1 << 20);
    for (const [i, name] of names.entries()) zone.writer.image('kube').set(name, one(i & 255));
    return zone;
  };

  test('grows through all table sizes', () => {
    const { images, writer } = full();
    const image = images.image('kube');
    for (const [i, name] of names.entries())
      assert.deepEqual(dataOf(image, findName(image, name), A), [10, 0, 0, i & 255]);
    assert.equal(writer.image('kube').names(), 5000);
  });

  test('gives everything back when all is deleted, the table too', () => {
    const { writer } = full();
    for (const name of names) assert.equal(writer.image('kube').set(name, undefined), true);
    for (let i = 0; i < 100; i++) writer.image('kube').set(names[0], i % 2 === 0 ? one(1) : undefined);
    assert.equal(writer.image('kube').names(), 0);
    assert.ok(writer.bytesUsed < 24 * 1024, `${writer.bytesUsed} bytes are in use for nothing`);
  });

  test('retain takes away what is refused, names and addresses', () => {
    const { writer } = full();
    const image = writer.image('kube');
    image.setAddress(ipv4('10.0.0.1'), one(1));
    const kept = new Set(names.filter((_, i) => i % 10 === 0));
    assert.equal(
      image.retain((key) => kept.has(key)),
      4501,
    );
    assert.equal(image.names(), 500);
    for (const [i, name] of names.entries()) assert.equal(image.has(name), i % 10 === 0, `name ${i}`);
    assert.equal(
      image.retain(() => true),
      0,
    );
  });

  test('retain of an image without names', () => {
    assert.equal(
      openZone(65_536)
        .writer.image('empty')
        .retain(() => false),
      0,
    );
  });
});

describe('ZoneWriter.open', () => {
  test('takes over every image as it is', () => {
    const { segment, readers, writer, images } = openZone(1 << 20);
    for (let i = 0; i < 1000; i++) writer.image(i % 2 === 0 ? 'even' : 'ödd').set(wireName(`n${i}`), one(i & 255));
    for (let i = 0; i < 1000; i += 3) writer.image(i % 2 === 0 ? 'even' : 'ödd').set(wireName(`n${i}`), undefined);
    writer.image('even').setSerial(12);
    writer.image('even').setSynced(true);
    writer.image('gone').set(wireName('x'), one(1));
    writer.drop('gone');
    const next = ZoneWriter.open(segment, readers);
    assert.equal(next.seed, SEED);
    assert.deepEqual(next.keys().toSorted(), ['even', 'ödd']);
    assert.equal(next.image('even').names() + next.image('ödd').names(), 666);
    const even = images.image('even');
    assert.deepEqual([even.serial(), even.synced()], [12, true]);
    for (let i = 0; i < 1000; i++) {
      assert.deepEqual(
        next.image(i % 2 === 0 ? 'even' : 'ödd').get(wireName(`n${i}`)),
        i % 3 === 0 ? undefined : one(i & 255),
        `n${i}`,
      );
    }
    assert.ok(next.bytesUsed <= writer.bytesUsed);
  });

  test('heals a count of names and a table that a dead writer left behind', () => {
    const { segment, readers, writer, images } = openZone(65_536);
    writer.image('kube').set(wireName('a'), one(1));
    writer.image('kube').set(wireName('b'), one(1));
    segment.u32[(recordAt(0) + 8) >>> 2] = 77;
    segment.u32[(recordAt(5) + RECORD_TABLE) >>> 2] = 4096 + 8192;
    const next = ZoneWriter.open(segment, readers);
    assert.equal(images.image('kube').names(), 2);
    assert.deepEqual(next.keys(), ['kube']);
    assert.equal(segment.u32[(recordAt(5) + RECORD_TABLE) >>> 2], 0);
  });

  test('gives a fresh segment a seed of its own when none is asked for', () => {
    const segments = [1, 2].map(() => Segment.create('zones', 65_536));
    const readers = new Readers(Segment.create('readers', readersBytes(1)));
    const seeds = segments.map((segment) => ZoneWriter.open(segment, readers).seed);
    assert.notEqual(seeds[0], seeds[1]);
    assert.equal(ZoneWriter.open(segments[0], readers, seeds[0] | 0).seed, seeds[0]);
  });

  const bad: { name: string; spoil: (zone: TestZone) => unknown; says: RegExp; code: string | undefined }[] = [
    {
      name: 'another layout version',
      spoil: ({ segment }) => segment.u32.fill(7, VERSION_AT >>> 2, (VERSION_AT >>> 2) + 1),
      says: /layout version 7, this program writes 1/,
      code: 'ERR_ZONE_DAMAGED',
    },
    {
      name: 'a table outside',
      spoil: ({ segment }) =>
        segment.u32.fill(8, (recordAt(0) + RECORD_TABLE) >>> 2, (recordAt(0) + RECORD_TABLE + 4) >>> 2),
      says: /no table at 8|does not lie in the heap/,
      code: 'ERR_ZONE_DAMAGED',
    },
    {
      name: 'a slot that points nowhere',
      spoil: ({ segment }) => spoilSlot(segment, () => 0x07ffffff),
      says: /does not lie in the heap|is not the entry/,
      code: 'ERR_ZONE_DAMAGED',
    },
    {
      name: 'a slot with another tag',
      spoil: ({ segment }) => spoilSlot(segment, (slot) => (slot ^ 0x80000000) >>> 0),
      says: /not the entry that its slot points to/,
      code: 'ERR_ZONE_DAMAGED',
    },
    {
      name: 'two slots for one entry',
      spoil: ({ segment }) => spoilSlot(segment, (slot) => slot, 1),
      says: /overlaps/,
      code: 'ERR_ZONE_DAMAGED',
    },
  ];
  for (const row of bad) {
    test(`refuses ${row.name}`, () => {
      const zone = openZone(65_536);
      zone.writer.image('kube').set(wireName('web'), one(1));
      row.spoil(zone);
      assert.throws(() => ZoneWriter.open(zone.segment, zone.readers), { message: row.says, code: row.code });
    });
  }

  test('refuses another seed than the segment has', () => {
    const { segment, readers } = openZone(65_536);
    assert.throws(() => ZoneWriter.open(segment, readers, SEED + 1), {
      name: 'RangeError',
      message: /seed 4711, not 4712/,
    });
  });

  for (const bytes of [64, 4096, 8184, MAX_SEGMENT_BYTES + 8]) {
    test(`refuses a segment of ${bytes} bytes`, () => {
      const readers = new Readers(Segment.create('readers', readersBytes(1)));
      assert.throws(() => ZoneWriter.open(Segment.create('zones', bytes), readers), {
        name: 'RangeError',
        message: /memory\.zones/,
      });
    });
  }
});

/** Changes the used slot of the first image's table, or with `step` copies it that many slots further. */
function spoilSlot(segment: Segment, change: (slot: number) => number, step = 0): void {
  const first = (segment.u32[(recordAt(0) + RECORD_TABLE) >>> 2] + TABLE_SLOTS) >>> 2;
  const used = segment.u32.subarray(first, first + 8).findIndex((slot) => slot !== 0);
  segment.u32[first + ((used + step) & 7)] = change(segment.u32[first + used]);
}

describe('ZoneWriter.image and drop', () => {
  test('one writer for one key', () => {
    const { writer } = openZone(65_536);
    assert.equal(writer.image('a'), writer.image('a'));
    assert.notEqual(writer.image('a'), writer.image('b'));
    assert.throws(() => writer.image(''), RangeError);
  });

  test('drop gives all memory back and closes the image', () => {
    const { writer } = openZone(1 << 20);
    const used = writer.bytesUsed;
    const image = writer.image('a');
    for (let i = 0; i < 2000; i++) image.set(wireName(`n${i}`), one(1));
    assert.equal(writer.drop('a'), true);
    assert.equal(writer.drop('a'), false);
    assert.throws(() => image.set(wireName('x'), one(1)), /was dropped/);
    assert.throws(() => image.setSerial(1), /was dropped/);
    for (let i = 0; i < 200; i++) {
      writer.image('b').set(wireName('x'), one(i));
      writer.drop('b');
    }
    assert.ok(writer.bytesUsed - used < 16 * 1024, `${writer.bytesUsed - used} bytes are still in use`);
    assert.equal(writer.image('a').names(), 0);
  });

  test('a new image in an old record has nothing of its predecessor', () => {
    const { writer, images } = openZone(1 << 20);
    for (let i = 0; i < IMAGES; i++) {
      const image = writer.image(`old ${i}`);
      image.setSerial(5);
      image.setSynced(true);
      image.setTtl(9);
      writer.drop(`old ${i}`);
    }
    writer.image('new');
    const image = images.image('new');
    assert.deepEqual([image.serial(), image.synced(), image.ttl(), image.names()], [0, false, 0, 0]);
  });

  test('the directory has a limit, and a record is not reused under a reader', () => {
    const { writer, readers } = openZone(1 << 20);
    for (let i = 0; i < IMAGES; i++) writer.image(`image ${i}`);
    assert.throws(() => writer.image('one more'), { name: 'RangeError', message: /at most 64 images/ });
    readers.enter(0);
    writer.drop('image 7');
    assert.throws(() => writer.image('one more'), RangeError);
    readers.leave(0);
    writer.image('one more').set(wireName('x'), one(1));
  });
});

describe('ZoneFullError', () => {
  const numbered = (i: number): Key => wireName(`n${String(i).padStart(4, '0')}`);
  /** Names until the segment is full; returns how many fitted. */
  const fill = (zone: TestZone, bytes: number): number => {
    for (let i = 0; ; i++) {
      try {
        zone.writer.image('kube').set(numbered(i), sized(bytes));
      } catch (error) {
        assert.deepEqual(
          { ...(error as Error) },
          { code: 'ERR_ZONE_FULL', name: 'ZoneFullError', bytesUsed: zone.writer.bytesUsed, limit: zone.writer.limit },
        );
        assert.match(
          (error as Error).message,
          /^zone memory is full: \d+ of \d+ bytes are in use and \d+ more are needed; raise memory\.zones$/,
        );
        return i;
      }
    }
  };
  for (const bytes of [0, 10, 100, 1000]) {
    test(`names of ${bytes} octets: what was published stays, and room that was made can be used`, () => {
      const zone = openZone(65_536);
      const image = zone.images.image('kube');
      const count = fill(zone, bytes);
      assert.ok(count > 10);
      assert.ok(zone.writer.bytesUsed > zone.writer.limit * 0.6, `${zone.writer.bytesUsed} of ${zone.writer.limit}`);
      for (let i = 0; i < count; i++)
        assert.equal(dataOf(image, findName(image, numbered(i)), 16)?.length, bytes + 2, `n${i}`);
      assert.equal(findName(image, numbered(count)), 0);
      for (let i = 0; i < count; i += 2) zone.writer.image('kube').set(numbered(i), undefined);
      for (let i = 0; i < count / 2 - 2; i++)
        zone.writer.image('kube').set(wireName(`m${String(i).padStart(4, '0')}`), sized(bytes));
    });
  }

  test('an entry that could never fit', () => {
    const zone = openZone(16_384);
    const image = zone.writer.image('kube');
    image.set(wireName('x'), one(1));
    assert.throws(() => image.set(wireName('x'), sized(20_000)), { code: 'ERR_ZONE_FULL', limit: 16_384 - HEAP_AT });
    assert.deepEqual(image.get(wireName('x')), one(1));
  });

  test('names can be replaced and deleted in a full segment', () => {
    const zone = openZone(65_536);
    const count = fill(zone, 100);
    const kube = zone.writer.image('kube');
    for (let i = 0; i < 8; i++) assert.equal(kube.set(numbered(i), undefined), true);
    for (let round = 0; round < 50; round++) {
      for (let i = 8; i < count; i += 7)
        assert.equal(kube.set(numbered(i), sized(99 - (round % 2))), true, `n${i}, round ${round}`);
    }
    assert.equal(kube.names(), count - 8);
  });

  test('room that only waits for readers is waited for', () => {
    const zone = openZone(65_536);
    const count = fill(zone, 100);
    const kube = zone.writer.image('kube');
    zone.readers.enter(0);
    for (let i = 2; i < 12; i++) kube.set(numbered(i), undefined);
    assert.throws(() => kube.set(numbered(1), sized(1000)), { code: 'ERR_ZONE_FULL' });
    assert.deepEqual(kube.get(numbered(1)), sized(100));
    zone.readers.leave(0);
    assert.equal(kube.set(numbered(1), sized(1000)), true);
    assert.equal(kube.names(), count - 10);
  });
});
