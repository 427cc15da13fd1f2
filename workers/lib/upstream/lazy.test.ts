import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upstreamAddress } from './address.ts';
import { TlsDialer } from './dialer.ts';
import { NO_TLS_FILES } from './tls-files.ts';
import './upstreams.ts';

/** What this process has loaded of Node's own modules for TLS and HTTP/2. */
function loaded(): readonly string[] {
  const modules: unknown = Reflect.get(process, 'moduleLoadList');
  assert.ok(Array.isArray(modules));
  return modules.map(String).filter((name) => /^NativeModule (tls|http2)$/.test(name));
}

test('a thread without upstreams by TLS does not load TLS and HTTP/2', () => {
  assert.deepEqual(loaded(), []);
  new TlsDialer(upstreamAddress('192.0.2.1', 853), '', NO_TLS_FILES, '');
  assert.deepEqual(loaded(), ['NativeModule tls']);
});
