// Search paths through a whole server: pods that are known and pods that are not, an upstream, a cache, and what the log knows of it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type DecodedPacket, decode, encode } from 'dns-packet';
import { openAuthority, type Responder } from './conformance/upstream.ts';
import { exchangeUdp, TestServer } from './harness.ts';
import { rcodeOf } from './load.ts';

const NXDOMAIN = 3;

/** `{PORT}` knows its pods, `{PORT2}` reads namespaces from questions. */
const COREFILE = `.:{PORT} {
    errors
    metadata
    log . "{name} {type} {rcode} {/kubernetes/client-namespace}/{/kubernetes/client-pod-name} {/kubernetes/service} {/forward/upstream}"
    autopath @kubernetes
    kubernetes cluster.local {
        pods verified
    }
    cache 30
    forward . 127.0.0.1:{$UPSTREAM}
}
.:{PORT2} {
    errors
    prometheus 127.0.0.1:{PORT3}
    autopath @kubernetes stateless
    kubernetes cluster.local
    forward . 127.0.0.1:{$UPSTREAM}
}
`;

const POD = '127.0.0.31';
const OBJECTS = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Pod
metadata: { name: web-1, namespace: shop }
status: { phase: Running, podIP: ${POD} }
`;
const NAME = 'www.example.com.shop.svc.cluster.local';

describe('autopath', () => {
  let upstream: Responder;
  let server: TestServer;
  before(async () => {
    upstream = await openAuthority();
    server = await TestServer.start({
      corefile: COREFILE,
      manifests: '{FOLDER}/objects.yaml',
      files: { 'objects.yaml': OBJECTS },
      env: { UPSTREAM: String(upstream.port) },
    });
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
    await upstream.close();
  });

  async function ask(port: number, type: 'A' | 'AAAA', from: string, name = NAME): Promise<DecodedPacket> {
    const message = encode({ type: 'query', id: 7, flags: 0x0100, questions: [{ name, type }] });
    return decode(await exchangeUdp(port, '127.0.0.1', message, 2000, from));
  }
  const records = ({ answers = [] }: DecodedPacket): string[] =>
    answers.map((record) => `${record.name} ${record.type} ${'data' in record ? String(record.data) : ''}`);
  const found = (type: string, address: string): string[] => [
    `${NAME} CNAME www.example.com`,
    'www.example.com CNAME example.com',
    `example.com ${type} ${address}`,
  ];

  it('a known pod is answered by the first question, from the upstream and then from the cache', async () => {
    const offset = server.stdout.length;
    for (let i = 0; i < 2; i++) {
      const got = await ask(server.port, 'A', POD);
      assert.deepEqual([rcodeOf(got), records(got)], [0, found('A', '192.0.2.1')]);
    }
    assert.equal(upstream.asked('www.example.com.'), 1);
    await server.printed(/ NOERROR shop\/web-1 com -\n/);
    assert.deepEqual(server.linesSince(offset), [
      `[INFO] ${NAME}. A NOERROR shop/web-1 com 127.0.0.1:${upstream.port}`,
      `[INFO] ${NAME}. A NOERROR shop/web-1 com -`,
    ]);
  });

  it('another client goes through its search path by itself', async () => {
    assert.equal(rcodeOf(await ask(server.port, 'A', '127.0.0.1')), NXDOMAIN);
  });

  it('stateless: anybody, A and AAAA alike', async () => {
    const { ports } = server;
    assert.deepEqual(records(await ask(ports[1], 'A', '127.0.0.1')), found('A', '192.0.2.1'));
    assert.deepEqual(records(await ask(ports[1], 'AAAA', POD)), found('AAAA', '2001:db8::1'));
    assert.equal(rcodeOf(await ask(ports[1], 'A', POD, NAME.replace('shop', 'no'))), NXDOMAIN);
  });
});
