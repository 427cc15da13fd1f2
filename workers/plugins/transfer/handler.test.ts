// The transfer handler on a chain: who gets what, what is logged and counted, and how a transfer that fails ends.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from 'dns-packet';
import type { Deadlines, Expiring, Handler, Host, Transfers, Turn } from '#workers/chain/handler.ts';
import { ThreadTransfers } from '#workers/lib/transfers.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query, Streamer } from '#workers/query/query.ts';
import { encodeQuestion } from '#workers/testing/case.ts';
import { CoreRig } from '#workers/testing/core.ts';
import { decodeAnswer } from '#workers/testing/decoded.ts';
import { ScriptHandler } from '#workers/testing/script.ts';
import { NamedSlots } from '#workers/testing/slots.ts';
import type { TransferTold } from '#zone/transfer.ts';
import { build } from './handler.ts';
import { metrics } from './metrics.ts';
import type { TransferOptions } from './setup.ts';

const ZONES = ['cluster.local.', '10.in-addr.arpa.'];
const OPTIONS: TransferOptions = {
  rules: [{ zones: ZONES, anybody: true, to: [] }],
  offers: [{ zones: ZONES, image: 'image' }],
};
/** One A record of the zone itself: pointer, type, class, TTL, length, address. */
const RECORD = Uint8Array.of(0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1);
const PLAIN = 29;

const turn: Pick<Turn, 'begin' | 'end'> = { begin: () => undefined, end: () => undefined };

/** Deadlines that a test lets pass. */
class TestDeadlines implements Deadlines {
  readonly running = new Map<number, { readonly owner: Expiring; readonly milliseconds: number }>();
  #last = 0;

  start(owner: Expiring, _token: number, milliseconds: number): number {
    this.running.set(++this.#last, { owner, milliseconds });
    return this.#last;
  }

  cancel(handle: number): void {
    this.running.delete(handle);
  }

  expire(): void {
    const [[handle, { owner }]] = this.running;
    this.running.delete(handle);
    owner.expire(0);
  }
}

/** A core whose clients have a stream. */
class StreamRig extends CoreRig {
  /** Messages that are not the last. */
  readonly parts: Uint8Array[] = [];
  streamer: Streamer | null = null;

  part(_query: Query, answer: Answer, length: number, streamer: Streamer): void {
    this.parts.push(answer.bytes.slice(answer.at, answer.at + length));
    this.streamer = streamer;
  }
}

class Rig {
  readonly deadlines = new TestDeadlines();
  readonly asked: string[] = [];
  readonly slots = new NamedSlots();
  readonly transfers = new ThreadTransfers(turn, (transfer, ask) => {
    const what = ask.step === 'open' ? ` ${ask.image} ${Buffer.from(ask.zone).toString('latin1')} ${ask.since}` : '';
    this.asked.push(`${transfer} ${ask.step}${what}`);
  });
  readonly core: StreamRig;

  constructor(options: TransferOptions = OPTIONS) {
    const parts: Partial<Host> = { transfers: this.transfers satisfies Transfers, deadlines: this.deadlines };
    const slots = metrics.slots(this.slots, { server: 'dns://:53', zones: ['.'], view: '', next: [] }, options);
    const scope = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };
    const handlers = (host: Host): Handler[] => [
      build({ name: 'transfer', options, slots }, host, scope),
      new ScriptHandler({ answer: ['next. 5 IN A 192.0.2.1'] }),
    ];
    this.core = new StreamRig((host) => [{ zones: ['.'], handlers: handlers(host) }], { parts });
  }

  send(message: Uint8Array, client = '192.0.2.7') {
    return this.core.send(message, { proto: 'tcp', client });
  }

  /** Rcode and flags of an answer at once. */
  answer(message: Uint8Array, client?: string): string {
    const sent = this.send(message, client);
    if (typeof sent === 'string') return sent;
    const { rcode, flags, answer } = decodeAnswer(sent);
    return `${rcode} ${flags} ${answer.length}`;
  }

  tell(transfer: number, last: boolean, more: Partial<Extract<TransferTold, { step: 'envelope' }>> = {}): void {
    const envelope = { octets: RECORD, records: 1, plainSize: PLAIN };
    this.transfers.deliver(transfer, { step: 'envelope', envelope, last, current: false, serial: 77, ...more });
  }

  counted(): string[] {
    return this.slots.counted((slot) => this.core.thread.count(slot), 'shoal');
  }

  get lines(): string[] {
    return this.core.thread.takeLines();
  }
}

const axfr = (name = 'cluster.local.'): Uint8Array => encodeQuestion({ name, type: 'AXFR', flags: 0 });

/** An IXFR query with these records behind the question, their counts in the header. */
function ixfr(answers: number, authorities: number, records: Uint8Array): Uint8Array {
  const message = Buffer.concat([encodeQuestion({ name: 'cluster.local.', type: 'IXFR', flags: 0 }), records]);
  message.writeUInt16BE(answers, 6);
  message.writeUInt16BE(authorities, 8);
  return message;
}

function record(type: number, data: readonly number[]): number[] {
  return [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length, ...data];
}
const SOA = record(6, [0, 1, 0x78, 0, 0, 0, 1, 0xff, ...new Array<number>(16).fill(0)]);
const A = record(1, [192, 0, 2, 1]);

describe('a transfer', () => {
  it('asks for the zone in lower case, and comes as several messages', () => {
    const rig = new Rig();
    assert.equal(rig.send(axfr('Cluster.LOCAL.')), 'waiting');
    assert.deepEqual(rig.asked, ['1 open image \x07cluster\x05local\0 0']);
    rig.tell(1, false);
    assert.equal(rig.core.parts.length, 1);
    const first = decode(Buffer.from(rig.core.parts[0]));
    assert.deepEqual(
      [first.flag_aa, first.flag_rd, first.questions?.[0].name, first.answers?.length],
      [true, false, 'Cluster.LOCAL', 1],
    );
    rig.core.streamer?.drained();
    assert.equal(rig.asked.at(-1), '1 next');
    rig.tell(1, true);
    assert.equal(rig.core.late.length, 1);
    assert.deepEqual(rig.core.late[0]?.answer, ['Cluster.LOCAL. 5 IN A 10.0.0.1']);
    assert.deepEqual(rig.lines, [
      '[INFO] plugin/transfer: Outgoing transfer of 2 records of zone "Cluster.LOCAL." to 192.0.2.7 for 77 SOA serial',
    ]);
    assert.deepEqual(rig.counted(), ['shoal_transfers_total{result="complete",server="dns://:53"} 1']);
    assert.equal(rig.deadlines.running.size, 0);
  });

  it('of a zone below that of a plugin is rooted there', () => {
    const rig = new Rig();
    rig.send(axfr('svc.cluster.local.'));
    assert.deepEqual(rig.asked, ['1 open image \x03svc\x07cluster\x05local\0 0']);
  });

  it('to a client with the current serial is the SOA alone, without AA', () => {
    const rig = new Rig();
    rig.send(ixfr(0, 1, Uint8Array.from(SOA)));
    assert.deepEqual(rig.asked, ['1 open image \x07cluster\x05local\0 511']);
    rig.tell(1, true, { current: true });
    assert.deepEqual(rig.core.late[0]?.flags, 'qr');
    assert.deepEqual(rig.lines, [
      '[INFO] plugin/transfer: Outgoing noop, incremental transfer for up to date zone "cluster.local." to 192.0.2.7 for 77 SOA serial',
    ]);
    assert.deepEqual(rig.counted(), ['shoal_transfers_total{result="current",server="dns://:53"} 1']);
  });

  it('has the client’s EDNS in every message', () => {
    const rig = new Rig();
    rig.send(encodeQuestion({ name: 'cluster.local.', type: 'AXFR', edns: { size: 1232 } }));
    rig.tell(1, false);
    const [opt] = decode(Buffer.from(rig.core.parts[0])).additionals ?? [];
    assert.equal(opt.type === 'OPT' && opt.udpPayloadSize, 1232);
  });
});

describe('who gets what', () => {
  const only: TransferOptions = {
    ...OPTIONS,
    rules: [
      { zones: ['local.'], anybody: true, to: [] },
      { zones: ['cluster.local.'], anybody: false, to: ['192.0.2.1', '2001:db8::1'] },
    ],
  };
  const rows: readonly {
    readonly name: string;
    readonly options?: TransferOptions;
    readonly message?: Uint8Array;
    readonly client?: string;
    readonly want: string;
  }[] = [
    { name: 'a listed client', options: only, client: '192.0.2.1', want: 'waiting' },
    { name: 'a listed client with IPv6', options: only, client: '2001:db8::1', want: 'waiting' },
    { name: 'another client: the longest zone decides', options: only, client: '192.0.2.2', want: 'REFUSED qr 0' },
    { name: 'no directive for the zone: the next plugin', message: axfr('example.org.'), want: 'NOERROR qr 1' },
    { name: 'no plugin with the zone: the next one', options: { ...OPTIONS, offers: [] }, want: 'NOERROR qr 1' },
    {
      name: 'other types: the next plugin',
      message: encodeQuestion({ name: 'cluster.local.', type: 'SOA', flags: 0 }),
      want: 'NOERROR qr 1',
    },
    { name: 'IXFR without a SOA', message: ixfr(0, 0, new Uint8Array(0)), want: 'SERVFAIL qr 0' },
    { name: 'IXFR with another record', message: ixfr(0, 1, Uint8Array.from(A)), want: 'SERVFAIL qr 0' },
    { name: 'IXFR with a SOA in the wrong section', message: ixfr(1, 0, Uint8Array.from(SOA)), want: 'SERVFAIL qr 0' },
    {
      name: 'IXFR with a SOA behind an answer',
      message: ixfr(1, 1, Uint8Array.from([...A, ...SOA])),
      want: 'waiting',
    },
    {
      name: 'IXFR with a SOA that is cut off',
      message: ixfr(0, 1, Uint8Array.from(record(6, [0, 1, 0x78, 0, 0]))),
      want: 'SERVFAIL qr 0',
    },
  ];
  for (const { name, options, message = axfr(), client, want } of rows)
    it(name, () => {
      assert.equal(new Rig(options).answer(message, client), want);
    });

  it('an offer may be for zones alone, not for names below them', () => {
    const rig = new Rig({ ...OPTIONS, offers: [{ zones: ZONES, image: 'image', exact: true }] });
    assert.equal(rig.answer(axfr('svc.cluster.local.')), 'NOERROR qr 1');
    assert.equal(rig.answer(axfr('Cluster.local.')), 'waiting');
  });

  it('nobody over UDP', () => {
    const rig = new Rig();
    const sent = rig.core.send(axfr(), { proto: 'udp' });
    assert.ok(typeof sent !== 'string');
    assert.equal(decodeAnswer(sent).rcode, 'REFUSED');
    assert.deepEqual(rig.asked, []);
  });

  it('a client that is not listed is counted', () => {
    const rig = new Rig(only);
    rig.answer(axfr(), '192.0.2.2');
    assert.deepEqual(rig.counted(), ['shoal_transfers_total{result="refused",server="dns://:53"} 1']);
  });

  it('the offer of the first plugin counts', () => {
    const offers = [{ zones: ['cluster.local.'], image: 'first' }, ...OPTIONS.offers];
    const rig = new Rig({ ...OPTIONS, offers });
    rig.send(axfr());
    assert.match(rig.asked[0], /^1 open first /);
  });
});

describe('a transfer that fails', () => {
  const rcodes = (rig: Rig): (string | undefined)[] => rig.core.late.map((decoded) => decoded?.rcode);
  const result = (name: string): string[] => [`shoal_transfers_total{result="${name}",server="dns://:53"} 1`];

  for (const [why, name] of [
    ['busy', 'busy'],
    ['gone', 'broken'],
  ] as const)
    it(`before it begins gets SERVFAIL: ${why}`, () => {
      const rig = new Rig();
      rig.send(axfr());
      rig.transfers.deliver(1, { step: 'refused', why });
      assert.deepEqual(rcodes(rig), ['SERVFAIL']);
      assert.deepEqual(rig.counted(), result(name));
      assert.equal(rig.deadlines.running.size, 0);
    });

  it('because nobody makes the first message gets SERVFAIL', () => {
    const rig = new Rig();
    rig.send(axfr());
    rig.deadlines.expire();
    assert.deepEqual(rcodes(rig), ['SERVFAIL']);
    assert.equal(rig.asked.at(-1), '1 close');
    rig.tell(1, true);
    assert.equal(rig.core.late.length, 1);
  });

  const MIDWAY: readonly { readonly name: string; readonly fail: (rig: Rig) => void }[] = [
    { name: 'the client does not take it', fail: (rig) => rig.deadlines.expire() },
    { name: 'the client leaves', fail: (rig) => rig.core.streamer?.left() },
    {
      name: 'the watcher dies',
      fail(rig) {
        rig.core.streamer?.drained();
        rig.transfers.deliver(1, { step: 'refused', why: 'gone' });
      },
    },
    {
      name: 'the watcher is too slow',
      fail(rig) {
        rig.core.streamer?.drained();
        rig.deadlines.expire();
      },
    },
  ];
  for (const { name, fail } of MIDWAY)
    it(`midway has no answer any more: ${name}`, () => {
      const rig = new Rig();
      rig.send(axfr());
      rig.tell(1, false);
      fail(rig);
      assert.deepEqual(rcodes(rig), [undefined]);
      assert.deepEqual(rig.counted(), result('broken'));
      assert.equal(rig.deadlines.running.size, 0);
      assert.equal(rig.transfers.size, 0);
      assert.deepEqual(rig.lines, []);
    });

  it('has an end, however patient both sides are', () => {
    const rig = new Rig();
    rig.send(axfr());
    rig.core.thread.clock.now += 15 * 60_000 - 50;
    rig.tell(1, false);
    assert.deepEqual(
      [...rig.deadlines.running.values()].map(({ milliseconds }) => milliseconds),
      [50],
    );
  });
});
