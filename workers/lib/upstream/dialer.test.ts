import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { AUTHORITY } from '../../testing/secure-upstream.ts';
import { sourceFor, upstreamAddress } from './address.ts';
import { TlsDialer } from './dialer.ts';
import { checkTlsFiles, NO_TLS_FILES, readTlsFiles } from './tls-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'dialer-'));
after(() => rmSync(folder, { recursive: true }));

describe('source address', () => {
  const rows: readonly [upstream: string, source: string, used: string][] = [
    ['192.0.2.1', '192.0.2.9', '192.0.2.9'],
    ['192.0.2.1', '2001:db8::9', ''],
    ['192.0.2.1', '', ''],
    ['2001:db8::1', '2001:db8::9', '2001:db8::9'],
    ['2001:db8::1', '192.0.2.9', ''],
    ['fe80::1%eth0', 'fe80::9%eth0', 'fe80::9%eth0'],
    ['2001:db8::1', '', ''],
  ];
  for (const [upstream, source, used] of rows) {
    test(`${source || 'none'} to ${upstream}`, () =>
      assert.equal(sourceFor(upstreamAddress(upstream, 53), source), used));
  }
});

describe('the name that a certificate has to have', () => {
  const rows: readonly [address: string, serverName: string | undefined, name: string][] = [
    ['192.0.2.1', undefined, '192.0.2.1'],
    ['192.0.2.1', 'dns.test', 'dns.test'],
    ['fe80::1%eth0', undefined, 'fe80::1'],
  ];
  for (const [address, serverName, name] of rows) {
    test(`${name} of ${address}`, () => {
      const at = { ...upstreamAddress(address, 853), ...(serverName === undefined ? {} : { serverName }) };
      assert.equal(new TlsDialer(at, '', NO_TLS_FILES, '').peerName, name);
    });
  }
});

test('files that have gone since they were checked', () => {
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, AUTHORITY.cert);
  const files = checkTlsFiles('', '', ca);
  assert.equal(readTlsFiles(files).ca, AUTHORITY.cert);
  assert.notEqual(files.stamp, '');
  rmSync(ca);
  assert.throws(() => new TlsDialer(upstreamAddress('192.0.2.1', 853), '', files, ''), {
    name: 'TlsFileError',
    message: `error reading ${ca}: open ${ca}: no such file or directory`,
  });
});

test('no files', () => {
  assert.deepEqual(checkTlsFiles('', '', ''), NO_TLS_FILES);
  assert.deepEqual(readTlsFiles(NO_TLS_FILES), { cert: undefined, key: undefined, ca: undefined });
});
