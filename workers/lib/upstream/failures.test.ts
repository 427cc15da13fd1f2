import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketFailure } from './failures.ts';

const x509 = 'tls: failed to verify certificate: x509: ';
const rows: readonly [code: string | undefined, syscall: string | undefined, text: string][] = [
  ['ECONNREFUSED', 'connect', 'connect: connection refused'],
  ['EADDRNOTAVAIL', 'bind', 'bind: cannot assign requested address'],
  ['EADDRNOTAVAIL', 'connect', 'connect: cannot assign requested address'],
  ['ECONNRESET', undefined, 'read: connection reset by peer'],
  ['CERT_HAS_EXPIRED', undefined, `${x509}certificate has expired or is not yet valid`],
  ['CERT_NOT_YET_VALID', undefined, `${x509}certificate has expired or is not yet valid`],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, `${x509}certificate signed by unknown authority`],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, `${x509}certificate signed by unknown authority`],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, `${x509}certificate is not valid for dns.test`],
  ['ERR_SSL_WRONG_VERSION_NUMBER', undefined, 'tls: wrong version number'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', undefined, 'tls: tlsv13 alert certificate required'],
  ['ERR_HTTP2_SESSION_ERROR', undefined, 'http2: session error'],
  ['ERR_OF_TOMORROW', undefined, 'read: ERR_OF_TOMORROW'],
  [undefined, undefined, 'read: unknown error'],
];
for (const [code, syscall, text] of rows) {
  test(`${code} ${syscall}`, () => {
    // What the other side had a hand in is no part of it.
    const error: NodeJS.ErrnoException = new Error('altnames: DNS:evil\n[INFO] forged');
    if (code !== undefined) error.code = code;
    if (syscall !== undefined) error.syscall = syscall;
    assert.equal(socketFailure(error, 'dns.test', 'read'), text);
  });
}
