// Names of services of other clusters (spec C9), and what changes of them do to an image.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestImage } from '../testing/image.ts';
import {
  type Plain,
  plainImport,
  plainImportSlice,
  plainNamespace,
  plainPod,
  plainService,
  plainSlice,
} from '../testing/objects.ts';
import type { ImageOptions } from './options.ts';

const NAMESPACE = plainNamespace('default');

function imageOf(objects: readonly Plain[], options: Partial<ImageOptions> = {}): TestImage {
  return new TestImage({ naming: 'imports', ...options }, [NAMESPACE, ...objects]);
}

interface Row {
  readonly name: string;
  readonly objects: readonly Plain[];
  readonly options?: Partial<ImageOptions>;
  /** Lines of entries by name below `default.svc`; undefined: there is none. */
  readonly want: Readonly<Record<string, readonly string[] | undefined>>;
}

const db = plainImport('db', { ip: 'Headless' });
const east = plainImportSlice('db', 'east', [{ ip: '10.60.0.1', hostname: 'db-0' }], { ports: ['pg 5432'] });

describe('names of imports', () => {
  const rows: readonly Row[] = [
    {
      name: 'addresses of the cluster set',
      objects: [plainImport('web', { ip: ['10.50.0.1', 'fd50::1'], ports: ['http 80', 443] })],
      want: {
        web: ['A 10.50.0.1', 'AAAA fd50::1', 'SRV weight 25 skip 0: 80,443 [] 10.50.0.1 fd50::1'],
        '_http._tcp.web': ['A 10.50.0.1', 'AAAA fd50::1', 'SRV weight 50 skip 2: 80 [] 10.50.0.1 fd50::1'],
      },
    },
    {
      name: 'without ports only endpoints have names',
      objects: [plainImport('web', { ip: '10.50.0.1' }), plainImportSlice('web', 'east', ['10.60.0.1'])],
      want: { web: undefined, '10-60-0-1.east.web': ['A 10.60.0.1'], '10-60-0-1.web': undefined },
    },
    {
      name: 'without addresses the name exists',
      objects: [plainImport('web', { ports: ['http 80'] })],
      want: { web: [], '_http._tcp.web': [] },
    },
    {
      name: 'endpoints of several clusters',
      objects: [
        db,
        east,
        plainImportSlice('db', 'west', [{ ip: '10.61.0.1', hostname: 'db-0' }], { ports: ['pg 5433'] }),
      ],
      want: {
        db: ['A 10.60.0.1 10.61.0.1', 'SRV weight 50 skip 0: 5432 [db-0.east] 10.60.0.1 | 5433 [db-0.west] 10.61.0.1'],
        '_pg._tcp.db': [
          'A 10.60.0.1 10.61.0.1',
          'SRV weight 50 skip 2: 5432 [db-0.east] 10.60.0.1 | 5433 [db-0.west] 10.61.0.1',
        ],
        'db-0.east.db': ['A 10.60.0.1', 'SRV weight 100 skip 0: 5432 [] 10.60.0.1'],
        'db-0.west.db': ['A 10.61.0.1', 'SRV weight 100 skip 0: 5433 [] 10.61.0.1'],
        'db-0.db': undefined,
      },
    },
    {
      name: 'a cluster in capitals is found in small ones and told as it is written',
      objects: [db, plainImportSlice('db', 'East', [{ ip: '10.60.0.1', hostname: 'a' }], { ports: [80] })],
      want: { 'a.east.db': ['A 10.60.0.1', 'SRV weight 100 skip 2: 80 [a.East] 10.60.0.1'] },
    },
    {
      name: 'a slice that names no cluster',
      objects: [db, plainImportSlice('db', '', [{ ip: '10.60.0.1', hostname: 'a' }], { ports: [80] })],
      want: {
        db: ['A 10.60.0.1', 'SRV weight 100 skip 0: 80 [a] 10.60.0.1'],
        'a.db': ['A 10.60.0.1', 'SRV weight 100 skip 0: 80 [] 10.60.0.1'],
      },
    },
    {
      name: 'a cluster of several labels is told of and cannot be asked for',
      objects: [db, plainImportSlice('db', 'eu.east', [{ ip: '10.60.0.1', hostname: 'a' }], { ports: [80] })],
      want: { db: ['A 10.60.0.1', 'SRV weight 100 skip 0: 80 [a.eu.east] 10.60.0.1'], 'a.eu.east.db': undefined },
    },
    {
      name: 'a cluster that is no name: its endpoints have none',
      objects: [db, plainImportSlice('db', 'eu..east', [{ ip: '10.60.0.1', hostname: 'a' }], { ports: [80] })],
      want: { db: ['A 10.60.0.1'], 'a.db': undefined },
    },
    {
      name: 'names of pods for endpoints',
      objects: [db, plainImportSlice('db', 'east', [{ ip: '10.60.0.1', pod: 'p-0' }])],
      options: { endpointPodNames: true },
      want: { 'p-0.east.db': ['A 10.60.0.1'], '10-60-0-1.east.db': undefined },
    },
    { name: 'headless ones without endpoints are not there', objects: [db], want: { db: undefined } },
    {
      name: 'slices without their import have no names',
      objects: [east],
      want: { db: undefined, 'db-0.east.db': undefined },
    },
    {
      name: 'slices of services are none of imports, nor are services',
      objects: [db, plainService('web', { ip: '10.96.0.1', ports: ['http 80'] }), plainSlice('db', ['10.1.1.1'])],
      want: { db: undefined, web: undefined },
    },
    {
      name: 'a slice of both',
      objects: [
        db,
        plainImportSlice('db', 'east', ['10.1.1.1'], { labels: { 'kubernetes.io/service-name': 'other' } }),
      ],
      want: { db: ['A 10.1.1.1'], other: undefined },
    },
    {
      name: 'an import without ready endpoints, with `ignore empty_service`',
      objects: [
        plainImport('web', { ip: '10.50.0.1', ports: ['http 80'] }),
        plainImportSlice('web', 'east', [{ ip: '10.60.0.1', ready: false }]),
      ],
      options: { ignoreEmptyService: true },
      want: { web: undefined, '_http._tcp.web': undefined },
    },
    {
      name: '`noendpoints` changes nothing',
      objects: [db, east],
      options: { endpoints: false },
      want: { 'db-0.east.db': ['A 10.60.0.1', 'SRV weight 100 skip 0: 5432 [] 10.60.0.1'] },
    },
    {
      name: 'the selector of namespaces selects imports, the one of services slices (spec C2)',
      objects: [
        plainImport('db', { ip: 'Headless', labels: { team: 'x' } }),
        plainImport('other', { ip: '10.50.0.9', ports: [80], labels: { app: 'a' } }),
        plainImportSlice('db', 'east', ['10.60.0.1'], { labels: { app: 'a' } }),
        plainImportSlice('db', 'west', ['10.61.0.1']),
        plainNamespace('default', { team: 'x' }),
      ],
      options: {
        namespaceLabels: [{ key: 'team', operator: 'exists', values: [] }],
        labels: [{ key: 'app', operator: 'in', values: ['a'] }],
      },
      want: { db: ['A 10.60.0.1'], other: undefined },
    },
    {
      name: 'an address that is a domain name is an alias',
      objects: [db, plainImportSlice('db', 'east', ['x.example.org'], { ports: [80] })],
      want: { db: ['flags 2', 'CNAME x.example.org.'] },
    },
  ];
  for (const { name, objects, options, want } of rows)
    it(name, () => {
      const image = imageOf(objects, options);
      for (const [front, lines] of Object.entries(want))
        assert.deepEqual(image.lines(`${front}.default.svc`), lines, front);
    });

  it('namespaces exist, addresses and name servers are not here', () => {
    const image = imageOf([db, east, plainSlice('dns', ['10.0.0.2']), plainService('dns', { ip: '10.96.0.10' })], {
      localAddresses: ['10.0.0.2'],
    });
    assert.deepEqual(image.lines('default.svc'), ['flags 1']);
    assert.equal(image.lines('other.svc'), undefined);
    for (const name of ['10.60.0.1', '10.96.0.10', '10.0.0.2', '']) assert.equal(image.lines(name), undefined);
  });

  it('that are longer than names may be are left out, and nothing else is', () => {
    const [service, namespace, host, cluster] = ['s', 'n', 'h', 'c'].map((letter) => letter.repeat(63));
    const image = new TestImage({ naming: 'imports' }, [plainNamespace(namespace)]);
    const words = { namespace, name: 'slice', ports: ['http 80'] };
    image.put(
      plainImport(service, { namespace, ip: 'Headless' }),
      plainImportSlice(service, cluster, [{ ip: '10.60.0.1', hostname: host }], words),
    );
    const name = `${service}.${namespace}.svc`;
    assert.equal(image.lines(name)?.[0], 'A 10.60.0.1');
    assert.equal(image.compiler.names, 3, 'the namespace, the service and its port');
  });

  it('pods are those of the cluster', () => {
    const image = imageOf([plainPod('p', '10.1.2.3')], { pods: 'verified' });
    assert.deepEqual(image.lines('10-1-2-3.default.pod'), ['A 10.1.2.3', 'SRV weight 100 skip 0: 0 [] 10.1.2.3']);
    assert.deepEqual(image.lines('default.pod'), ['flags 1']);
  });
});

describe('changes of imports', () => {
  it('names come and go with their import, their slices and their namespace', () => {
    const image = imageOf([]);
    const has = (): boolean => image.lines('db-0.east.db.default.svc') !== undefined;
    image.put(east);
    assert.equal(has(), false);
    image.put(db);
    assert.equal(has(), true);
    image.remove(NAMESPACE);
    assert.equal(has(), false);
    image.put(NAMESPACE);
    assert.equal(has(), true);
    image.remove(east);
    assert.equal(has(), false);
    assert.equal(image.lines('db.default.svc'), undefined);
    image.remove(db, NAMESPACE);
    assert.equal(image.compiler.names, 0);
  });

  it('a slice moves to another import', () => {
    const image = imageOf([db, east, plainImport('new', { ip: 'Headless' })]);
    image.put(plainImportSlice('new', 'east', ['10.60.0.1'], { name: 'imported-db-east' }));
    assert.equal(image.lines('db.default.svc'), undefined);
    assert.deepEqual(image.lines('new.default.svc'), ['A 10.60.0.1']);
  });
});

describe('the serial of multicluster zones (spec C6)', () => {
  const web = (words: Parameters<typeof plainImport>[1]): Plain => plainImport('web', words);
  const before = [web({ ip: '10.50.0.1', ports: ['http 80'] }), db, east, plainService('own', { ip: '10.96.0.1' })];
  const slice = (ip: string, words: Parameters<typeof plainImportSlice>[3] = {}, cluster = 'east'): Plain =>
    plainImportSlice('db', cluster, [{ ip, hostname: 'db-0' }], {
      name: 'imported-db-east',
      ports: ['pg 5432'],
      ...words,
    });
  const rows: readonly { name: string; objects: readonly Plain[]; moves: boolean; options?: Partial<ImageOptions> }[] =
    [
      { name: 'a new import', objects: [plainImport('new', { ip: '10.50.0.2', ports: [80] })], moves: false },
      { name: 'a new slice', objects: [plainImportSlice('db', 'west', ['10.61.0.1'])], moves: false },
      { name: 'another address of an import', objects: [web({ ip: '10.50.0.9', ports: ['http 80'] })], moves: false },
      {
        name: 'other labels of an import',
        objects: [web({ ip: '10.50.0.1', ports: ['http 80'], labels: { a: 'b' } })],
        moves: false,
      },
      { name: 'another port of an import', objects: [web({ ip: '10.50.0.1', ports: ['http 81'] })], moves: true },
      { name: 'another type of an import', objects: [web({ ip: 'Headless', ports: ['http 80'] })], moves: true },
      { name: 'another address of an endpoint', objects: [slice('10.60.0.9')], moves: true },
      { name: 'another port of endpoints', objects: [slice('10.60.0.1', { ports: ['pg 1'] })], moves: true },
      { name: 'another cluster', objects: [slice('10.60.0.1', {}, 'west')], moves: true },
      { name: 'other labels of a slice', objects: [slice('10.60.0.1', { labels: { a: 'b' } })], moves: false },
      {
        name: 'another port of a service',
        objects: [plainService('own', { ip: '10.96.0.1', ports: [80] })],
        moves: false,
      },
      {
        name: 'a slice that is not selected',
        objects: [slice('10.60.0.9')],
        moves: false,
        options: { labels: [{ key: 'app', operator: 'exists', values: [] }] },
      },
    ];
  for (const { name, objects, moves, options } of rows)
    it(`${name}: ${moves ? 'moves it' : 'leaves it'}`, () => {
      const image = imageOf(before, options);
      assert.equal(image.image.serial(), 0, 'what is there at first is not told of');
      image.put(...objects);
      assert.equal(image.image.serial(), moves ? image.now : 0);
    });

  it('what goes leaves it', () => {
    const image = imageOf(before);
    image.remove(...before);
    assert.equal(image.image.serial(), 0);
  });

  it('the serial of cluster zones is not moved by imports', () => {
    const image = imageOf(before, { naming: 'cluster' });
    const serial = image.image.serial();
    image.put(web({ ip: 'Headless' }), slice('10.60.0.9'));
    image.remove(db);
    assert.equal(image.image.serial(), serial);
  });
});
