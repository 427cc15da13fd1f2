import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { parseCorefile } from '#primary/corefile/corefile.ts';

interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}
interface Endpoint {
  readonly addresses: readonly string[];
  readonly hostname?: string;
  readonly conditions: { readonly ready: boolean };
}
/** Those fields of the four kinds that the tests look at. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly clusterIPs?: readonly string[];
    readonly ports?: readonly Port[];
    readonly externalName?: string;
  };
  readonly status?: { readonly podIP: string };
  readonly addressType?: string;
  readonly ports?: readonly Port[];
  readonly endpoints?: readonly Endpoint[];
}

const cluster = new URL('./cluster/', import.meta.url);
const files = readdirSync(cluster).sort();
const manifests = files.flatMap((file) =>
  parseAllDocuments(readFileSync(new URL(file, cluster), 'utf8')).map((document) => {
    assert.deepEqual(document.errors, [], file);
    return document.toJS() as Manifest;
  }),
);
const services = kind('Service');
const slices = kind('EndpointSlice');

function kind(name: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === name);
}

function find(name: string, namespace: string): Manifest {
  const found = services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  assert.ok(found, `${name}.${namespace}`);
  return found;
}

function slicesOf(name: string, namespace: string): Manifest[] {
  return slices.filter(
    (slice) => slice.metadata.namespace === namespace && slice.metadata.labels?.['kubernetes.io/service-name'] === name,
  );
}

function addressesOf(name: string, namespace: string): string[] {
  return slicesOf(name, namespace).flatMap((slice) =>
    (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses),
  );
}

describe('every object', () => {
  const versions: Readonly<Record<string, string>> = {
    Namespace: 'v1',
    Service: 'v1',
    Pod: 'v1',
    EndpointSlice: 'discovery.k8s.io/v1',
  };
  const namespaces = kind('Namespace').map(({ metadata }) => metadata.name);
  for (const { apiVersion, kind, metadata, addressType, ports, endpoints } of manifests) {
    it(`${kind} ${metadata.name}: stands in a namespace that exists`, () => {
      assert.equal(apiVersion, versions[kind]);
      if (kind !== 'Namespace') assert.ok(namespaces.includes(metadata.namespace ?? ''));
    });
    if (kind !== 'EndpointSlice') continue;
    it(`EndpointSlice ${metadata.name}: belongs to a service, whose ports it has, with addresses of its family`, () => {
      const service = find(metadata.labels?.['kubernetes.io/service-name'] ?? '', metadata.namespace ?? '');
      assert.deepEqual(
        ports?.map(({ name }) => name),
        service.spec?.ports?.map(({ name }) => name),
      );
      for (const endpoint of endpoints ?? []) {
        for (const address of endpoint.addresses) assert.equal(`IPv${isIP(address)}`, addressType);
      }
    });
  }
  it('has a name of its own', () => {
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
    assert.equal(new Set(names).size, names.length);
  });
  it('has cluster addresses of its own', () => {
    const addresses = services.flatMap(({ spec }) => spec?.clusterIPs ?? []).filter((address) => address !== 'None');
    assert.equal(new Set(addresses).size, addresses.length);
    for (const address of addresses) assert.ok(isIP(address) > 0, address);
  });
});

describe('the sample shows', () => {
  const rows: { name: string; ok: () => boolean | undefined }[] = [
    {
      name: 'a service with named ports',
      ok: () =>
        find('my-api', 'production')
          .spec?.ports?.map(({ name }) => name)
          .join() === 'http,metrics',
    },
    {
      name: 'a service of both families',
      ok: () => find('web', 'default').spec?.clusterIPs?.map(isIP).join() === '4,6',
    },
    { name: 'a headless service', ok: () => find('postgres', 'db').spec?.clusterIPs?.join() === 'None' },
    {
      name: 'endpoints with host names',
      ok: () =>
        slicesOf('postgres', 'db')[0]
          .endpoints?.map(({ hostname }) => hostname)
          .join() === 'postgres-0,postgres-1',
    },
    {
      name: 'endpoints without',
      ok: () => slicesOf('cache', 'data')[0].endpoints?.every(({ hostname }) => hostname === undefined),
    },
    {
      name: 'an endpoint that is not ready',
      ok: () => slicesOf('my-api', 'production')[0].endpoints?.some(({ conditions }) => !conditions.ready),
    },
    { name: 'a service without endpoints', ok: () => slicesOf('reports', 'data').length === 0 },
    {
      name: 'an external name',
      ok: () => find('legacy-db', 'production').spec?.externalName === 'rds.us-east-1.amazonaws.com',
    },
    {
      name: 'ports of both protocols',
      ok: () =>
        find('kube-dns', 'kube-system')
          .spec?.ports?.map(({ protocol }) => protocol)
          .join() === 'UDP,TCP,TCP',
    },
    {
      name: 'pods whose addresses are endpoints',
      ok: () =>
        kind('Pod').every(({ status }) =>
          slices.some((slice) => slice.endpoints?.some(({ addresses }) => addresses.includes(status?.podIP ?? ''))),
        ),
    },
  ];
  for (const { name, ok } of rows) it(name, () => assert.equal(ok(), true));
});

describe('the README', () => {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  const asked = [...readme.matchAll(/ (\S+)\.svc\.cluster\.local` /g)].map((match) => match[1]);
  it('asks for names', () => assert.ok(asked.length >= 8));
  for (const name of asked) {
    if (name.startsWith('nothing.')) continue;
    it(`asks for ${name}, which exists`, () => {
      const [service, namespace] = name.split('.').slice(-2);
      find(service, namespace);
    });
  }
  const answers = [
    { address: '10.96.0.1', of: () => find('kubernetes', 'default').spec?.clusterIPs },
    { address: '10.96.40.17', of: () => find('my-api', 'production').spec?.clusterIPs },
    { address: 'fd00:10:96::141e', of: () => find('web', 'default').spec?.clusterIPs },
    { address: '10.244.1.20', of: () => addressesOf('postgres', 'db') },
    { address: '10.244.2.20', of: () => addressesOf('postgres', 'db') },
    { address: '10.244.2.31', of: () => addressesOf('cache', 'data') },
  ];
  for (const { address, of } of answers) {
    it(`shows the answer ${address}`, () => {
      assert.ok(readme.includes(`\`${address}\``));
      assert.ok(of()?.includes(address));
    });
  }
});

it('the Corefile has the directives of the usual one but `loop`, on the port of npm start', () => {
  const file = new URL('./Corefile', import.meta.url).pathname;
  const warnings: string[] = [];
  const warn = (line: string): void => void warnings.push(line);
  const { blocks } = parseCorefile(readFileSync(file, 'utf8'), { file, defaultPort: 53, env: {}, warn });
  assert.deepEqual(
    blocks.map(({ keys }) => keys.map(({ text }) => text)),
    [['dns://.:1053']],
  );
  const usual = ['errors', 'health', 'ready', 'kubernetes', 'prometheus', 'forward', 'cache', 'reload', 'loadbalance'];
  assert.deepEqual([...blocks[0].directives.keys()].sort(), usual.sort());
  assert.deepEqual(warnings, []);
});
