// A folder of manifests while the server runs: what changes there is answered, what is broken there is reported and changes nothing.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TestServer, until } from './harness.ts';
import { get } from './http.ts';
import { rcodeOf, SteadyLoad } from './load.ts';

const NXDOMAIN = 3;

const COREFILE = `.:{PORT} {
    errors
    ready 127.0.0.1:{PORT2}
    kubernetes cluster.local in-addr.arpa {
        ttl 7
    }
}
`;

function namespace(name: string): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n---\n`;
}

function service(name: string, address: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  type: ClusterIP
  clusterIP: ${address}
  clusterIPs: [${address}]
  ports: [{ name: http, port: 80, protocol: TCP }]
---
`;
}

describe('manifests that change while the server runs', () => {
  let server: TestServer;
  let load: SteadyLoad;
  before(async () => {
    server = await TestServer.start({
      corefile: COREFILE,
      manifests: '{FOLDER}',
      files: {
        'shop.yaml': namespace('shop') + service('web', '10.96.0.1'),
        'more.yaml': service('cart', '10.96.0.2'),
      },
    });
    load = new SteadyLoad({ port: server.port, name: 'web.shop.svc.cluster.local', timeout: 2000, retries: 0 });
  });
  after(async () => {
    await load.stop();
    assert.equal(await server.stop(), 0);
  });

  const write = (name: string, text: string): void => writeFileSync(join(server.folder, name), text);
  const addresses = async (name: string): Promise<unknown[]> =>
    ((await server.ask(`${name}.shop.svc.cluster.local`)).answers ?? []).map(
      (record) => 'data' in record && record.data,
    );

  async function answers(name: string, expected: readonly string[]): Promise<void> {
    let last: unknown[] = [];
    await until(
      async () => {
        last = await addresses(name);
        return last.join() === expected.join();
      },
      10_000,
      () => `${name} to be ${expected.join() || 'gone'}, is ${last.join()}\n${server.stdout}`,
    );
  }

  it('are read before the first answer', async () => {
    assert.deepEqual(await addresses('web'), ['10.96.0.1']);
    assert.deepEqual(await addresses('cart'), ['10.96.0.2']);
    assert.equal((await get(server.ports[1], '/ready'))?.body, 'OK');
  });

  it('a new file is answered, with its reverse name', async () => {
    write('pay.yaml', service('pay', '10.96.0.3'));
    await answers('pay', ['10.96.0.3']);
    const reverse = await server.ask('3.0.96.10.in-addr.arpa', 'PTR');
    assert.deepEqual(
      reverse.answers?.map((record) => 'data' in record && record.data),
      ['pay.shop.svc.cluster.local'],
    );
  });

  it('a changed address is answered', async () => {
    write('pay.yaml', service('pay', '10.96.0.4'));
    await answers('pay', ['10.96.0.4']);
    assert.equal(rcodeOf(await server.ask('3.0.96.10.in-addr.arpa', 'PTR')), NXDOMAIN);
  });

  const broken: readonly { name: string; text: string; why: string }[] = [
    { name: 'text that is no YAML', text: 'kind: Service\nmetadata: [\n', why: 'document 1 \\(line 1\\): ' },
    {
      name: 'a second document that is no service',
      text: `${service('cart', '10.96.0.9')}apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: shop }\nspec: { clusterIP: 10.96.0.9, ports: nine }\n`,
      why: 'document 2 \\(line \\d+\\): Service shop/web: spec\\.ports: "nine" is not a list',
    },
    {
      name: 'an address that is none',
      text: service('cart', '10.96.0.999'),
      why: 'document 1 \\(line 1\\): Service shop/cart: .*10\\.96\\.0\\.999',
    },
  ];
  for (const { name, text, why } of broken)
    it(`${name} is reported in one line, and the last good state stays`, async () => {
      const from = server.stdout.length;
      write('more.yaml', text);
      const line = new RegExp(`^\\[ERROR\\] plugin/kubernetes: .*more\\.yaml: ${why}`);
      await until(
        () => server.linesSince(from).some((printed) => line.test(printed)),
        10_000,
        () => `${line} in:\n${server.linesSince(from).join('\n')}`,
      );
      assert.equal(server.linesSince(from).length, 1, server.linesSince(from).join('\n'));
      assert.deepEqual(await addresses('cart'), ['10.96.0.2']);
      assert.deepEqual(await addresses('web'), ['10.96.0.1']);
      assert.equal((await get(server.ports[1], '/ready'))?.body, 'OK');
    });

  it('a repaired file is answered again', async () => {
    write('more.yaml', service('cart', '10.96.0.22'));
    await answers('cart', ['10.96.0.22']);
  });

  it('a removed file takes its names away', async () => {
    rmSync(join(server.folder, 'pay.yaml'));
    await answers('pay', []);
    assert.equal(rcodeOf(await server.ask('pay.shop.svc.cluster.local')), NXDOMAIN);
  });

  it('a folder below is found', async () => {
    mkdirSync(join(server.folder, 'deep'));
    write('deep/deep.yaml', service('deep', '10.96.0.5'));
    await answers('deep', ['10.96.0.5']);
  });

  it('a reload to other zones and options reads nothing anew and loses nothing', async () => {
    server.rewriteCorefile(
      COREFILE.replace('ttl 7', 'ttl 9').replace(
        'cluster.local in-addr.arpa',
        'cluster.local other.local in-addr.arpa',
      ),
    );
    server.signal('SIGUSR1');
    await server.printed(/Reloading complete/);
    const [record] = (await server.ask('deep.shop.svc.other.local')).answers ?? [];
    assert.deepEqual([record.name, 'ttl' in record && record.ttl], ['deep.shop.svc.other.local', 9]);
    write('deep/deep.yaml', service('deep', '10.96.0.6'));
    await answers('deep', ['10.96.0.6']);
  });

  it('no query failed meanwhile', async () => {
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.ok(load.answered > 100, `${load.answered} answers`);
  });
});
