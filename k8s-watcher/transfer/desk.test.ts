// Transfers at the desk: one serial, one envelope at a time, refusals.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeName } from '#wire/name.ts';
import { type Plain, plainNamespace, plainService, plainSlice } from '../testing/objects.ts';
import { linesOf, TransferRig } from '../testing/transfer.ts';

const namespace = plainNamespace('default');

/** Enough services for several envelopes. */
function services(count: number): Plain[] {
  return Array.from({ length: count }, (_, i) =>
    plainService(`svc-${String(i).padStart(5, '0')}`, { ip: `10.96.${i >> 8}.${i & 255}`, ports: ['http 80'] }),
  );
}

describe('a large zone', () => {
  const objects = [namespace, ...services(2000)];

  it('comes in several envelopes, each when it is asked for', () => {
    const rig = new TransferRig(objects);
    rig.open(1, 'cluster.local.');
    assert.equal(rig.told.length, 1);
    let envelopes = 1;
    const lines = rig.drain(1, 'cluster.local.', () => envelopes++);
    assert.ok(envelopes > 2, `${envelopes} envelopes`);
    assert.equal(lines.length, 2 + 2 + 3 * 2000);
    assert.equal(lines[0], lines.at(-1));
    assert.equal(rig.desk.size, 0);
  });

  it('is given up when nobody waits', () => {
    const rig = new TransferRig(objects);
    rig.open(1, 'cluster.local.');
    assert.equal(rig.desk.size, 1);
    rig.desk.ask(1, { step: 'close' });
    assert.equal(rig.desk.size, 0);
    rig.take(1);
    rig.desk.ask(1, { step: 'next' });
    assert.deepEqual(rig.take(1), []);
  });

  const CHANGES: readonly { readonly name: string; readonly put?: Plain[]; readonly remove?: Plain[] }[] = [
    { name: 'a service that comes', put: [plainService('svc-99999', { ip: '10.97.0.1' })] },
    { name: 'a service that goes', remove: [plainService('svc-01999')] },
    { name: 'a service that changes', put: [plainService('svc-01998', { ip: '10.97.0.2', ports: ['x 1'] })] },
    { name: 'a service that has been told already', remove: [plainService('svc-00000')] },
    { name: 'a slice that comes', put: [plainSlice('headless', ['10.1.0.9'], { name: 'second' })] },
    { name: 'a slice that goes', remove: [plainSlice('headless', [])] },
    { name: 'a namespace that goes', remove: [namespace] },
    { name: 'a namespace that comes', put: [plainNamespace('later')] },
    {
      name: 'a new name server',
      put: [plainSlice('svc-00001', ['192.0.2.53'], { name: 'own' })],
    },
  ];
  const headless = [
    plainService('headless', { ip: 'None' }),
    plainSlice('headless', ['10.1.0.1', '10.1.0.2'], { ports: ['http 80'] }),
    plainService('hidden', { namespace: 'later', ip: '10.98.0.1' }),
  ];
  for (const { name, put = [], remove = [] } of CHANGES)
    it(`is of one serial: ${name}`, () => {
      const rig = new TransferRig([...objects, ...headless]);
      const before = rig.zone('z.');
      rig.open(1, 'z.');
      rig.change(put, remove);
      assert.deepEqual(rig.drain(1, 'z.'), before);
    });

  it('is of one serial: a service that goes, comes back and changes again', () => {
    const rig = new TransferRig(objects);
    const before = rig.zone('z.');
    rig.open(1, 'z.');
    rig.change([], [plainService('svc-01999')]);
    rig.change([plainService('svc-01999', { ip: '10.97.0.3' })]);
    rig.change([plainService('svc-01999', { ip: '10.97.0.4' })]);
    assert.deepEqual(rig.drain(1, 'z.'), before);
    assert.notDeepEqual(rig.zone('z.'), before);
  });

  it('does not mind changes of another store', () => {
    const rig = new TransferRig(objects);
    const other = new TransferRig([namespace]);
    rig.open(1, 'z.');
    other.store.apply({ action: 'delete', id: { kind: 'Namespace', namespace: '', name: 'default' } });
    rig.desk.keep(other.store);
    assert.equal(rig.drain(1, 'z.').length, 4 + 3 * 2000);
  });
});

describe('IXFR (RFC 1995)', () => {
  const rows: readonly { readonly name: string; readonly since: number; readonly records: number }[] = [
    { name: 'the current serial: the SOA alone', since: 1000, records: 1 },
    { name: 'an older serial: the whole zone', since: 999, records: 6 },
    { name: 'a newer serial: the whole zone', since: 1001, records: 6 },
    { name: 'no serial: the whole zone', since: 0, records: 6 },
  ];
  for (const { name, since, records } of rows)
    it(name, () => {
      const rig = new TransferRig([namespace, plainService('web', { ip: '10.96.0.1' })]);
      rig.open(1, 'z.', since);
      const [told] = rig.take(1);
      assert.ok(told.step === 'envelope' && told.last);
      assert.equal(told.envelope.records, records);
      assert.equal(told.current, records === 1);
      assert.equal(told.serial, 1000);
      assert.match(linesOf('z.', told.envelope)[0], / SOA /);
    });
});

describe('refused is', () => {
  it('an image that nobody has', () => {
    const rig = new TransferRig([]);
    rig.desk.ask(1, { step: 'open', image: 'no', zone: encodeName('z.'), since: 0 });
    assert.deepEqual(rig.take(1), [{ step: 'refused', why: 'gone' }]);
    assert.equal(rig.desk.size, 0);
  });

  it('a zone whose name leaves no room for its name server', () => {
    const rig = new TransferRig([]);
    rig.open(1, `${Array.from({ length: 4 }, () => 'x'.repeat(60)).join('.')}.`);
    assert.deepEqual(rig.take(1), [{ step: 'refused', why: 'gone' }]);
  });
});
