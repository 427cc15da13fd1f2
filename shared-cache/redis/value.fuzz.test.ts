// Hostile values: whatever lies in Redis, decoding ends, and only what the fleet wrote is believed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerEntry } from '#answers/entry.ts';
import { FleetKeys } from './keys.ts';
import { payloadLength, readPayload, writePayload } from './payload.ts';
import { decodeValue, encodeValue, GOOD } from './value.ts';

const KEYS = new FleetKeys('the key of this fleet', 'a policy');
const DIGEST = KEYS.digest(Uint8Array.of(1, 2, 3));
const NOW = 1_800_000_000;
const ROUNDS = 20_000;

/** Numbers from a seed: mulberry32. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

test('a value with any octets changed, cut or added is not believed', () => {
  const random = randomFrom(1);
  const payload = Uint8Array.from({ length: 100 }, () => random(256));
  const original = encodeValue(KEYS, DIGEST, NOW, 60, payload);
  for (let round = 0; round < ROUNDS; round++) {
    let value = original.slice();
    for (let i = random(4); i >= 0; i--) value[random(value.length)] ^= 1 + random(255);
    if (random(3) === 0) value = value.subarray(0, random(value.length));
    if (random(3) === 0) value = Buffer.concat([value, new Uint8Array(random(50))]);
    const { judgement } = decodeValue(KEYS, DIGEST, NOW, value);
    assert.equal(judgement === GOOD, Buffer.compare(value, original) === 0, `round ${round}`);
  }
});

test('noise is not believed', () => {
  const random = randomFrom(2);
  for (let round = 0; round < ROUNDS; round++) {
    const value = Uint8Array.from({ length: random(120) }, () => random(256));
    if (round % 2 === 0) value.set([0x53, 0x68, 1, 0].slice(0, value.length));
    assert.notEqual(decodeValue(KEYS, DIGEST, NOW, value).judgement, GOOD);
  }
});

test('payloads of noise are refused, or stay within their octets', () => {
  const random = randomFrom(3);
  const entry = new AnswerEntry();
  for (let round = 0; round < ROUNDS; round++) {
    const length = random(80);
    const bytes = Uint8Array.from({ length: length + 20 }, () => (random(3) === 0 ? random(256) : random(3)));
    const at = random(20);
    const body = readPayload(entry, bytes, at, at + length);
    if (body < 0) continue;
    assert.equal(body + entry.bodyLength, at + length);
    for (let i = 0; i < entry.records; i++) assert.ok(entry.ttlOffsets[i] + 4 <= entry.bodyLength);
  }
});

test('answers come back as they were written', () => {
  const random = randomFrom(4);
  const entry = new AnswerEntry();
  const read = new AnswerEntry();
  for (let round = 0; round < 2000; round++) {
    entry.bodyLength = 4 + random(600);
    entry.flags = random(65_536);
    entry.answers = random(20);
    entry.authorities = random(5);
    entry.additionals = random(5);
    entry.plainSize = random(100_000);
    for (let i = 0; i < entry.records; i++) entry.ttlOffsets[i] = random(entry.bodyLength - 3);
    const body = Uint8Array.from({ length: entry.bodyLength }, () => random(256));
    const octets = new Uint8Array(payloadLength(entry) + 8);
    writePayload(1, entry, body, 0, octets, 8);
    const at = readPayload(read, octets, 8, octets.length);
    assert.deepEqual(octets.subarray(at), body);
    const { bodyLength, flags, answers, authorities, additionals, plainSize } = entry;
    assert.deepEqual(
      [read.bodyLength, read.flags, read.answers, read.authorities, read.additionals, read.plainSize],
      [bodyLength, flags, answers, authorities, additionals, plainSize],
    );
    for (let i = 0; i < entry.records; i++) assert.equal(read.ttlOffsets[i], entry.ttlOffsets[i]);
  }
});
