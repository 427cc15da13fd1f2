import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from 'dns-packet';
import { RCODE } from '#wire/constants.ts';
import type { Seen } from './probe.ts';
import { addressesIn, KINDS, type Kind, nameOf, type Step, stepsOf } from './steps.ts';

const a = (data: string): Answer => ({ type: 'A', name: 'x', ttl: 1, data });
const srv = (port: number): Answer => ({ type: 'SRV', name: 'x', ttl: 1, data: { port, target: 't' } });
const seen = (...answers: Answer[]): Seen => ({ rcode: RCODE.NOERROR, answers });
const NXDOMAIN: Seen = { rcode: RCODE.NXDOMAIN, answers: [] };

describe('the steps', () => {
  const steps = stepsOf('r', 3);
  const step = (kind: Kind): Step => steps.find((candidate) => candidate.kind === kind) ?? assert.fail();

  it('are one of each kind', () =>
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      KINDS,
    ));

  const rows: { kind: Kind; right: Seen; wrong: Seen[] }[] = [
    { kind: 'service created', right: seen(a('10.96.0.1')), wrong: [NXDOMAIN, seen()] },
    { kind: 'service changed', right: seen(srv(8080)), wrong: [seen(srv(80)), seen(), NXDOMAIN] },
    { kind: 'service deleted', right: NXDOMAIN, wrong: [seen(a('10.96.0.1')), seen()] },
    { kind: 'slice created', right: seen(a('10.99.0.13')), wrong: [seen(), NXDOMAIN, seen(a('10.99.0.14'))] },
    { kind: 'slice changed', right: seen(a('10.99.0.14')), wrong: [seen(a('10.99.0.13'))] },
    { kind: 'slice deleted', right: seen(), wrong: [seen(a('10.99.0.14'))] },
  ];
  for (const { kind, right, wrong } of rows)
    it(`${kind}: tells right from wrong`, () => {
      assert.equal(step(kind).isRight(right), true);
      for (const other of wrong) assert.equal(step(kind).isRight(other), false, JSON.stringify(other));
    });

  it('of different rounds have different names and addresses', () => {
    const [one, other] = [stepsOf('r', 1), stepsOf('r', 2)];
    assert.notEqual(one[0].question.name, other[0].question.name);
    assert.equal(other[3].isRight(seen(a('10.99.0.5'))), false);
    assert.equal(one[3].isRight(seen(a('10.99.0.5'))), true);
  });

  it('have addresses that are some, however many rounds there are', () => {
    assert.equal(stepsOf('r', 9999)[4].isRight(seen(a('10.99.156.62'))), true);
  });

  it('ask in the namespace of load tests', () => {
    for (const { question } of steps) assert.match(question.name, /\.shoal-loadtest\.svc\.cluster\.local$/);
    assert.equal(nameOf('x'), 'x.shoal-loadtest.svc.cluster.local');
  });
});

it('addresses are told in order', () => {
  assert.equal(addressesIn(seen(a('10.0.0.2'), srv(1), a('10.0.0.1'))), '10.0.0.1,10.0.0.2');
  assert.equal(addressesIn(NXDOMAIN), '');
});
