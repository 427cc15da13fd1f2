// What is used of prom-client is the same as what its index has, and little else is loaded with it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import * as index from 'prom-client';
import { Gauge, Registry } from './prom-client.ts';

test('the classes are those of the index', () => {
  assert.equal(Registry, index.Registry);
  assert.equal(Gauge, index.Gauge);
});

test('no client of HTTP or TLS is loaded', () => {
  const file = new URL('./prom-client.ts', import.meta.url).href;
  const script = "await import(process.argv[1]); console.log(process.moduleLoadList.join('\\n'))";
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script, file], { encoding: 'utf8' });
  assert.match(loaded, /NativeModule module/);
  assert.doesNotMatch(loaded, /NativeModule (https?|tls|http2|cluster)$/m);
});
