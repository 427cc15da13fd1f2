// Upstreams by HTTPS: what requests look like, and every kind of response.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { RCODE } from '#wire/constants.ts';
import type { SecureReaction, SecureRequest, SecureScript } from '../../testing/secure-upstream.ts';
import { replyTo, until } from '../../testing/upstream.ts';
import { A } from './scene.ts';
import {
  address,
  atFirst,
  numbered,
  numberedReply,
  play,
  type SceneOptions,
  type Secure,
  SecureScene,
} from './testing/secure-scene.ts';

describe('requests by HTTPS', () => {
  const https: readonly Secure[] = ['https'];
  const open =
    (script: SecureScript, options: SceneOptions = {}) =>
    (): Promise<SecureScene> =>
      SecureScene.open('https', script, options);
  const once = 'max_fails 0\nmax_connect_attempts 1';

  play('are POST, with message id 0', https, open(numbered), async (scene) => {
    await scene.ask();
    const [{ headers, message, id }] = scene.upstream.seen;
    assert.equal(headers[':method'], 'POST');
    assert.equal(headers[':path'], '/dns-query');
    assert.equal(headers[':authority'], scene.upstream.text);
    assert.equal(headers['content-type'], 'application/dns-message');
    assert.equal(headers.accept, 'application/dns-message');
    assert.equal(headers['content-length'], String(message.length));
    assert.equal(id, 0);
  });

  play('are GET with doh_method GET', https, open(numbered, { properties: 'doh_method GET' }), async (scene) => {
    assert.equal((await scene.ask()).failure, '');
    const [{ headers, id, name }] = scene.upstream.seen;
    assert.equal(headers[':method'], 'GET');
    assert.match(headers[':path'] ?? '', /^\/dns-query\?dns=AAAB[\w-]+$/);
    assert.deepEqual([id, name], [0, 'www.example.test.']);
  });

  play('name the server', https, open(numbered, { name: 'dns.example.test' }), async (scene) => {
    await scene.ask();
    const [{ headers, socket }] = scene.upstream.seen;
    assert.equal(headers[':authority'], `dns.example.test:${scene.upstream.port}`);
    assert.equal(socket.servername, 'dns.example.test');
  });

  const message = (request: SecureRequest): Buffer => numberedReply(request);
  const responses: readonly [title: string, reaction: (request: SecureRequest) => SecureReaction, reason: string][] = [
    ['status 503', (request) => ({ status: 503, body: message(request) }), 'HTTP status 503'],
    ['status 302', () => ({ status: 302 }), 'HTTP status 302'],
    [
      'another content-type',
      (request) => ({ type: 'text/html', body: message(request) }),
      'content-type is not application/dns-message',
    ],
    ['no message at all', () => ({}), 'not a reply to the request'],
    ['a message too short', () => new Uint8Array(11), 'not a reply to the request'],
    ['another message id', (request) => replyTo(request, { id: 7 }), 'not a reply to the request'],
    [
      'another question',
      (request) => replyTo(request, { question: { name: 'other.test', type: 'A' } }),
      'not a reply to the request',
    ],
    ['more than a message can have', () => ({ body: new Uint8Array(65_536) }), 'more than 65535 octets'],
    ['a stream that is broken off', () => 'reset', 'the stream was closed with code 2'],
  ];
  for (const [title, reaction, reason] of responses) {
    play(
      `answered with ${title}`,
      https,
      open(
        atFirst((request) => [reaction(request)]),
        { properties: once },
      ),
      async (scene) => {
        const { outcome, failure } = await scene.ask();
        assert.equal(outcome, RCODE.SERVFAIL);
        assert.equal(failure, `https://${scene.upstream.text}: ${reason}`);
        assert.equal((await scene.ask('b.test')).failure, '', 'the connection goes on');
        assert.equal(scene.upstream.ports, 1);
      },
    );
  }

  play(
    'answered with a content-type that has parameters',
    https,
    open((request) => [{ type: 'Application/DNS-message; charset=utf-8', body: message(request) }]),
    async (scene) => assert.equal((await scene.ask()).failure, ''),
  );

  play(
    'refused with one of the codes of HTTP are not sent twice to the same server',
    https,
    open((request) => (request.index === 0 ? numbered(request) : [{ status: 500 }]), { properties: once }),
    async (scene) => {
      await scene.ask();
      await scene.ask('b.test');
      assert.equal(scene.upstream.seen.length, 2);
    },
  );

  play(
    'whose stream is refused are sent again',
    https,
    open((request) => (request.index === 1 ? ['refuse'] : numbered(request)), { properties: once }),
    async (scene) => {
      await scene.ask();
      assert.equal((await scene.ask('b.test')).failure, '');
      assert.equal(scene.upstream.seen.length, 3);
    },
  );

  play(
    'that are answered behind a GOAWAY come to their end; the next goes over another connection',
    https,
    open((request) => (request.index === 0 ? ['goaway', numberedReply(request)] : numbered(request))),
    async (scene) => {
      assert.equal(address(await scene.ask()), '192.0.2.1');
      assert.equal(address(await scene.ask('b.test')), '192.0.2.2');
      assert.equal(scene.upstream.ports, 2);
    },
  );

  play(
    'go over one connection, however many, as long as the server takes them',
    https,
    open(numbered),
    async (scene) => {
      const names = Array.from({ length: 7 }, (_, i) => ({ ...A, name: `n${i}.test` }));
      const all = await Promise.all(scene.rig.askAll(names));
      assert.ok(all.every(({ failure }) => failure === ''));
      assert.equal(scene.upstream.ports, 1);
    },
  );

  play(
    'are as many at the same time as the server takes',
    https,
    open(numbered, { maxConcurrentStreams: 2 }),
    async (scene) => {
      await scene.ask();
      const names = Array.from({ length: 7 }, (_, i) => ({ ...A, name: `n${i}.test` }));
      const all = await Promise.all(scene.rig.askAll(names));
      assert.ok(all.every(({ failure }) => failure === ''));
      assert.ok(scene.upstream.ports > 1 && scene.upstream.ports <= 8);
    },
  );

  play(
    'to a server that says it speaks HTTP/2 and sends garbage',
    https,
    open(numbered, { properties: once, server: 'tls', tls: { ALPNProtocols: ['h2'] } }),
    async (scene) => {
      const asked = scene.ask();
      await until(() => scene.upstream.sockets.size === 1, 'it is connected');
      for (const socket of scene.upstream.sockets) socket.write(Buffer.alloc(4096, 0xa5));
      const { outcome, failure } = await asked;
      assert.equal(outcome, RCODE.SERVFAIL);
      assert.match(failure, /^read tcp \S+: http2: |^EOF$/);
    },
  );

  play(
    'are not made to a server without HTTP/2',
    https,
    open(numbered, { properties: once, server: 'tls' }),
    async (scene) => {
      const { outcome, failure } = await scene.ask();
      assert.equal(outcome, RCODE.SERVFAIL);
      assert.equal(failure, `dial tcp ${scene.upstream.text}: the upstream does not speak HTTP/2`);
    },
  );
});
