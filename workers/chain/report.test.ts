// What the core counts and prints of one listener, and where its slots come from.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Query } from '../query/query.ts';
import { ACCEPTED, readQuery } from '../query/read.ts';
import { encodeQuestion, type Question } from '../testing/case.ts';
import { NamedSlots } from '../testing/slots.ts';
import { TestThread } from '../testing/thread.ts';
import { CORE_METRICS, coreSlots } from './core-metrics.ts';
import { EndpointReport } from './report.ts';

const SERVER = 'dns://127.0.0.1:53';

function open(): { thread: TestThread; report: EndpointReport; counted: (only?: string) => string[] } {
  const thread = new TestThread();
  const slots = new NamedSlots();
  const report = new EndpointReport(coreSlots(slots, SERVER), SERVER, thread.host);
  return { thread, report, counted: (only) => slots.counted((slot) => thread.count(slot), only) };
}

function withQuery(thread: TestThread, question: Question, act: (query: Query) => void): void {
  const { pool, requestAt, host } = thread;
  const query = pool.acquire() as Query;
  const request = encodeQuestion(question);
  query.bytes.set(request, requestAt);
  query.receivedAt = thread.clock.now - 3;
  assert.equal(readQuery(query, requestAt, request.length, host.seed), ACCEPTED);
  query.answer.open(thread.answerAt);
  query.answer.start(query, 5, 0);
  act(query);
  query.release();
}

describe('dropped', () => {
  it('counts request, duration, sizes and response under zone="dropped"', () => {
    const { thread, report, counted } = open();
    withQuery(thread, { name: 'a.test.', type: 'MX', edns: { size: 512, dnssecOk: true } }, (query) => {
      report.dropped(query, query.answer, 5);
    });
    const place = `server="${SERVER}"`;
    assert.deepEqual(counted('coredns_dns_requests_total'), [
      `coredns_dns_requests_total{family="1",proto="udp",${place},type="MX",view="",zone="dropped"} 1`,
    ]);
    assert.deepEqual(counted('coredns_dns_responses_total'), [
      `coredns_dns_responses_total{plugin="",rcode="REFUSED",${place},view="",zone="dropped"} 1`,
    ]);
    assert.deepEqual(counted('coredns_dns_do_requests_total'), [
      `coredns_dns_do_requests_total{${place},view="",zone="dropped"} 1`,
    ]);
  });
});

describe('panicked', () => {
  const rows: readonly [name: string, error: unknown, line: RegExp][] = [
    ['an Error with its stack', new RangeError('too far'), /"dns:\/\/127\.0\.0\.1:53" RangeError: too far/],
    ['something else that was thrown', 'text', /"dns:\/\/127\.0\.0\.1:53" text$/],
    ['nothing that was thrown', undefined, / undefined$/],
  ];
  for (const [name, error, line] of rows)
    it(`prints ${name} and counts`, () => {
      const { thread, report, counted } = open();
      withQuery(thread, { name: 'a.', type: 'A' }, (query) => report.panicked(query, error));
      const [first] = thread.takeLines();
      assert.match(first, line);
      assert.match(first, /^\[ERROR\] Recovered from panic in server: /);
      assert.deepEqual(counted(), ['coredns_panics_total 1']);
    });
});

it('rejected connections and answers not sent are counted by server', () => {
  const { report, counted } = open();
  report.rejected();
  report.rejected();
  report.unsent(5);
  assert.deepEqual(counted(), [
    `shoal_tcp_rejected_total{server="${SERVER}"} 2`,
    `shoal_udp_unsent_total{server="${SERVER}"} 5`,
  ]);
});

describe('coreSlots', () => {
  it('every metric of the table has a series, and none is shared', () => {
    const slots = new NamedSlots();
    const { dropped, ...own } = coreSlots(slots, SERVER);
    for (const { name } of CORE_METRICS)
      assert.ok([...slots.bySeries.keys()].some((series) => series.startsWith(name)));
    // No plugin writes what is dropped: both kinds of responses are the same ones.
    const { bareResponses, ...counted } = dropped;
    assert.deepEqual(bareResponses, dropped.responses);
    const numbers = [...Object.values(own), ...Object.values(counted).flat()];
    assert.equal(new Set(numbers).size, numbers.length);
  });
  it('two listeners share the count of panics and nothing else', () => {
    const slots = new NamedSlots();
    const [a, b] = [coreSlots(slots, 'dns://:53'), coreSlots(slots, 'dns://:54')];
    assert.equal(a.panics, b.panics);
    assert.notEqual(a.tcpRejected, b.tcpRejected);
    assert.notEqual(a.dropped.duration, b.dropped.duration);
  });
  it('the same listener gets the same slots after a reload', () => {
    const slots = new NamedSlots();
    assert.deepEqual(coreSlots(slots, SERVER), coreSlots(slots, SERVER));
  });
  it('survives structuredClone', () => {
    const slots = coreSlots(new NamedSlots(), SERVER);
    assert.deepEqual(structuredClone(slots), slots);
  });
});
