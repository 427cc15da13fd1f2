import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DROP } from '#workers/chain/outcome.ts';
import { ChainRunner, type Question } from '#workers/testing/case.ts';
import { type Script, ScriptHandler } from '#workers/testing/script.ts';
import { TestThread } from '#workers/testing/thread.ts';
import type { Metric, SlotAllocator } from '../metrics.ts';
import { build } from './handler.ts';
import { metrics } from './metrics.ts';

const OPTIONS = { address: ':9153', runtimeMetrics: false };
const SCOPE = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };

/** Hands out slots and remembers what each is for. */
class Slots implements SlotAllocator {
  readonly names: string[] = [];

  slot(metric: Metric, labels: Readonly<Record<string, string>> = {}): number {
    assert.deepEqual(Object.keys(labels).toSorted(), metric.labels.toSorted(), metric.name);
    const text = Object.entries(labels)
      .toSorted()
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    return this.names.push(`${metric.name}{${text}}`) - 1;
  }

  histogram(metric: Metric, labels: Readonly<Record<string, string>> = {}): number {
    const bounds = metric.buckets ?? [];
    const at = this.slot({ ...metric, name: `${metric.name} le=${bounds[0]}` }, labels);
    for (const bound of [...bounds.slice(1), '+Inf'])
      this.slot({ ...metric, name: `${metric.name} le=${bound}` }, labels);
    this.slot({ ...metric, name: `${metric.name} sum` }, labels);
    return at;
  }
}

function open(script: Script) {
  const thread = new TestThread();
  const slots = new Slots();
  const scope = { server: 'dns://:53', zones: ['.', 'a.'], view: '', next: ['errors', 'cache'] };
  const plan = { name: 'prometheus', options: OPTIONS, slots: metrics.slots(slots, scope, OPTIONS) };
  return {
    thread,
    slots,
    runner: new ChainRunner([build(plan, thread.host, SCOPE), new ScriptHandler(script)], thread),
  };
}

/** Everything that is not 0, `NAME VALUE` a line, without the prefix and the labels of the place. */
function counted(thread: TestThread, slots: Slots): string[] {
  return slots.names.flatMap((name, slot) => {
    const value = thread.count(slot);
    const short = name.replace('coredns_dns_', '').replace(/server=dns:\/\/:53,?|view=,?|zone=\.,?/g, '');
    return value === 0 ? [] : [`${short} ${value}`];
  });
}

interface Row {
  readonly name: string;
  readonly question: Question;
  readonly script: Script;
  readonly counted: readonly string[];
}
const ROWS: readonly Row[] = [
  {
    name: 'an answer of a plugin over UDP and IPv4',
    question: { name: 'a.test.', type: 'A' },
    script: { answer: ['a.test. 1 IN A 192.0.2.1'] },
    counted: [
      'requests_total{family=1,proto=udp,type=A,} 1',
      'request_duration_seconds le=0.00025{} 1',
      'request_size_bytes le=100{proto=udp,} 1',
      'request_size_bytes sum{proto=udp,} 24',
      'response_size_bytes le=100{proto=udp,} 1',
      'response_size_bytes sum{proto=udp,} 46',
      'responses_total{plugin=errors,rcode=NOERROR,} 1',
    ],
  },
  {
    name: 'an error that the core writes has no plugin and no size',
    question: { name: 'a.test.', type: 'HTTPS', proto: 'tcp', client: '::1' },
    script: { outcome: 2 },
    counted: [
      'requests_total{family=2,proto=tcp,type=HTTPS,} 1',
      'request_duration_seconds le=0.00025{} 1',
      'request_size_bytes le=100{proto=tcp,} 1',
      'request_size_bytes sum{proto=tcp,} 24',
      'response_size_bytes le=0{proto=tcp,} 1',
      'responses_total{plugin=,rcode=SERVFAIL,} 1',
    ],
  },
  {
    name: 'DO and a type without a label of its own',
    question: { name: 'a.test.', type: 'CAA', edns: { size: 1232, dnssecOk: true } },
    script: { rcode: 'NXDOMAIN' },
    counted: [
      'requests_total{family=1,proto=udp,type=other,} 1',
      'request_duration_seconds le=0.00025{} 1',
      'request_size_bytes le=100{proto=udp,} 1',
      'request_size_bytes sum{proto=udp,} 35',
      'do_requests_total{} 1',
      'response_size_bytes le=100{proto=udp,} 1',
      'response_size_bytes sum{proto=udp,} 24',
      'responses_total{plugin=errors,rcode=NXDOMAIN,} 1',
    ],
  },
  {
    name: 'a drop',
    question: { name: 'a.test.', type: 'ANY' },
    script: { outcome: DROP },
    counted: [
      'requests_total{family=1,proto=udp,type=ANY,} 1',
      'request_duration_seconds le=0.00025{} 1',
      'request_size_bytes le=100{proto=udp,} 1',
      'request_size_bytes sum{proto=udp,} 24',
      'response_size_bytes le=0{proto=udp,} 1',
      'responses_total{plugin=,rcode=NOERROR,} 1',
    ],
  },
];
for (const row of ROWS)
  test(`prometheus counts ${row.name}`, () => {
    const { runner, thread, slots } = open(row.script);
    runner.ask(row.question);
    assert.deepEqual(counted(thread, slots), row.counted);
  });

test('every labelled type is counted under its name', () => {
  for (const type of [
    'AAAA',
    'CNAME',
    'DNSKEY',
    'DS',
    'MX',
    'NSEC3',
    'NSEC',
    'NS',
    'PTR',
    'RRSIG',
    'SOA',
    'SRV',
    'TXT',
    'SVCB',
    'IXFR',
    'AXFR',
  ]) {
    const { runner, thread, slots } = open({});
    runner.ask({ name: 'a.', type });
    assert.equal(counted(thread, slots)[0], `requests_total{family=1,proto=udp,type=${type},} 1`);
  }
});

test('an rcode without a name is counted as other', () => {
  const { runner, thread, slots } = open({ outcome: 23 });
  runner.ask({ name: 'a.', type: 'A' });
  assert.equal(counted(thread, slots).at(-1), 'responses_total{plugin=,rcode=other,} 1');
});

test('time that passed between batches goes to its bucket in seconds', () => {
  const { thread, slots, runner } = open({});
  const { clock } = thread;
  const handler = {
    serve: () => {
      clock.now += 30;
      return 0;
    },
  };
  const plan = {
    name: 'prometheus',
    options: OPTIONS,
    slots: metrics.slots(slots, { server: 's', zones: ['.'], view: '', next: [] }, OPTIONS),
  };
  new ChainRunner([build(plan, thread.host, SCOPE), handler], thread).ask({ name: 'a.', type: 'A' });
  assert.ok(counted(thread, slots).includes('request_duration_seconds le=0.032{server=s,} 1'));
  assert.ok(runner !== undefined);
});
