// Services as they are reached from outside of the cluster, through a whole server: answers, what follows a change, a transfer.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Answer, decode } from 'dns-packet';
import { exchangeTcp, TestServer, until } from './harness.ts';
import { rcodeOf } from './load.ts';

const AXFR = 252;

const COREFILE = `.:{PORT} {
    errors
    ready 127.0.0.1:{PORT2}
    k8s_external example.org 113.0.203.in-addr.arpa {
        ttl 9
        fallthrough elsewhere.example.org
    }
    kubernetes cluster.local {
        ttl 7
    }
    transfer {
        to 127.0.0.1
    }
    hosts {
        192.0.2.80 www.elsewhere.example.org lb.example.net
        fallthrough
    }
    whoami
}
`;

function service(name: string, more: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  clusterIP: 10.96.0.1
  clusterIPs: [10.96.0.1]
  ports: [{ name: http, port: 80, protocol: TCP }]
  ${more}
---
`;
}

const OBJECTS = `apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n---
${service('web', 'externalIPs: [203.0.113.1]')}
${service('lb', 'type: LoadBalancer\nstatus: { loadBalancer: { ingress: [{ hostname: lb.example.net }] } }')}`;

function line(record: Answer): string {
  const { name, type, data, ttl } = record as { name: string; type: string; data: unknown; ttl: number };
  return `${name} ${ttl} ${type} ${typeof data === 'object' ? JSON.stringify(data) : String(data)}`;
}

describe('k8s_external', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({
      corefile: COREFILE,
      manifests: '{FOLDER}/objects.yaml',
      files: { 'objects.yaml': OBJECTS },
    });
  });
  after(async () => assert.equal(await server.stop(), 0));

  const lines = async (name: string, type: 'A' | 'SRV' | 'PTR' | 'NS' = 'A'): Promise<string[]> =>
    ((await server.ask(name, type)).answers ?? []).map(line);

  const rows: readonly (readonly [name: string, type: 'A' | 'SRV' | 'PTR' | 'NS', want: string[]])[] = [
    ['web.shop.example.org', 'A', ['web.shop.example.org 9 A 203.0.113.1']],
    ['web.shop.svc.cluster.local', 'A', ['web.shop.svc.cluster.local 7 A 10.96.0.1']],
    ['lb.shop.example.org', 'A', ['lb.shop.example.org 7 CNAME lb.example.net', 'lb.example.net 3600 A 192.0.2.80']],
    [
      '_http._tcp.web.shop.example.org',
      'SRV',
      ['_http._tcp.web.shop.example.org 7 SRV {"priority":0,"weight":100,"port":80,"target":"web.shop.example.org"}'],
    ],
    ['1.113.0.203.in-addr.arpa', 'PTR', ['1.113.0.203.in-addr.arpa 9 PTR web.shop.example.org']],
    ['example.org', 'NS', ['example.org 9 NS ns1.dns.example.org']],
    ['www.elsewhere.example.org', 'A', ['www.elsewhere.example.org 3600 A 192.0.2.80']],
  ];
  for (const [name, type, want] of rows)
    it(`${name} ${type}`, async () => assert.deepEqual(await lines(name, type), want));

  it('is transferred as it is answered', async () => {
    const question = [0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...Buffer.from('\x07example\x03org\x00'), 0, AXFR, 0, 1];
    const { answers = [] } = decode(await exchangeTcp(server.port, '127.0.0.1', Buffer.from(question), 2000));
    const records = answers.filter(({ type }) => type !== 'SOA').map(line);
    assert.deepEqual([answers.at(0)?.type, answers.at(-1)?.type], ['SOA', 'SOA']);
    assert.ok(records.includes('web.shop.example.org 9 A 203.0.113.1'));
    assert.ok(records.includes('lb.shop.example.org 7 CNAME lb.example.net'));
    assert.ok(records.some((text) => text.startsWith('_http._tcp.lb.shop.example.org 7 SRV')));
  });

  it('follows a change; the serial tells of it', async () => {
    const serial = async (): Promise<number> => {
      const [soa] = (await server.ask('example.org', 'SOA')).answers ?? [];
      return soa?.type === 'SOA' ? (soa.data.serial ?? -1) : -1;
    };
    assert.equal(await serial(), 0);
    writeFileSync(join(server.folder, 'objects.yaml'), OBJECTS.replace('203.0.113.1', '203.0.113.2'));
    await until(
      async () => (await lines('web.shop.example.org')).join() === 'web.shop.example.org 9 A 203.0.113.2',
      5000,
      () => 'the new address',
    );
    assert.equal(rcodeOf(await server.ask('1.113.0.203.in-addr.arpa', 'PTR')), 3);
    assert.ok((await serial()) > 1_700_000_000);
  });
});
