// Envelopes: how full they get, how owners are compressed, what is left out.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeName } from '#wire/name.ts';
import { relativeName } from '../compile/name.ts';
import { linesOf, messageOf } from '../testing/transfer.ts';
import { EnvelopeWriter, RECORD_BYTES } from './envelope.ts';
import { addressRecord, srvRecord, type ZoneRecord } from './record.ts';

const ZONE = 'cluster.local.';
const ZONE_OCTETS = encodeName(ZONE);
const IP = 0x0a000001;
const owner = relativeName('web', 'default', 'svc');

function writerWith(records: readonly ZoneRecord[]): EnvelopeWriter {
  const writer = new EnvelopeWriter(ZONE_OCTETS.length);
  for (const record of records) assert.ok(writer.add(record));
  return writer;
}

describe('owners', () => {
  it('end in a pointer to the question', () => {
    const { octets, plainSize } = writerWith([addressRecord(owner, 5, IP)]).take();
    assert.equal(octets.length, owner.length + 2 + 10 + 4);
    assert.equal(plainSize, owner.length + ZONE_OCTETS.length + 10 + 4);
  });

  it('are a pointer alone for the zone itself, and when they are that of the record before', () => {
    const { octets } = writerWith([
      addressRecord('', 5, IP),
      addressRecord(owner, 5, IP),
      addressRecord(owner, 5, IP),
    ]).take();
    assert.equal(octets.length, 16 + owner.length + 16 + 16);
    const lines = linesOf(ZONE, { octets, records: 3, plainSize: 0 });
    assert.deepEqual(lines, [
      'cluster.local 5 A 10.0.0.1',
      'web.default.svc.cluster.local 5 A 10.0.0.1',
      'web.default.svc.cluster.local 5 A 10.0.0.1',
    ]);
  });

  it('are not pointed to beyond 16 KiB (RFC 1035 §4.1.4)', () => {
    const records = Array.from({ length: 1200 }, (_, i) => addressRecord(relativeName(`s${i >> 1}`, 'svc'), i, IP));
    const lines = linesOf(ZONE, writerWith(records).take());
    assert.deepEqual(
      lines,
      records.map((_, i) => `s${i >> 1}.svc.cluster.local ${i} A 10.0.0.1`),
    );
  });
});

describe('an envelope', () => {
  it('takes no record that would be too much, and goes on in the next one', () => {
    const writer = new EnvelopeWriter(ZONE_OCTETS.length);
    const [record] = srvRecord(relativeName('_http', '_tcp', 'web', 'default', 'svc'), 5, 100, 80, owner, ZONE_OCTETS);
    let added = 0;
    while (writer.add(record)) added++;
    const first = writer.take();
    assert.equal(first.records, added);
    assert.ok(first.octets.length <= RECORD_BYTES);
    assert.ok(messageOf(ZONE, first).length <= 65_535 - 2000);
    assert.ok(writer.add(record));
    assert.deepEqual(linesOf(ZONE, writer.take()), [
      '_http._tcp.web.default.svc.cluster.local 5 SRV 0 100 80 web.default.svc.cluster.local',
    ]);
  });

  it('leaves out owners that are too long for names below the zone', () => {
    const labels = Array.from({ length: 4 }, () => 'x'.repeat(60));
    const { records } = writerWith([addressRecord(relativeName(...labels), 5, IP)]).take();
    assert.equal(records, 0);
  });

  it('is a copy', () => {
    const writer = writerWith([addressRecord(owner, 5, IP)]);
    const { octets } = writer.take();
    const before = Buffer.from(octets).toString('hex');
    writer.add(addressRecord('', 7, 0x09090909));
    assert.equal(Buffer.from(octets).toString('hex'), before);
  });
});

describe('RDATA', () => {
  it('has no target that is too long', () => {
    const labels = Array.from({ length: 4 }, () => 'x'.repeat(60));
    assert.deepEqual(srvRecord(owner, 5, 100, 80, relativeName(...labels), ZONE_OCTETS), []);
  });
});
