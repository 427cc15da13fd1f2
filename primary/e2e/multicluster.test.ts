// Services of other clusters from manifests, beside those of this one: a whole server with a multicluster zone (spec C9).

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TestServer, until } from './harness.ts';
import { rcodeOf } from './load.ts';

const NXDOMAIN = 3;

const COREFILE = `.:{PORT} {
    errors
    ready 127.0.0.1:{PORT2}
    kubernetes cluster.local clusterset.local in-addr.arpa {
        multicluster clusterset.local
    }
}
`;

const CLUSTER = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Service
metadata: { name: own, namespace: shop }
spec: { type: ClusterIP, clusterIPs: [10.96.0.1], ports: [{ name: http, port: 80 }] }
---
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceImport
metadata: { name: web, namespace: shop }
spec: { type: ClusterSetIP, ips: [10.50.0.1], ports: [{ name: http, port: 80, protocol: TCP }] }
---
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceImport
metadata: { name: db, namespace: shop }
spec: { type: Headless, ports: [{ name: pg, port: 5432, protocol: TCP }] }
---
`;

function slice(cluster: string, address: string): string {
  return `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: imported-db-${cluster}
  namespace: shop
  labels:
    multicluster.kubernetes.io/service-name: db
    multicluster.kubernetes.io/source-cluster: ${cluster}
addressType: IPv4
endpoints: [{ addresses: [${address}], hostname: db-0, conditions: { ready: true } }]
ports: [{ name: pg, port: 5432, protocol: TCP }]
`;
}

describe('a multicluster zone', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({
      corefile: COREFILE,
      manifests: '{FOLDER}',
      files: { 'cluster.yaml': CLUSTER, 'east.yaml': slice('east', '10.60.0.1') },
    });
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
  });

  /** Rcode and the addresses of the answer. */
  async function addresses(name: string): Promise<string> {
    const answer = await server.ask(name);
    return [
      rcodeOf(answer) === NXDOMAIN ? 'NXDOMAIN' : 'NOERROR',
      ...(answer.answers ?? []).map((record) => ('data' in record ? String(record.data) : '')),
    ].join(' ');
  }

  const rows: readonly (readonly [name: string, want: string])[] = [
    ['web.shop.svc.clusterset.local', 'NOERROR 10.50.0.1'],
    ['db.shop.svc.clusterset.local', 'NOERROR 10.60.0.1'],
    ['db-0.east.db.shop.svc.clusterset.local', 'NOERROR 10.60.0.1'],
    ['db-0.db.shop.svc.clusterset.local', 'NXDOMAIN'],
    ['own.shop.svc.clusterset.local', 'NXDOMAIN'],
    ['own.shop.svc.cluster.local', 'NOERROR 10.96.0.1'],
    ['web.shop.svc.cluster.local', 'NXDOMAIN'],
    ['db-0.east.db.shop.svc.cluster.local', 'NXDOMAIN'],
  ];
  for (const [name, want] of rows)
    it(`${name}: ${want}`, async () => {
      assert.equal(await addresses(name), want);
    });

  it('another cluster joins and moves, and the serial tells of the move alone', async () => {
    const serial = async (): Promise<string> =>
      JSON.stringify((await server.ask('clusterset.local', 'SOA')).answers).match(/"serial":(\d+)/)?.[1] ?? '';
    const waits = async (want: string): Promise<void> => {
      let last = '';
      await until(
        async () => {
          last = await addresses('db-0.west.db.shop.svc.clusterset.local');
          return last === want;
        },
        10_000,
        () => `${want}, is ${last}`,
      );
    };
    writeFileSync(join(server.folder, 'west.yaml'), slice('west', '10.61.0.1'));
    await waits('NOERROR 10.61.0.1');
    assert.equal(await serial(), '0');
    writeFileSync(join(server.folder, 'west.yaml'), slice('west', '10.61.0.2'));
    await waits('NOERROR 10.61.0.2');
    assert.notEqual(await serial(), '0');
  });
});
