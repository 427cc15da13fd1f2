import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseNames } from '#loadtest/generator/names.ts';
import { writeScenarios } from './files.ts';
import { manifestsText } from './manifests.ts';
import { forwardingOf, namesText, SCENARIOS } from './names.ts';
import { domainOf, MAX_SERVICES, NAMESPACES, services } from './services.ts';
import { clusterZone, elsewhereZone } from './zone.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-scenarios-'));
after(() => rmSync(folder, { recursive: true }));

describe('services', () => {
  const rows = [
    { i: 0, name: 'svc-0', namespace: 'team-0', address: '10.96.0.1' },
    { i: 49, name: 'svc-49', namespace: 'team-49', address: '10.96.0.50' },
    { i: 50, name: 'svc-50', namespace: 'team-0', address: '10.96.0.51' },
    { i: 255, name: 'svc-255', namespace: 'team-5', address: '10.96.1.0' },
    { i: 65_535, name: 'svc-65535', namespace: 'team-35', address: '10.97.0.0' },
  ];
  const all = services(70_000);
  for (const { i, ...want } of rows) it(`${i}`, () => assert.deepEqual(all[i], want));

  it('have names and addresses of their own', () => {
    assert.equal(new Set(all.map(domainOf)).size, all.length);
    assert.equal(new Set(all.map(({ address }) => address)).size, all.length);
  });

  for (const count of [0, -1, 1.5, MAX_SERVICES + 1])
    it(`${count} of them are not possible`, () => assert.throws(() => services(count), RangeError));
});

describe('manifests', () => {
  const list = JSON.parse(manifestsText(services(120)));
  const ofKind = (kind: string): { metadata: { name: string; namespace?: string }; spec?: object }[] =>
    list.items.filter((item: { kind: string }) => item.kind === kind);

  it('are one List', () => assert.deepEqual([list.apiVersion, list.kind, list.items.length], ['v1', 'List', 170]));
  it('have every namespace once', () => {
    const names = ofKind('Namespace').map(({ metadata }) => metadata.name);
    assert.deepEqual(
      names,
      Array.from({ length: NAMESPACES }, (_, i) => `team-${i}`),
    );
  });
  it('have a service with one named port', () =>
    assert.deepEqual(ofKind('Service')[119], {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'svc-119', namespace: 'team-19' },
      spec: {
        type: 'ClusterIP',
        clusterIP: '10.96.0.120',
        clusterIPs: ['10.96.0.120'],
        ipFamilies: ['IPv4'],
        ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      },
    }));
  it('of few services have only their namespaces', () =>
    assert.equal(JSON.parse(manifestsText(services(3))).items.length, 6));
});

it('the zone of elsewhere has every name', () => {
  const { origin, text } = elsewhereZone();
  assert.equal(origin, 'elsewhere.test');
  assert.match(text, /^\* A 192\.0\.2\.1$/m);
});

it('the zone has an address and a port for each service', () => {
  const { origin, text } = clusterZone(services(2));
  assert.equal(origin, 'cluster.local');
  assert.deepEqual(text.split('\n').slice(5), [
    'svc-0.team-0.svc.cluster.local. A 10.96.0.1',
    '_http._tcp.svc-0.team-0.svc.cluster.local. SRV 0 100 80 svc-0.team-0.svc.cluster.local.',
    'svc-1.team-1.svc.cluster.local. A 10.96.0.2',
    '_http._tcp.svc-1.team-1.svc.cluster.local. SRV 0 100 80 svc-1.team-1.svc.cluster.local.',
    '',
  ]);
});

describe('names of elsewhere', () => {
  const rows = [
    { scenario: 'clusterip-a', want: undefined },
    { scenario: 'forward-miss', want: { names: 50_000, cache: false } },
    { scenario: 'cache-hit', want: { names: 5000, cache: true } },
  ] as const;
  for (const { scenario, want } of rows) it(scenario, () => assert.deepEqual(forwardingOf(scenario), want));
});

describe('names', () => {
  const cluster = services(500);
  const patterns = {
    'clusterip-a': /^svc-\d+\.team-\d+\.svc\.cluster\.local A$/,
    nxdomain: /^missing-\d+\.team-\d+\.svc\.cluster\.local A$/,
    srv: /^_http\._tcp\.svc-\d+\.team-\d+\.svc\.cluster\.local SRV$/,
    'forward-miss': /^host-\d+\.elsewhere\.test A$/,
    'cache-hit': /^host-\d+\.elsewhere\.test A$/,
  };
  for (const scenario of SCENARIOS) {
    const text = namesText(scenario, cluster);
    const lines = text.trimEnd().split('\n');
    const size = forwardingOf(scenario)?.names ?? 500;
    it(`${scenario}: as many as it should be, none twice`, () => assert.equal(new Set(lines).size, size));
    it(`${scenario}: all of one form, and the generator reads them`, () => {
      for (const line of lines) assert.match(line, patterns[scenario]);
      assert.equal(parseNames(scenario, text).length, size);
    });
    it(`${scenario}: the same each time, not in order`, () => {
      assert.equal(namesText(scenario, services(500)), text);
      assert.notDeepEqual(lines, lines.toSorted());
      assert.ok(!/-0\./.test(lines[0]) || !/-1\./.test(lines[1]));
    });
  }
});

it('files are written where they are said to be', () => {
  const files = writeScenarios(join(folder, 'new', 'folder'), 10);
  const written = readdirSync(join(folder, 'new', 'folder')).sort();
  assert.deepEqual(written, [
    'cache-hit.names',
    'cluster.json',
    'cluster.local.zone',
    'clusterip-a.names',
    'elsewhere.test.zone',
    'forward-miss.names',
    'nxdomain.names',
    'srv.names',
  ]);
  assert.equal(JSON.parse(readFileSync(files.manifests, 'utf8')).items.length, 20);
  for (const scenario of SCENARIOS)
    assert.equal(readFileSync(files.names[scenario], 'utf8'), namesText(scenario, services(10)));
});

it('the command writes them and tells their names', () => {
  const out = join(folder, 'command');
  const words = [join(import.meta.dirname, 'main.ts'), '--out', out, '--services', '5'];
  const { stdout, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  const names = ['cluster.json', ...SCENARIOS.map((scenario) => `${scenario}.names`)];
  assert.deepEqual([status, stdout], [0, `${names.map((name) => join(out, name)).join('\n')}\n`]);
});
