// Objects with anything anywhere: decoded, passed over, or an ObjectError of one line; never anything else.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ObjectError } from '../errors.ts';
import { type Plain, plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import { decodeObject } from './decode.ts';

const ROUNDS = 4000;
const STRANGE: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e99, '', 'x', '::', '1.2.3.4', 'a..b', '\u0000', '__proto__', 'é', 'x'.repeat(300)],
  ...[[], [null], [[]], {}, { name: 7 }, { addresses: 'x' }, [{ port: 'x' }], ['::1', 7]],
];

let state = 3;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) % below;
}

/** Replaces one value somewhere within. */
function damage(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random(6) === 0) return STRANGE[random(STRANGE.length)];
  if (Array.isArray(value)) {
    if (value.length === 0) return [STRANGE[random(STRANGE.length)]];
    const at = random(value.length);
    return value.map((item: unknown, index) => (index === at ? damage(item) : item));
  }
  const keys = Object.keys(value);
  if (keys.length === 0) return STRANGE[random(STRANGE.length)];
  const key = keys[random(keys.length)];
  return { ...value, [key]: damage((value as Plain)[key]) };
}

describe('decodeObject', () => {
  const rows: Record<string, Plain> = {
    'a namespace': plainNamespace('prod', { a: 'b' }),
    'a service': plainService('web', {
      ip: ['10.0.0.1', 'fd00::1'],
      ports: ['http 80', 'dns 53/UDP'],
      labels: { a: 'b' },
    }),
    'an alias': plainService('ext', { externalName: 'example.org' }),
    'a balanced service': {
      ...plainService('lb', { ip: '10.0.0.2' }),
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.net' }] } },
    },
    'a slice': plainSlice('web', [{ ip: '10.1.0.1', hostname: 'h', pod: 'p', zone: 'z' }, 'fd00::2'], {
      ports: ['http 80'],
    }),
    'a pod': plainPod('p', '10.1.0.1', { labels: { a: 'b' } }),
  };
  for (const [name, plain] of Object.entries(rows))
    it(`${name} with something strange in it`, () => {
      let refused = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const damaged = damage(random(4) === 0 ? damage(plain) : plain);
        try {
          decodeObject(damaged);
        } catch (error) {
          assert.ok(error instanceof ObjectError, `${JSON.stringify(damaged)}: ${String(error)}`);
          assert.ok(!error.message.includes('\n') && error.message.length < 700, error.message);
          refused++;
        }
      }
      assert.ok(refused > ROUNDS / 20);
    });
});
