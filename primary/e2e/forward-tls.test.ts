// Upstreams by TLS and HTTPS behind a whole server: from the Corefile and its files to the answer, the error line and the scrape (behaviour D forward).

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Authority } from '#watcher/testing/certificates.ts';
import { AUTHORITY, type SecureScript, SecureUpstream } from '#workers/testing/secure-upstream.ts';
import { replyTo } from '#workers/testing/upstream.ts';
import { runToEnd, TestServer } from './harness.ts';
import { scrape } from './http.ts';
import { rcodeOf } from './load.ts';

const NOERROR = 0;
const SERVFAIL = 2;
const client = AUTHORITY.issue({ name: 'client' });
const FILES = {
  'ca.pem': AUTHORITY.cert,
  'cert.pem': client.cert,
  'key.pem': client.key,
  'changing.pem': new Authority('somebody else').cert,
};

const answering: SecureScript = (request) => [
  replyTo(request, { answers: [{ name: request.name, type: 'A', ttl: 60, data: '192.0.2.1' }] }),
];

describe('upstreams by TLS and HTTPS', () => {
  let dot: SecureUpstream;
  let doh: SecureUpstream;
  let late: SecureUpstream;
  let server: TestServer;

  before(async () => {
    const demanding = { requestCert: true, rejectUnauthorized: true, ca: AUTHORITY.cert };
    dot = await SecureUpstream.open('tls', answering, { subject: { addresses: [] }, tls: demanding });
    doh = await SecureUpstream.open('https', answering);
    late = await SecureUpstream.open('tls', answering);
    server = await TestServer.start({
      corefile: `dot.test:{PORT} {
    errors
    prometheus 127.0.0.1:{PORT2}
    forward . tls://${dot.text} {
        tls {FOLDER}/cert.pem {FOLDER}/key.pem {FOLDER}/ca.pem
        tls_servername dns.example.test
        health_check 5s
    }
}
doh.test:{PORT} {
    errors
    prometheus 127.0.0.1:{PORT2}
    forward . https://${doh.text}%dns.example.test {
        tls {FOLDER}/ca.pem
        doh_method GET
        source_address 127.0.0.9
    }
}
late.test:{PORT} {
    errors
    forward . tls://${late.text} {
        tls {FOLDER}/changing.pem
        max_fails 0
        max_connect_attempts 1
    }
}
`,
      files: FILES,
      env: { SHOAL_RESOLVER_THREADS: '2' },
    });
  });
  after(async () => {
    await server.stop();
    await dot.close();
    await doh.close();
    await late.close();
  });

  it('are asked, by UDP and TCP clients alike', async () => {
    for (const name of ['a.dot.test', 'a.doh.test']) {
      for (const tcp of [false, true]) {
        const answer = await server.ask(name, 'A', { tcp });
        assert.equal(rcodeOf(answer), NOERROR, name);
        assert.deepEqual(
          answer.answers?.map((record) => (record.type === 'A' ? record.data : '')),
          ['192.0.2.1'],
        );
      }
    }
    const [overTls] = dot.seen;
    assert.equal(overTls.socket.servername, 'dns.example.test');
    assert.equal(overTls.socket.getPeerCertificate().subject.CN, 'client');
    const [overHttps] = doh.seen;
    assert.equal(overHttps.headers[':method'], 'GET');
    assert.equal(overHttps.socket.remoteAddress, '127.0.0.9');
  });

  it('are counted by what they speak', async () => {
    const samples = await scrape(server.ports[1]);
    const misses = (to: string, proto: string): number | undefined =>
      samples.get(`coredns_proxy_conn_cache_misses_total{proto="${proto}",proxy_name="forward",to="${to}"}`) ??
      samples.get(`coredns_proxy_conn_cache_misses_total{proxy_name="forward",to="${to}",proto="${proto}"}`);
    assert.ok((misses(dot.text, 'tcp-tls') ?? 0) >= 1);
    assert.ok((misses(doh.text, 'https') ?? 0) >= 1);
    assert.equal(misses(dot.text, 'udp'), undefined);
  });

  it('that nobody vouches for are not asked, and errors says so', async () => {
    assert.equal(rcodeOf(await server.ask('a.late.test')), SERVFAIL);
    const unknown = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    await server.printed(new RegExp(`a\\.late\\.test\\. A: dial tcp ${late.text}: ${unknown}$`, 'm'));
    assert.doesNotMatch(server.stdout + server.stderr, /BEGIN|PRIVATE/);
  });

  it('are asked with the certificates that the files have at a reload', async () => {
    writeFileSync(join(server.folder, 'changing.pem'), AUTHORITY.cert);
    server.signal('SIGUSR1');
    await server.printed(/Reloading complete/);
    assert.equal(rcodeOf(await server.ask('b.late.test')), NOERROR);
  });
});

describe('a start', () => {
  const rows: readonly [title: string, block: string, message: RegExp][] = [
    [
      'without the file of the CA',
      'tls://127.0.0.1 {\n tls {FOLDER}/missing.pem\n }',
      /plugin\/forward: error reading \S+missing\.pem: open \S+missing\.pem: no such file or directory/,
    ],
    [
      'with a key that is not that of the certificate',
      'tls://127.0.0.1 {\n tls {FOLDER}/cert.pem {FOLDER}/other.pem\n }',
      /plugin\/forward: could not load TLS cert: the key in \S+other\.pem is not that of \S+cert\.pem/,
    ],
    [
      'with a path in an HTTPS upstream',
      'https://127.0.0.1/dns-query',
      /plugin\/forward: paths are not allowed in HTTPS upstream addresses/,
    ],
  ];
  for (const [title, block, message] of rows) {
    it(`${title} is refused`, async () => {
      const files = { ...FILES, 'other.pem': AUTHORITY.issue({ name: 'other' }).key };
      const { status, stdout, stderr } = await runToEnd({ corefile: `.:{PORT} {\n forward . ${block}\n}\n`, files });
      assert.equal(status, 1);
      assert.match(stdout + stderr, message);
      assert.doesNotMatch(stdout + stderr, /PRIVATE KEY/);
    });
  }
});
