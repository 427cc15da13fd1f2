// What to say of a socket's error: in the words of Go programs, without anything that the upstream chose. Cold.

import { errorText } from '#native/errno.ts';

const UNKNOWN_AUTHORITY = 'x509: certificate signed by unknown authority';
const NOT_NOW = 'x509: certificate has expired or is not yet valid';

/** What is wrong with a certificate, by OpenSSL's code. */
const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: NOT_NOW,
  CERT_NOT_YET_VALID: NOT_NOW,
  CERT_REVOKED: 'x509: certificate has been revoked',
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
};
const OTHER_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';
const LAYER = /^ERR_(SSL|HTTP2)_([A-Z0-9_]{1,80})$/;

/**
 * `connect: connection refused`, `tls: failed to verify certificate: x509: …`, `tls: wrong version number`, `http2: session error`. `name` is what the certificate had to
 * be valid for; `call` what was being done when the error does not say.
 */
export function socketFailure(error: NodeJS.ErrnoException, name: string, call: string): string {
  const { code = 'unknown error', syscall = call } = error;
  const certificate = code === OTHER_NAME ? `x509: certificate is not valid for ${name}` : CERTIFICATE[code];
  if (certificate !== undefined) return `tls: failed to verify certificate: ${certificate}`;
  const [, layer, what = ''] = LAYER.exec(code) ?? [];
  if (layer !== undefined) return `${layer === 'SSL' ? 'tls' : 'http2'}: ${what.toLowerCase().replaceAll('_', ' ')}`;
  return `${syscall}: ${errorText(code)}`;
}
