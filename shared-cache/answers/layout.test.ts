// The offsets of the answers segment: processes of one replica agree on them, so a change needs another VERSION.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as layout from './layout.ts';

test('offsets of version 1', () => {
  const { wordsOf: _, ...numbers } = layout;
  assert.deepEqual(
    { ...numbers },
    {
      MAGIC: 0x72736e41,
      VERSION: 3,
      MAGIC_WORD: 16,
      VERSION_WORD: 17,
      SECRET_WORD: 18,
      GENERATION_WORD: 19,
      TABLES: 512,
      DESCRIPTORS_AT: 128,
      DESCRIPTOR_BYTES: 64,
      IN_FLIGHT_PLACES: 4096,
      IN_FLIGHT_WORDS: 2,
      IN_FLIGHT_AT: 32_896,
      TABLES_AT: 65_664,
      DESCRIPTOR: {
        STATE: 0,
        GENERATION: 1,
        KEY: 2,
        ASKED_ENTRIES: 6,
        ASKED_BYTES: 7,
        SETS: 8,
        WAYS_AT: 9,
        GRANULES: 10,
        RING_AT: 11,
        HEAD: 12,
        RETIRED_AT: 13,
      },
      KEY_WORDS: 4,
      STATE: { FREE: 0, USED: 1, RETIRED: 2 },
      WAYS: 8,
      SET_WORDS: 48,
      SET_BYTES: 192,
      EXPIRES_WORD: 16,
      HIT_WORD: 24,
      HITS_WORD: 32,
      REFRESH_WORD: 40,
      GRANULE_BYTES: 8,
      ENTRY_HEADER_WORDS: 9,
      POSITION_LIMIT: 0x7fffffff,
      MAX_BODY_BYTES: 16_384,
      MAX_RECORDS: 5957,
    },
  );
});

test('octets take up whole words', () => {
  assert.deepEqual([0, 1, 3, 4, 5, 255].map(layout.wordsOf), [0, 1, 1, 1, 2, 64]);
});
