import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ANONYMOUS } from './access/credentials.ts';
import { FixedText } from './access/file.ts';
import { TlsMaterial } from './access/tls.ts';
import type { Connection } from './connection.ts';
import { ApiConfigError, ApiTimeoutError, cancelled } from './errors.ts';
import { explain, failureOf } from './problem.ts';
import { secondsOf } from './response.ts';

const status = (message: string, reason = ''): string => JSON.stringify({ kind: 'Status', message, reason });
const forbidden = (user: string, resource: string, group: string): string =>
  `${resource} is forbidden: User "${user}" cannot list resource "${resource}" in API group "${group}" at the cluster scope`;
const ACCOUNT = 'system:serviceaccount:kube-system:coredns';

describe('a status', () => {
  for (const row of [
    {
      name: 'the server’s own words',
      code: 410,
      text: status('too old resource version', 'Expired'),
      want: 'too old resource version',
    },
    {
      name: 'a denial says what to grant',
      code: 403,
      text: status(forbidden(ACCOUNT, 'services', ''), 'Forbidden'),
      want: `${forbidden(ACCOUNT, 'services', '')} (grant "list, watch" on services to ${ACCOUNT})`,
    },
    {
      name: 'a denial of a resource in a group',
      code: 403,
      text: status(forbidden('bob', 'endpointslices', 'discovery.k8s.io')),
      want: `${forbidden('bob', 'endpointslices', 'discovery.k8s.io')} (grant "list, watch" on endpointslices.discovery.k8s.io to bob)`,
    },
    {
      name: 'a denial of nobody',
      code: 403,
      text: status(forbidden('system:anonymous', 'pods', '')),
      want: `${forbidden('system:anonymous', 'pods', '')} (no credentials that the server knows were sent)`,
    },
    { name: 'a denial in other words', code: 403, text: status('no'), want: 'no' },
    {
      name: 'refused credentials name their source',
      code: 401,
      text: status('Unauthorized'),
      want: 'Unauthorized (the token in /t is not accepted)',
    },
    {
      name: 'a page of a proxy',
      code: 502,
      text: '<html>\n <b>bad\x1b[1m</b>',
      want: 'status 502: <html> <b>bad [1m</b>',
    },
    { name: 'a long page', code: 500, text: 'x'.repeat(1000), want: `status 500: ${'x'.repeat(200)}` },
    { name: 'nothing', code: 503, text: '', want: 'status 503' },
    { name: 'JSON that is no object', code: 500, text: 'null', want: 'status 500: null' },
    { name: 'a message of several lines', code: 500, text: status('a\n  b'), want: 'a b' },
    { name: 'a Status without a message', code: 500, text: '{"kind":"Status"}', want: 'status 500: {"kind":"Status"}' },
  ]) {
    test(row.name, () => {
      const error = failureOf(row.code, row.text, 3, 'the token in /t');
      assert.equal(error.message, row.want);
      assert.equal(error.status, row.code);
      assert.equal(error.retryAfter, 3);
      assert.equal(error.refused, false);
    });
  }

  test('the reason is kept', () => assert.equal(failureOf(410, status('old', 'Expired'), 0, '').reason, 'Expired'));
  test('nobody asked', () => {
    assert.equal(failureOf(401, status('Unauthorized'), 0, '').message, 'Unauthorized (no credentials are configured)');
  });
});

const connection: Connection = {
  url: new URL('https://api.example:6443/path'),
  tls: new TlsMaterial({
    ca: new FixedText('certificate-authority of cluster "a"', ''),
    cert: null,
    key: null,
    servername: '',
    insecure: false,
  }),
  credentials: ANONYMOUS,
  headers: {},
};
const coded = (code: string, message = code, more: object = {}): Error =>
  Object.assign(new Error(message), { code, ...more });

describe('an error', () => {
  const trust = 'certificate-authority of cluster "a"';
  for (const row of [
    { error: coded('ECONNREFUSED'), want: 'connection refused' },
    { error: coded('ENOTFOUND'), want: 'no such host' },
    { error: coded('EHOSTUNREACH'), want: 'no route to the host' },
    { error: coded('SELF_SIGNED_CERT_IN_CHAIN'), want: `the server's certificate is not signed by ${trust}` },
    { error: coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), want: `the server's certificate is not signed by ${trust}` },
    {
      error: coded('CERT_HAS_EXPIRED'),
      want: `the server's certificate, or one of ${trust}, has expired (is the clock right?)`,
    },
    {
      error: coded('ERR_TLS_CERT_ALTNAME_INVALID', 'x', { cert: { subjectaltname: 'DNS:kubernetes' } }),
      want: "the server's certificate is not for api.example but for DNS:kubernetes: set tls-server-name",
    },
    {
      error: coded(
        'EPROTO',
        'write EPROTO 80:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number',
      ),
      want: 'the server speaks no TLS at this port: does the address begin with http?',
    },
    {
      error: coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'x', { reason: 'tlsv13 alert certificate required' }),
      want: 'the server does not accept the client certificate, or asks for one (tlsv13 alert certificate required)',
    },
    { error: coded('ERR_SSL_OTHER', 'x', { reason: 'something else' }), want: 'TLS: something else' },
    { error: coded('HPE_INVALID_CONSTANT'), want: 'the answer is no HTTP: does the address begin with https?' },
    { error: new ApiTimeoutError('nothing received for 5 s'), want: 'nothing received for 5 s' },
    { error: coded('ENEW', 'something\nnew'), want: 'something new' },
    { error: coded('ENEW', ''), want: 'ENEW' },
    { error: 'text', want: 'unknown error' },
  ]) {
    test(row.want, () => {
      const explained = explain(row.error, connection);
      assert.equal(explained.message, `https://api.example:6443: ${row.want}`);
      assert.equal(explained.refused, row.want === 'connection refused');
      assert.equal(explained.cause, row.error);
    });
  }

  test('of the configuration speaks for itself', () => {
    assert.equal(explain(new ApiConfigError('kubeconfig f: x'), connection).message, 'kubeconfig f: x');
  });
  test('that was explained already stays', () => {
    const error = cancelled();
    assert.equal(explain(error, connection), error);
  });
});

describe('Retry-After', () => {
  for (const [header, want] of [
    ['5', 5],
    ['', 0],
    ['-1', 0],
    ['99999999999', 0],
    [undefined, 0],
  ] as const) {
    test(`${header}`, () => assert.equal(secondsOf(header), want));
  }
  test('a date ahead', () => {
    const seconds = secondsOf(new Date(Date.now() + 100_000).toUTCString());
    assert.ok(seconds > 90 && seconds <= 101);
  });
});
