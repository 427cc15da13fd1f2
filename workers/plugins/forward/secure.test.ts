// Upstreams by TLS and HTTPS: certificates, connections, everything that may go wrong between, with real servers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RCODE } from '#wire/constants.ts';
import { WRITTEN } from '../../chain/outcome.ts';
import { AUTHORITY, type SecureOptions, type SecureRequest } from '../../testing/secure-upstream.ts';
import { Gate, replyTo, ScriptedUpstream, silent, until } from '../../testing/upstream.ts';
import { ForwardRig } from './rig.ts';
import { A } from './scene.ts';
import { address, BOTH, CA, CERT, KEY, numbered, OTHER_CA, play, SecureScene } from './testing/secure-scene.ts';

const DAY = 86_400_000;

describe('a query', () => {
  play(
    'by UDP goes over a connection, which is kept for the next',
    BOTH,
    (secure) => SecureScene.open(secure, numbered),
    async (scene) => {
      const first = await scene.ask();
      assert.equal(first.outcome, WRITTEN);
      assert.equal(first.failure, '');
      assert.equal(first.decoded?.id, 4660, "the client's id");
      assert.equal(address(first), '192.0.2.1');
      assert.equal(address(await scene.ask('b.test')), '192.0.2.2');
      assert.equal(scene.upstream.ports, 1);
      assert.deepEqual([scene.connections('misses'), scene.connections('hits')], [1, 1]);
    },
  );

  play(
    'that others overtake gets its own reply',
    BOTH,
    (secure) => {
      const gate = new Gate();
      const names: string[] = [];
      return SecureScene.open(secure, async (request) => {
        names.push(request.name);
        if (names.length === 7) gate.open();
        // The first to come waits until all are there.
        if (request.index === 0) await gate.before(() => [])(request);
        return numbered(request);
      });
    },
    async ({ rig, upstream }) => {
      const names = Array.from({ length: 7 }, (_, i) => `n${i}.test`);
      const all = await Promise.all(rig.askAll(names.map((name) => ({ ...A, name }))));
      for (const [i, outcomes] of all.entries()) {
        const { index } = upstream.seen.find(({ name }) => name === `${names[i]}.`) as SecureRequest;
        assert.equal(address(outcomes), `192.0.2.${index + 1}`, names[i]);
      }
      assert.ok(upstream.ports <= 4);
    },
  );

  play(
    'whose reply is as large as a message can be',
    BOTH,
    (secure) =>
      SecureScene.open(secure, (request) => {
        const answers = Array.from({ length: 250 }, () => ({
          name: request.name,
          type: 'TXT' as const,
          data: ['x'.repeat(200)],
          ttl: 1,
        }));
        return [replyTo(request, { answers })];
      }),
    async (scene) => {
      const { decoded, message } = await scene.rig.ask({ name: 'big.test', type: 'TXT', proto: 'tcp' });
      assert.equal(decoded?.answer.length, 250);
      assert.ok(message.length > 50_000);
    },
  );
});

describe('the certificate', () => {
  const past = { from: new Date(Date.now() - 2 * DAY), until: new Date(Date.now() - DAY) };
  const future = { from: new Date(Date.now() + DAY), until: new Date(Date.now() + 2 * DAY) };
  const x509 = 'tls: failed to verify certificate: x509: ';
  const notNow = `${x509}certificate has expired or is not yet valid`;
  const rows: readonly {
    readonly title: string;
    readonly name?: string;
    readonly properties?: string;
    readonly subject?: NonNullable<SecureOptions['subject']>;
    /** '' when all is well. */
    readonly failure: string;
  }[] = [
    { title: 'is for the address', subject: { dns: [] }, failure: '' },
    { title: 'is for the name behind the address', name: 'dns.example.test', subject: { addresses: [] }, failure: '' },
    {
      title: 'is for tls_servername',
      properties: 'tls_servername dns.example.test',
      subject: { addresses: [] },
      failure: '',
    },
    { title: 'is for an address that stands as the name', properties: 'tls_servername 127.0.0.1', failure: '' },
    {
      title: 'is for a name, and the address is asked for',
      subject: { addresses: [] },
      failure: `${x509}certificate is not valid for 127.0.0.1`,
    },
    {
      title: 'is for another address',
      subject: { addresses: ['127.0.0.2'] },
      failure: `${x509}certificate is not valid for 127.0.0.1`,
    },
    {
      title: 'is for another name',
      name: 'other.example.test',
      failure: `${x509}certificate is not valid for other.example.test`,
    },
    {
      title: 'is signed by somebody else',
      properties: `tls ${OTHER_CA}`,
      failure: `${x509}certificate signed by unknown authority`,
    },
    {
      title: 'is signed by nobody whom the system trusts',
      properties: 'tls ',
      failure: `${x509}certificate signed by unknown authority`,
    },
    { title: 'has expired', subject: past, failure: notNow },
    { title: 'is not valid yet', subject: future, failure: notNow },
  ];
  for (const { title, failure, properties = '', ...options } of rows) {
    play(
      title,
      BOTH,
      (secure) => SecureScene.open(secure, numbered, { ...options, properties: `max_fails 0\n${properties}` }),
      async (scene) => {
        const { outcome, failure: said } = await scene.ask();
        assert.equal(said, failure === '' ? '' : `dial tcp ${scene.upstream.text}: ${failure}`);
        assert.equal(outcome, failure === '' ? WRITTEN : RCODE.SERVFAIL);
        if (failure !== '') assert.equal(scene.upstream.seen.length, 0, 'nothing was asked');
      },
    );
  }

  const demanding = { tls: { requestCert: true, rejectUnauthorized: true, ca: AUTHORITY.cert } };
  play(
    'of the client is shown',
    BOTH,
    (secure) => SecureScene.open(secure, numbered, { ...demanding, properties: `tls ${CERT} ${KEY} ${CA}` }),
    async (scene) => {
      assert.equal((await scene.ask()).failure, '');
      assert.equal(scene.upstream.seen[0].socket.getPeerCertificate().subject.CN, 'client');
    },
  );

  play(
    'of the client is missing',
    BOTH,
    (secure) => SecureScene.open(secure, numbered, { ...demanding, properties: 'max_fails 0' }),
    async (scene) => {
      const { outcome, failure } = await scene.ask();
      assert.equal(outcome, RCODE.SERVFAIL);
      assert.match(failure, /tls: .*certificate required|EOF|connection reset|http2/);
    },
  );
});

describe('a connection', () => {
  play(
    'is made again with the session of the last one',
    BOTH,
    (secure) => SecureScene.open(secure, numbered),
    async (scene) => {
      await scene.ask();
      scene.upstream.hangUp();
      await until(() => scene.upstream.sockets.size === 0, 'the connection is closed');
      assert.equal((await scene.ask('b.test')).failure, '');
      assert.deepEqual([scene.upstream.accepted, scene.upstream.resumed], [2, 1]);
    },
  );

  play(
    'that ends with a request in flight: it is sent again over a new one',
    BOTH,
    (secure) =>
      SecureScene.open(secure, (request) => (request.index === 1 ? ['close'] : numbered(request)), {
        properties: 'max_connect_attempts 1',
      }),
    async (scene) => {
      await scene.ask();
      const { failure, decoded } = await scene.ask('b.test');
      assert.equal(failure, '');
      assert.equal(decoded?.answer.length, 1);
      assert.equal(scene.upstream.ports, 2);
    },
  );

  play(
    'that ends in the middle of the first reply is a failure',
    BOTH,
    (secure) =>
      SecureScene.open(secure, () => ['half', 'close'], { properties: 'max_connect_attempts 1\nmax_fails 0' }),
    async (scene) => {
      const { outcome, failure } = await scene.ask();
      assert.equal(outcome, RCODE.SERVFAIL);
      assert.match(failure, /EOF|closed|connection reset/);
    },
  );

  play(
    'that nobody answers is a failure in time',
    BOTH,
    (secure) => SecureScene.open(secure, () => [], { properties: 'read_timeout 50ms\nmax_fails 0' }),
    async (scene) => {
      const { outcome, failure } = await scene.ask();
      assert.equal(outcome, RCODE.SERVFAIL);
      assert.match(failure, new RegExp(`^read tcp 127\\.0\\.0\\.1:\\d+->${scene.upstream.text}: i/o timeout$`));
      assert.equal(scene.upstream.ports, 2, 'a connection that is silent gets no more requests');
    },
  );

  play(
    'on which one name is slow is kept',
    BOTH,
    (secure) =>
      SecureScene.open(secure, (request) => (request.name === 'slow.test.' ? [] : numbered(request)), {
        properties: 'read_timeout 200ms\nmax_fails 0\nmax_connect_attempts 1',
      }),
    async (scene) => {
      await scene.ask();
      const slow = scene.ask('slow.test');
      await until(() => scene.upstream.seen.length === 2, 'the slow one has been asked');
      // Over the other connections of TLS, so that the slow one is asked over one of several.
      for (let i = 0; i < 3; i++) await scene.ask(`n${i}.test`);
      assert.equal((await slow).outcome, RCODE.SERVFAIL);
      const before = scene.upstream.accepted;
      for (let i = 3; i < 6; i++) await scene.ask(`n${i}.test`);
      assert.equal(scene.upstream.accepted, before);
    },
  );

  play(
    'is closed when it is idle for as long as expire says',
    BOTH,
    (secure) => SecureScene.open(secure, numbered, { properties: 'expire 30ms' }),
    async (scene) => {
      await scene.ask();
      await until(() => scene.upstream.sockets.size === 0, 'it is closed');
    },
  );

  play(
    'is not used for longer than max_age',
    BOTH,
    (secure) => SecureScene.open(secure, numbered, { properties: 'expire 20ms\nmax_age 20ms' }),
    async (scene) => {
      await scene.ask();
      const end = performance.now() + 40;
      await until(() => performance.now() > end, 'it is old');
      await scene.ask('b.test');
      assert.equal(scene.upstream.ports, 2);
    },
  );

  play(
    'is made by nobody who is refused',
    BOTH,
    (secure) => SecureScene.open(secure, numbered, { properties: 'max_fails 0\nmax_connect_attempts 1' }),
    async (scene) => {
      const { text } = scene.upstream;
      await scene.upstream.close();
      assert.equal((await scene.ask()).failure, `dial tcp ${text}: connect: connection refused`);
    },
  );

  for (const secure of BOTH) {
    test(`${secure}: to a server that does not speak TLS`, async (context) => {
      const upstream = await ScriptedUpstream.open(silent);
      context.after(() => upstream.close());
      const rig = new ForwardRig(`forward . ${secure}://${upstream.text} {\nmax_fails 0\nread_timeout 100ms\n}`);
      context.after(() => rig.close());
      const { outcome, failure } = await rig.ask(A);
      assert.equal(outcome, RCODE.SERVFAIL);
      assert.match(failure, /^dial tcp /);
    });
  }
});

describe('health checks', () => {
  play(
    'go over the same transport, and end when there is a reply',
    BOTH,
    (secure) =>
      SecureScene.open(secure, (request) => (request.name === '.' ? numbered(request) : []), {
        properties: 'read_timeout 30ms\nhealth_check 10ms\nmax_connect_attempts 1',
      }),
    async (scene) => {
      await scene.ask();
      await until(() => scene.upstream.seen.some(({ name, type }) => name === '.' && type === 'NS'), 'it is probed');
    },
  );

  play(
    'fail for a certificate that is not right',
    BOTH,
    (secure) =>
      SecureScene.open(secure, numbered, {
        subject: { addresses: [] },
        properties: 'health_check 5ms\nmax_connect_attempts 1\nfailfast_all_unhealthy_upstreams',
      }),
    async (scene) => {
      await scene.ask();
      const series = `coredns_proxy_healthcheck_failures_total{proxy_name="forward",to="${scene.upstream.text}"}`;
      await until(() => scene.rig.count(series) > 2, 'probes fail');
      assert.equal((await scene.ask()).failure, 'no healthy proxies');
    },
  );
});

describe('prefer_udp', () => {
  play(
    'does not ask a second time for a reply with TC',
    BOTH,
    (secure) =>
      SecureScene.open(secure, (request) => [replyTo(request, { flags: 0x0280 })], { properties: 'prefer_udp' }),
    async (scene) => {
      assert.match((await scene.ask()).decoded?.flags ?? '', /tc/);
      assert.equal(scene.upstream.seen.length, 1);
    },
  );
});

describe('source_address', () => {
  for (const proto of ['udp', 'tcp'] as const) {
    for (const io of ['batched', 'dgram'] as const) {
      test(`by ${proto} over ${io} sockets`, async (context) => {
        const upstream = await ScriptedUpstream.open((request) => [replyTo(request)]);
        context.after(() => upstream.close());
        const rig = new ForwardRig(
          `forward . ${upstream.text} {\nsource_address 127.0.0.7\nmax_fails 0\nread_timeout 50ms\n}`,
          { io },
        );
        context.after(() => rig.close());
        const { failure } = await rig.ask({ ...A, proto });
        assert.equal(failure, '');
        assert.equal(upstream.seen[0].address, '127.0.0.7');
      });
    }
  }

  play(
    'of a connection',
    BOTH,
    (secure) => SecureScene.open(secure, numbered, { properties: 'source_address 127.0.0.7' }),
    async (scene) => {
      await scene.ask();
      assert.equal(scene.upstream.seen[0].address, '127.0.0.7');
    },
  );

  play(
    'that is not one of this machine is a failure',
    BOTH,
    (secure) => SecureScene.open(secure, numbered, { properties: 'source_address 192.0.2.1\nmax_fails 0' }),
    async (scene) => {
      const { failure } = await scene.ask();
      assert.equal(failure, `dial tcp ${scene.upstream.text}: bind: cannot assign requested address`);
    },
  );
});
