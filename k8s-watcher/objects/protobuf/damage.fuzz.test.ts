// Watches and lists that were cut, or in which octets were changed: a ProtobufError or an event, never anything else.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WatchEvent } from '../../api/events.ts';
import { managed, podWithSpec } from '../../testing/large.ts';
import { type Plain, plainNamespace, plainService, plainSlice } from '../../testing/objects.ts';
import { protobufBody, protobufFrame } from '../../testing/protobuf.ts';
import type { Kind } from '../object.ts';
import { ProtobufError } from './error.ts';
import { openList } from './list.ts';
import { ProtobufWatch } from './watch.ts';

const ROUNDS = 1500;
const LIMIT = 1 << 16;

let state = 11;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) % below;
}

const OBJECTS: readonly (readonly [Kind, Plain])[] = [
  ['Namespace', plainNamespace('prod', { a: 'b' })],
  ['Service', managed(plainService('web', { ip: ['10.0.0.1', 'fd00::1'], ports: ['http 80'], labels: { a: 'b' } }))],
  [
    'EndpointSlice',
    plainSlice('web', [{ ip: '10.1.0.1', hostname: 'h', pod: 'p', zone: 'z' }], { ports: ['http 80'] }),
  ],
  ['Pod', managed(podWithSpec('web-0', '10.1.0.1'))],
];

/** A copy with some octets changed, or without its end. */
function damage(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  for (let count = random(4); count >= 0; count--) {
    const at = random(copy.length);
    copy[at] = random(2) === 0 ? copy[at] ^ (1 << random(8)) : random(256);
  }
  return random(4) === 0 ? copy.subarray(0, random(copy.length)) : copy;
}

/** Returns whether it was refused. */
function refused(read: () => void, body: Buffer): boolean {
  try {
    read();
    return false;
  } catch (error) {
    assert.ok(error instanceof ProtobufError, `${body.toString('base64')}: ${String(error)}`);
    assert.ok(!error.message.includes('\n') && error.message.length < 300, error.message);
    return true;
  }
}

function check({ problem = '' }: WatchEvent): void {
  assert.ok(!problem.includes('\n') && problem.length < 700, problem);
}

function inChunks(body: Buffer, push: (chunk: Buffer) => void): void {
  const size = 1 + random(body.length + 1);
  for (let at = 0; at < body.length; at += size) push(body.subarray(at, at + size));
}

for (const [kind, plain] of OBJECTS)
  describe(`${kind} with octets changed`, () => {
    it('in a watch', () => {
      const whole = Buffer.concat([protobufFrame('ADDED', plain), protobufFrame('MODIFIED', plain)]);
      let count = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const body = damage(whole);
        const watch = new ProtobufWatch(kind, true, LIMIT);
        if (refused(() => inChunks(body, (chunk) => watch.push(chunk, check)), body)) count++;
      }
      assert.ok(count > ROUNDS / 50);
    });

    it('in a list', () => {
      const apiVersion = String(plain['apiVersion']);
      const whole = protobufBody({
        apiVersion,
        kind: `${kind}List`,
        metadata: { resourceVersion: '7' },
        items: [plain, plain],
      });
      let count = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const body = damage(whole);
        const list = openList(kind, true, LIMIT);
        const read = (): void => {
          inChunks(body, (chunk) => list.push(chunk, check));
          list.end();
        };
        if (refused(read, body)) count++;
      }
      assert.ok(count > ROUNDS / 50);
    });

    it('cut anywhere, a list is never taken for a whole one', () => {
      const apiVersion = String(plain['apiVersion']);
      const whole = protobufBody({
        apiVersion,
        kind: `${kind}List`,
        metadata: { resourceVersion: '7' },
        items: [plain],
      });
      // Its last four octets are two fields that say nothing.
      for (let end = 0; end < whole.length - 4; end++) {
        const list = openList(kind);
        const read = (): void => {
          list.push(whole.subarray(0, end), check);
          list.end();
        };
        assert.ok(refused(read, whole), `cut at ${end}`);
      }
    });
  });
