import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SETTINGS } from './schema.ts';

/** `tcp.idleTimeout` → `SHOAL_TCP_IDLE_TIMEOUT`. */
function variable(key: string): string {
  return `SHOAL_${key
    .replace('.', '_')
    .replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`;
}

/** What Kubernetes puts into the environment of pods for services named shoal or shoal-…: never one of our names. */
const SERVICE_VARIABLE = /_SERVICE_(HOST|PORT)|_PORT(_\d+_(TCP|UDP))?$/;

for (const [key, setting] of SETTINGS) {
  describe(key, () => {
    it('is a word or two, with its environment variable named after it', () => {
      assert.match(key, /^[a-z]+\.[a-zA-Z]+$/);
      assert.equal(setting.env, variable(key));
      assert.doesNotMatch(setting.env, SERVICE_VARIABLE);
    });

    it('has a meaning that fits into the table', () => {
      assert.ok(setting.doc.length > 20);
      assert.doesNotMatch(setting.doc, /[|\n]|\.$/);
    });

    it('has a default that is allowed', () => {
      if ('min' in setting) {
        assert.ok(Number.isSafeInteger(setting.min) && Number.isSafeInteger(setting.max));
        assert.ok(setting.min <= setting.default && setting.default <= setting.max);
      } else assert.ok(setting.format.includes(setting.default));
    });
  });
}
