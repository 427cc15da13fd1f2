// The layout is a contract between processes of different age: a change of any number here needs a new ZONE_VERSION.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as layout from './layout.ts';

test('offsets of layout version 1 are what version 1 means', () => {
  const numbers = Object.fromEntries(Object.entries(layout).filter(([, value]) => typeof value === 'number'));
  assert.deepEqual(numbers, {
    ZONE_VERSION: 1,
    VERSION_AT: 64,
    SEED_AT: 68,
    DIRECTORY_VERSION_AT: 72,
    IMAGES: 64,
    DIRECTORY_AT: 128,
    RECORD_BYTES: 64,
    HEAP_AT: 4224,
    MAX_SEGMENT_BYTES: 1073741824,
    RECORD_STATE: 0,
    RECORD_TABLE: 4,
    RECORD_NAMES: 8,
    RECORD_SERIAL: 12,
    RECORD_FLAGS: 16,
    RECORD_KEY_HASH: 20,
    RECORD_KEY: 24,
    RECORD_KEY_BYTES: 28,
    RECORD_TTL: 32,
    IMAGE_SYNCED: 1,
    TABLE_SLOTS: 8,
    SLOT_TAG_SHIFT: 27,
    SLOT_OFFSET_MASK: 0x07ffffff,
    SLOT_TOMBSTONE: 1,
    ENTRY_HASH: 0,
    ENTRY_BYTES: 4,
    ENTRY_NAME_LENGTH: 8,
    ENTRY_FLAGS: 9,
    ENTRY_RRSETS: 10,
    ENTRY_NAME: 12,
    ADDRESS_MARK: 255,
    CLIENT_MARK: 254,
    MAX_NAME: 254,
    RRSET_TYPE: 0,
    RRSET_FORM: 2,
    RRSET_SKIP: 3,
    RRSET_COUNT: 4,
    RRSET_WEIGHT: 6,
    RRSET_TTL: 8,
    RRSET_DATA_BYTES: 12,
    RRSET_DATA: 16,
  });
  assert.deepEqual(layout.Form, { PACKED: 1, PLAIN: 2, RELATIVE: 3, TARGETS: 4 });
  assert.deepEqual(layout.EntryFlag, { TXT_IS_NXDOMAIN: 1, ALIAS: 2 });
  assert.deepEqual(layout.ImageState, { FREE: 0, LIVE: 1, DROPPED: 2 });
});

test('rounding and records', () => {
  assert.deepEqual([0, 1, 4, 5].map(layout.align4), [0, 4, 4, 8]);
  assert.deepEqual([0, 1, 8, 9].map(layout.align8), [0, 8, 8, 16]);
  assert.deepEqual([0, 1, 63].map(layout.recordAt), [128, 192, 4160]);
  assert.equal(layout.recordAt(layout.IMAGES), layout.HEAP_AT);
});

test('hash of a key is FNV-1a, 32 bits', () => {
  const rows: [string, number][] = [
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ];
  for (const [key, hash] of rows) assert.equal(layout.hashKey(new TextEncoder().encode(key)), hash, key);
});
