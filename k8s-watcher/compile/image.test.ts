// An image follows the store: what events touch is published, nothing else; the serial tells of it (spec C6).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestImage } from '../testing/image.ts';
import { type Plain, plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import { ImageCompiler } from './image.ts';
import type { ImageOptions } from './options.ts';

const namespace = plainNamespace('default');
const web = plainService('web', { ip: '10.96.0.20', ports: ['http 80'] });
const db = plainService('db', { ip: 'None' });

describe('an image follows', () => {
  it('a service that comes, changes and goes', () => {
    const image = new TestImage({}, [namespace]);
    image.put(web);
    assert.deepEqual(image.lines('_http._tcp.web.default.svc'), [
      'A 10.96.0.20',
      'SRV weight 100 skip 2: 80 [] 10.96.0.20',
    ]);
    image.put(plainService('web', { ip: '10.96.0.21', ports: ['grpc 90'] }));
    assert.equal(image.lines('_http._tcp.web.default.svc'), undefined);
    assert.equal(image.lines('10.96.0.20'), undefined);
    assert.deepEqual(image.lines('_grpc._tcp.web.default.svc'), [
      'A 10.96.0.21',
      'SRV weight 100 skip 2: 90 [] 10.96.0.21',
    ]);
    image.remove(web);
    assert.equal(image.compiler.names, 1);
    assert.deepEqual(image.lines('default.svc'), ['flags 1']);
  });

  it('endpoints that come and go', () => {
    const image = new TestImage({}, [namespace, db, plainSlice('db', ['10.1.0.1'])]);
    image.put(plainSlice('db', ['10.1.0.2']));
    assert.equal(image.lines('10-1-0-1.db.default.svc'), undefined);
    assert.equal(image.lines('10.1.0.1'), undefined);
    assert.deepEqual(image.lines('db.default.svc'), ['flags 4', 'A 10.1.0.2']);
    image.put(plainSlice('db', [{ ip: '10.1.0.2', ready: false }]));
    assert.equal(image.lines('db.default.svc'), undefined);
    image.put(plainSlice('db', ['10.1.0.3'], { name: 'second' }));
    assert.deepEqual(image.lines('db.default.svc'), ['flags 4', 'A 10.1.0.3']);
    image.remove(plainSlice('db', [], { name: 'second' }), plainSlice('db', []), db);
    assert.equal(image.compiler.names, 1);
  });

  it('slices that come before their service', () => {
    const image = new TestImage({}, [namespace]);
    image.put(plainSlice('db', ['10.1.0.1']));
    assert.deepEqual(image.lines('10.1.0.1'), ['PTR 10-1-0-1.db.default.svc']);
    assert.equal(image.lines('db.default.svc'), undefined);
    image.put(db);
    assert.deepEqual(image.lines('db.default.svc'), ['flags 4', 'A 10.1.0.1']);
  });

  it('a namespace that comes and goes with all its names', () => {
    const image = new TestImage({ pods: 'verified' }, [web, plainPod('p', '10.1.0.1')]);
    const names = ['default.svc', 'default.pod', 'web.default.svc', '10-1-0-1.default.pod'];
    const present = (): boolean[] => names.map((name) => image.lines(name) !== undefined);
    assert.deepEqual(present(), [false, false, false, false]);
    image.put(namespace);
    assert.deepEqual(present(), [true, true, true, true]);
    image.remove(namespace);
    assert.deepEqual(present(), [false, false, false, false]);
    assert.deepEqual(image.lines('10.96.0.20'), ['PTR web.default.svc']);
  });

  it('labels of a namespace', () => {
    const image = new TestImage({ namespaceLabels: [{ key: 'env', operator: 'in', values: ['prod'] }] }, [
      namespace,
      web,
    ]);
    assert.equal(image.lines('web.default.svc'), undefined);
    image.put(plainNamespace('default', { env: 'prod' }));
    assert.notEqual(image.lines('web.default.svc'), undefined);
    image.put(plainNamespace('default', { env: 'prod', more: 'labels' }));
    assert.notEqual(image.lines('web.default.svc'), undefined);
    image.put(plainNamespace('default', { env: 'test' }));
    assert.equal(image.compiler.names, 1);
  });

  it('a namespace and its services in one batch', () => {
    const image = new TestImage({}, []);
    image.put(namespace, web);
    assert.notEqual(image.lines('web.default.svc'), undefined);
    image.remove(web, namespace);
    assert.equal(image.compiler.names, 0);
  });

  it('the last of several pods at an address', () => {
    const image = new TestImage({ pods: 'verified' }, [
      namespace,
      plainPod('a', '192.0.2.1'),
      plainPod('b', '192.0.2.1'),
    ]);
    image.remove(plainPod('a', ''));
    assert.notEqual(image.lines('192-0-2-1.default.pod'), undefined);
    image.put(plainPod('b', '192.0.2.2'));
    assert.equal(image.lines('192-0-2-1.default.pod'), undefined);
    assert.notEqual(image.lines('192-0-2-2.default.pod'), undefined);
  });

  it('the service that this server belongs to', () => {
    const image = new TestImage({ localAddresses: ['10.1.0.53'] }, [plainService('dns', { ip: '10.96.0.10' })]);
    image.put(plainSlice('dns', ['10.1.0.53']));
    assert.deepEqual(image.lines(''), ['flags 1', 'NS weight 0 skip 0: [dns.default.svc] 10.96.0.10']);
    image.put(plainSlice('dns', ['10.1.0.54']));
    assert.equal(image.lines(''), undefined);
  });
});

describe('a successor', () => {
  it('takes an image over: changes what is different, leaves the rest and the serial', () => {
    const image = new TestImage({}, [namespace, web, db, plainSlice('db', ['10.1.0.1'])]);
    const before = image.image.serial();
    const same = new ImageCompiler(image.compiler.options, image.writer, image.store, before);
    same.publishAll(before + 100);
    assert.equal(image.image.serial(), before);
    image.store.apply({ action: 'delete', id: { kind: 'Service', namespace: 'default', name: 'web' } });
    same.publishAll(before + 200);
    assert.equal(image.lines('web.default.svc'), undefined);
    assert.equal(image.lines('10.96.0.20'), undefined);
    assert.notEqual(image.lines('10-1-0-1.db.default.svc'), undefined);
    assert.equal(image.image.serial(), before + 200);
  });
});

describe('the serial', () => {
  const slice = plainSlice('web', [{ ip: '10.1.0.1', zone: 'a', pod: 'p' }], { ports: ['http 80'] });
  const start = [namespace, web, slice, plainPod('p', '10.1.0.1')];
  const labelled: Partial<ImageOptions> = { labels: [{ key: 'app', operator: 'exists', values: [] }] };
  const rows: { name: string; change: Plain; moves: boolean; options?: Partial<ImageOptions>; gone?: boolean }[] = [
    { name: 'a service comes', change: db, moves: true },
    { name: 'a service goes', change: web, gone: true, moves: true },
    {
      name: 'another cluster address',
      change: plainService('web', { ip: '10.96.0.99', ports: ['http 80'] }),
      moves: false,
    },
    { name: 'another port', change: plainService('web', { ip: '10.96.0.20', ports: ['http 81'] }), moves: true },
    {
      name: 'an ExternalName',
      change: plainService('web', { externalName: 'example.org', ports: ['http 80'] }),
      moves: true,
    },
    {
      name: 'labels of a service',
      change: plainService('web', { ip: '10.96.0.20', ports: ['http 80'], labels: { a: 'b' } }),
      moves: false,
    },
    { name: 'the same service', change: web, moves: false },
    { name: 'a slice comes', change: plainSlice('x', []), moves: true },
    { name: 'a slice goes', change: slice, gone: true, moves: true },
    {
      name: 'an address of a slice',
      change: plainSlice('web', [{ ip: '10.1.0.2', zone: 'a', pod: 'p' }], { ports: ['http 80'] }),
      moves: true,
    },
    {
      name: 'a hostname',
      change: plainSlice('web', [{ ip: '10.1.0.1', zone: 'a', pod: 'p', hostname: 'h' }], { ports: ['http 80'] }),
      moves: true,
    },
    {
      name: 'a port of a slice',
      change: plainSlice('web', [{ ip: '10.1.0.1', zone: 'a', pod: 'p' }], { ports: ['http 81'] }),
      moves: true,
    },
    {
      name: 'a zone, which has no names',
      change: plainSlice('web', [{ ip: '10.1.0.1', zone: 'b', pod: 'p' }], { ports: ['http 80'] }),
      moves: false,
    },
    {
      name: 'a zone with zonal',
      options: { zonal: true },
      change: plainSlice('web', [{ ip: '10.1.0.1', zone: 'b', pod: 'p' }], { ports: ['http 80'] }),
      moves: true,
    },
    { name: 'a slice with noendpoints', options: { endpoints: false }, change: plainSlice('x', []), moves: false },
    { name: 'a pod without pods', change: plainPod('q', '10.1.0.9'), moves: false },
    { name: 'a pod', options: { pods: 'verified' }, change: plainPod('q', '10.1.0.9'), moves: true },
    { name: 'the address of a pod', options: { pods: 'verified' }, change: plainPod('p', '10.1.0.9'), moves: true },
    {
      name: 'labels of a pod',
      options: { pods: 'verified' },
      change: plainPod('p', '10.1.0.1', { labels: { a: 'b' } }),
      moves: false,
    },
    { name: 'a namespace', change: plainNamespace('new'), moves: false },
    { name: 'a service that is not selected', options: labelled, change: db, moves: false },
    {
      name: 'a service that is selected now',
      options: labelled,
      change: plainService('web', { ip: '10.96.0.20', ports: ['http 80'], labels: { app: 'x' } }),
      moves: true,
    },
  ];
  for (const { name, change, moves, options, gone } of rows) {
    it(`${moves ? 'moves' : 'stays'}: ${name}`, () => {
      const image = new TestImage(options, start);
      const before = image.image.serial();
      if (gone === true) image.remove(change);
      else image.put(change);
      assert.equal(image.image.serial(), moves ? image.now : before);
    });
  }

  it('is 0 before any object was seen, the time of the first state then', () => {
    assert.equal(new TestImage({}, []).image.serial(), 0);
    assert.equal(new TestImage({}, [namespace]).image.serial(), 0);
    assert.equal(new TestImage({}, [namespace, web]).image.serial(), 1000);
  });
});
