// Lookups in images: names, addresses, RRsets, images that come and go.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Segment } from '#memory/segment.ts';
import { type Address, addressOf } from '#wire/address.ts';
import { hashName } from '#wire/hash.ts';
import { addresses, addressKey, plain, relative, targets } from './entry.ts';
import { EntryFlag, Form, SLOT_TAG_SHIFT, VERSION_AT } from './layout.ts';
import { ZoneImages } from './reader.ts';
import { ipv4, ipv6, octets, wireName } from './testing/names.ts';
import { dataOf, findAddress, findClient, findName, openZone, SEED } from './testing/zone.ts';

const A = 1;
const AAAA = 28;
const v6 = ipv6(9);
const one = (octet: number) => ({ flags: 0, rrsets: [addresses(A, 5, [ipv4(`10.0.0.${octet}`)])] });

describe('ZoneImage.find', () => {
  const { writer, images } = openZone(65_536);
  const kube = writer.image('kube');
  kube.set(wireName(''), { flags: EntryFlag.TXT_IS_NXDOMAIN, rrsets: [] });
  kube.set(wireName('web.default.svc'), one(1));
  kube.set(wireName('web2.default.svc'), one(2));
  kube.set(wireName('default.svc'), { flags: EntryFlag.TXT_IS_NXDOMAIN, rrsets: [] });
  writer.image('hosts').set(wireName('web.default.svc'), one(9));
  const image = images.image('kube');

  const rows: { name: string; key: string; a: number[] | undefined; found: boolean }[] = [
    { name: 'a name with data', key: 'web.default.svc', a: [10, 0, 0, 1], found: true },
    { name: 'its neighbour', key: 'web2.default.svc', a: [10, 0, 0, 2], found: true },
    { name: 'a name without data', key: 'default.svc', a: undefined, found: true },
    { name: 'the apex', key: '', a: undefined, found: true },
    { name: 'an unknown name', key: 'web3.default.svc', a: undefined, found: false },
    { name: 'a name above known ones that was not published', key: 'svc', a: undefined, found: false },
    { name: 'a name below a known one', key: 'x.web.default.svc', a: undefined, found: false },
    { name: 'a name that is the beginning of a known one', key: 'web.default', a: undefined, found: false },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const entry = findName(image, wireName(row.key));
      assert.equal(entry !== 0, row.found);
      assert.deepEqual(dataOf(image, entry, A), row.a);
    });
  }

  test('images of one segment do not mix', () => {
    const hosts = images.image('hosts');
    assert.deepEqual(dataOf(hosts, findName(hosts, wireName('web.default.svc')), A), [10, 0, 0, 9]);
    assert.equal(findName(hosts, wireName('default.svc')), 0);
  });

  test('a hash may come as a signed or an unsigned number', () => {
    for (const label of ['web', 'web2']) {
      const name = octets(wireName(`${label}.default.svc`));
      const hash = hashName(SEED, name, 0, name.length);
      assert.notEqual(image.find(hash | 0, name, 0, name.length), 0);
      assert.equal(image.find(hash >>> 0, name, 0, name.length), image.find(hash | 0, name, 0, name.length));
    }
  });

  test('flags of the entry', () => {
    assert.equal(image.flags(findName(image, wireName(''))), EntryFlag.TXT_IS_NXDOMAIN);
    assert.equal(image.flags(findName(image, wireName('web.default.svc'))), 0);
  });
});

describe('ZoneImage.findAddress', () => {
  const { writer, images } = openZone(65_536);
  const reverse = writer.image('kube');
  reverse.setAddress(ipv4('10.0.0.1'), { flags: 0, rrsets: [relative(12, 5, [wireName('web.default.svc')])] });
  reverse.setAddress(v6, { flags: 0, rrsets: [relative(12, 5, [wireName('six')])] });
  const image = images.image('kube');
  const rows: { name: string; address: Address; ptr: number[] | undefined }[] = [
    { name: 'an IPv4 address', address: ipv4('10.0.0.1'), ptr: [16, ...octets(wireName('web.default.svc'))] },
    { name: 'an IPv6 address', address: v6, ptr: [4, ...octets(wireName('six'))] },
    { name: 'an unknown address', address: ipv4('10.0.0.2'), ptr: undefined },
    {
      name: 'an IPv6 address that begins as a known IPv4 one',
      address: addressOf(Uint8Array.of(10, 0, 0, 1, ...new Uint8Array(12))),
      ptr: undefined,
    },
  ];
  for (const row of rows) {
    test(row.name, () => assert.deepEqual(dataOf(image, findAddress(image, row.address), 12), row.ptr));
  }

  test('an address is not found as a name, nor a name as an address', () => {
    const label = wireName('abc');
    reverse.set(label, one(1));
    assert.equal(findAddress(image, addressOf(octets(label))), 0);
    assert.equal(findName(image, '\x0a\0\0\x01'), 0);
    assert.equal(reverse.has(addressKey(ipv4('10.0.0.1'))), true);
  });
});

describe('ZoneImage.findClient', () => {
  const { writer, images } = openZone(65_536);
  const clients = writer.image('kube');
  const image = images.image('kube');
  const both = ipv4('10.0.0.1');
  clients.setAddress(both, { flags: 0, rrsets: [relative(12, 5, [wireName('web.default.svc')])] });
  clients.setClient(both, { flags: 0, rrsets: [relative(12, 0, [wireName('default')])] });
  clients.setClient(v6, { flags: 0, rrsets: [relative(12, 0, [wireName('six')])] });

  test('an address has two entries that know nothing of each other', () => {
    assert.deepEqual(dataOf(image, findClient(image, both), 12), [8, ...octets(wireName('default'))]);
    assert.deepEqual(dataOf(image, findAddress(image, both), 12), [16, ...octets(wireName('web.default.svc'))]);
    assert.deepEqual(dataOf(image, findClient(image, v6), 12), [4, ...octets(wireName('six'))]);
    assert.equal(findAddress(image, v6), 0);
  });
  test('one goes, the other stays', () => {
    assert.equal(clients.setClient(both, undefined), true);
    assert.equal(findClient(image, both), 0);
    assert.notEqual(findAddress(image, both), 0);
  });
});

describe('ZoneImage.rrset', () => {
  const { writer, images } = openZone(65_536);
  const srv = targets(30, 33, 2, [{ label: '', ports: [80], a: [ipv4('10.0.0.1')], aaaa: [] }]);
  writer.image('z').set(wireName('m'), {
    flags: EntryFlag.ALIAS | 0x40,
    rrsets: [
      plain(16, 7, [Uint8Array.of(2, 104, 105)]),
      addresses(AAAA, 0x7fffffff, [v6, v6]),
      srv,
      relative(5, 0, [wireName('t')]),
    ],
  });
  const image = images.image('z');
  const entry = findName(image, wireName('m'));
  const rows: {
    name: string;
    type: number;
    form: number;
    count: number;
    ttl: number;
    skip: number;
    weight: number;
    bytes: number;
  }[] = [
    { name: 'TXT', type: 16, form: Form.PLAIN, count: 1, ttl: 7, skip: 0, weight: 0, bytes: 5 },
    { name: 'AAAA', type: AAAA, form: Form.PACKED, count: 2, ttl: 0x7fffffff, skip: 0, weight: 0, bytes: 32 },
    { name: 'SRV', type: 33, form: Form.TARGETS, count: 1, ttl: 30, skip: 2, weight: 33, bytes: 13 },
    { name: 'CNAME', type: 5, form: Form.RELATIVE, count: 1, ttl: 0, skip: 0, weight: 0, bytes: 3 },
  ];
  for (const row of rows) {
    test(`${row.name}: form, count, TTL, skip, weight, data`, () => {
      const rrset = image.rrset(entry, row.type);
      assert.ok(rrset > entry && rrset % 4 === 0);
      assert.equal(image.rrsetForm(rrset), row.form);
      assert.equal(image.rrsetCount(rrset), row.count);
      assert.equal(image.rrsetTtl(rrset), row.ttl);
      assert.equal(image.rrsetSkip(rrset), row.skip);
      assert.equal(image.rrsetWeight(rrset), row.weight);
      assert.equal(image.rrsetDataBytes(rrset), row.bytes);
      assert.equal(image.rrsetDataAt(rrset), rrset + 16);
    });
  }
  test('a type that is not there is 0', () => {
    for (const type of [A, 0, 255, 65_535, 16 + 65_536]) assert.equal(image.rrset(entry, type), 0, `type ${type}`);
  });
  test('flags with an owner’s bit', () => assert.equal(image.flags(entry), EntryFlag.ALIAS | 0x40));
});

describe('ZoneImages.image', () => {
  test('finds nothing before the writer has made the image, and everything afterwards', () => {
    const segment = openZone(65_536);
    const image = segment.images.image('later');
    const name = wireName('web');
    assert.equal(findName(image, name), 0);
    assert.deepEqual([image.serial(), image.synced(), image.names(), image.ttl()], [0, false, 0, 0]);
    segment.writer.image('other').set(name, one(1));
    assert.equal(findName(image, name), 0);
    const later = segment.writer.image('later');
    assert.equal(findName(image, name), 0);
    later.set(name, one(2));
    later.setSerial(0xfffffffe);
    later.setSynced(true);
    later.setTtl(30);
    assert.deepEqual(dataOf(image, findName(image, name), A), [10, 0, 0, 2]);
    assert.deepEqual([image.serial(), image.synced(), image.names(), image.ttl()], [0xfffffffe, true, 1, 30]);
    later.setSynced(false);
    assert.equal(image.synced(), false);
  });

  test('works on a segment that no writer has opened yet', () => {
    const images = new ZoneImages(Segment.create('zones', 65_536));
    assert.equal(images.seed, 0);
    assert.equal(findName(images.image('kube'), wireName('web')), 0);
  });

  test('follows an image that is dropped and made again, also in another record', () => {
    const { writer, images } = openZone(65_536);
    const image = images.image('b');
    const name = wireName('web');
    writer.image('a').set(name, one(1));
    writer.image('b').set(name, one(2));
    assert.deepEqual(dataOf(image, findName(image, name), A), [10, 0, 0, 2]);
    writer.drop('a');
    writer.drop('b');
    assert.equal(findName(image, name), 0);
    assert.equal(image.names(), 0);
    for (let i = 0; i < 63; i++) writer.image(`filler ${i}`).set(name, one(7));
    writer.image('b').set(name, one(3));
    assert.deepEqual(dataOf(image, findName(image, name), A), [10, 0, 0, 3]);
  });

  test('keys with the same hash are told apart', () => {
    // FNV-1a, 32 bits: both have 0x5e4daa9d, a known collision.
    const { writer, images } = openZone(65_536);
    const name = wireName('web');
    writer.image('costarring').set(name, one(1));
    writer.image('liquid').set(name, one(2));
    for (const [key, octet] of [
      ['costarring', 1],
      ['liquid', 2],
    ] as const) {
      const image = images.image(key);
      assert.deepEqual(dataOf(image, findName(image, name), A), [10, 0, 0, octet], key);
    }
  });

  test('refuses a segment of another version', () => {
    const { segment } = openZone(65_536);
    segment.u32[VERSION_AT >>> 2] = 999;
    assert.throws(() => new ZoneImages(segment), /layout version 999, this program reads 1/);
  });

  test('reads through a mapping that it cannot write to', () => {
    const { segment, writer } = openZone(65_536);
    writer.image('kube').set(wireName('web'), one(4));
    const images = new ZoneImages(Segment.map(segment.handle, false));
    const image = images.image('kube');
    assert.equal(images.seed, SEED);
    assert.deepEqual(dataOf(image, findName(image, wireName('web')), A), [10, 0, 0, 4]);
  });
});

test('names whose hashes agree in the whole slot and tag are told apart by their octets', () => {
  const { writer, images } = openZone(1 << 20);
  const kube = writer.image('kube');
  const image = images.image('kube');
  const byTag = new Map<number, string[]>();
  for (let i = 0; i < 2000; i++) {
    const name = octets(wireName(`n${i}`));
    const hash = hashName(SEED, name, 0, name.length);
    const place = (hash >>> SLOT_TAG_SHIFT) * 8 + (hash & 7);
    byTag.set(place, [...(byTag.get(place) ?? []), `n${i}`]);
  }
  const crowd = [...byTag.values()].toSorted((a, b) => b.length - a.length)[0].slice(0, 4);
  assert.equal(crowd.length, 4);
  crowd.forEach((text, i) => {
    kube.set(wireName(text), one(i));
  });
  crowd.forEach((text, i) => {
    assert.deepEqual(dataOf(image, findName(image, wireName(text)), A), [10, 0, 0, i]);
  });
});

test('find and rrset allocate nothing', () => {
  const { writer, images } = openZone(1 << 20);
  const names = Array.from({ length: 256 }, (_, i) => wireName(`name-${i}`));
  for (const name of names) writer.image('kube').set(name, one(1));
  const wire = names.map(octets);
  const image = images.image('kube');
  const hashes = Int32Array.from(wire, (name) => hashName(SEED, name, 0, name.length));
  const round = (): number => {
    let sum = 0;
    for (let i = 0; i < 256; i++) sum += image.rrset(image.find(hashes[i], wire[i], 0, wire[i].length), A);
    return sum;
  };
  for (let i = 0; i < 400; i++) round();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 800; i++) round();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 400_000, `${grown} bytes for 204,800 lookups`);
});
