import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEADER_BYTES } from './constants.ts';
import { copyName, equalNames, nameLengthAt, RecordCursor, skipName } from './message.ts';
import { copyRdata, rdataLengthAt } from './rdata.ts';

/** Small, seeded, good enough to shake a parser (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** The same question answered the slow and obvious way: labels as texts, or undefined for malformed names. */
function modelName(bytes: Uint8Array, message: number, at: number, end: number): string[] | undefined {
  const labels: string[] = [];
  let octets = 1;
  let pointers = 0;
  let to = at;
  for (;;) {
    if (to >= end) return undefined;
    const length = bytes[to];
    if (length === 0) return octets <= 255 ? labels : undefined;
    if (length >= 0xc0) {
      if (to + 1 >= end) return undefined;
      const target = message + (length - 0xc0) * 256 + bytes[to + 1];
      if (target >= to || target < message + HEADER_BYTES || ++pointers > 127) return undefined;
      to = target;
    } else if (length > 63) return undefined;
    else {
      octets += length + 1;
      if (octets > 255) return undefined;
      labels.push(Buffer.from(bytes.subarray(to + 1, to + 1 + length)).toString('latin1'));
      to += length + 1;
    }
  }
}

/** Octets of which many are small labels, zeros and pointers near by. */
function soup(next: () => number, length: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + length);
  for (let i = HEADER_BYTES; i < bytes.length; i++) {
    const kind = next() % 10;
    if (kind < 4) bytes[i] = next() % 4;
    else if (kind < 5) bytes[i] = 0;
    else if (kind < 8 && i + 1 < bytes.length) {
      const target = next() % (i + 2);
      bytes[i++] = 0xc0 | (target >>> 8);
      bytes[i] = target;
    } else bytes[i] = next();
  }
  return bytes;
}

test('names in random octets are read as the model reads them', () => {
  const next = random(1);
  const copy = new Uint8Array(600);
  let good = 0;
  for (let round = 0; round < 4000; round++) {
    const bytes = soup(next, 4 + (next() % 120));
    const end = bytes.length;
    for (let at = HEADER_BYTES; at < end; at += 3) {
      const model = modelName(bytes, 0, at, end);
      const length = nameLengthAt(bytes, 0, at, end);
      assert.equal(length, model === undefined ? 0 : model.reduce((sum, label) => sum + label.length + 1, 1));
      if (model === undefined) continue;
      good++;
      assert.equal(copyName(bytes, 0, at, copy, 0), length);
      assert.deepEqual(modelName(copy, -HEADER_BYTES, 0, copy.length), model, 'the copy is the same name');
      assert.ok(skipName(bytes, at, end) > at);
      const other = HEADER_BYTES + (next() % (end - HEADER_BYTES));
      const otherModel = modelName(bytes, 0, other, end);
      if (otherModel === undefined) continue;
      const lower = (labels: string[]): string => labels.join('\0').replace(/[A-Z]/g, (c) => c.toLowerCase());
      const same = model.length === otherModel.length && lower(model) === lower(otherModel);
      assert.equal(equalNames(bytes, 0, at, other), same);
    }
  }
  assert.ok(good > 1000, `only ${good} well-formed names were tried`);
});

test('records in random octets stay within the message', () => {
  const next = random(2);
  const cursor = new RecordCursor();
  const copy = new Uint8Array(70_000);
  for (let round = 0; round < 20_000; round++) {
    const bytes = soup(next, next() % 200);
    const end = HEADER_BYTES + (next() % (bytes.length - HEADER_BYTES + 1));
    cursor.open(bytes, 0, HEADER_BYTES, end, next() % 5, next() % 5, next() % 5);
    for (let records = 0; cursor.next(); records++) {
      assert.ok(records < 15);
      assert.ok(cursor.endAt <= end && cursor.rdataAt >= cursor.ownerAt + 11);
      const { type, rdataAt, rdataLength } = cursor;
      const plain = rdataLengthAt(bytes, 0, type & 0x7f, rdataAt, rdataLength);
      assert.ok(plain >= -1 && plain <= rdataLength + 2 * 255);
      if (plain >= 0) assert.equal(copyRdata(bytes, 0, type & 0x7f, rdataAt, rdataLength, copy, 0), plain);
    }
  }
});
