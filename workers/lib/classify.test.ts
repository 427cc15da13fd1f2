import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPCODE } from '#wire/constants.ts';
import type { Handler } from '../chain/handler.ts';
import { DROP, NEXT } from '../chain/outcome.ts';
import { ChainRunner, type Question } from '../testing/case.ts';
import { type Script, ScriptHandler } from '../testing/script.ts';
import { ANSWER_CLASS, classify } from './classify.ts';

const A = 'a.test. 1 IN A 192.0.2.1';
const NS = 'test. 1 IN NS ns.test.';
const SOA = 'test. 1 IN SOA ns.test. h.test. 1 2 3 4 5';

const ROWS: readonly (readonly [
  name: string,
  script: Script,
  wanted: keyof typeof ANSWER_CLASS,
  question?: Partial<Question>,
])[] = [
  ['an answer', { answer: [A] }, 'NO_ERROR'],
  ['an answer with SOA and NS beside it', { answer: [A], authority: [SOA, NS] }, 'NO_ERROR'],
  ['nothing at all', {}, 'NO_ERROR'],
  ['a SOA alone', { authority: [SOA] }, 'NO_DATA'],
  ['a SOA behind NS', { authority: [NS, SOA] }, 'NO_DATA'],
  ['NS alone', { authority: [NS] }, 'DELEGATION'],
  ['other authority records', { authority: ['a.test. 1 IN TXT "x"'] }, 'NO_ERROR'],
  ['additional records alone', { additional: [A] }, 'NO_ERROR'],
  ['NXDOMAIN', { rcode: 'NXDOMAIN' }, 'NAME_ERROR'],
  ['NXDOMAIN with SOA', { rcode: 'NXDOMAIN', authority: [SOA] }, 'NAME_ERROR'],
  ['NXDOMAIN with an answer', { rcode: 'NXDOMAIN', answer: [A] }, 'OTHER_ERROR'],
  ['SERVFAIL', { rcode: 'SERVFAIL' }, 'SERVER_ERROR'],
  ['NOTIMP', { rcode: 'NOTIMP' }, 'SERVER_ERROR'],
  ['REFUSED', { rcode: 'REFUSED' }, 'OTHER_ERROR'],
  ['FORMERR', { rcode: 'FORMERR' }, 'OTHER_ERROR'],
  ['SERVFAIL of the core', { outcome: 2 }, 'SERVER_ERROR'],
  ['REFUSED of the core', { outcome: 5 }, 'OTHER_ERROR'],
  ['NOERROR of the core', { outcome: 0 }, 'NO_ERROR'],
  ['NXDOMAIN of the core', { outcome: 3 }, 'NAME_ERROR'],
  ['nothing sent', { outcome: DROP }, 'OTHER_ERROR'],
  ['NOTIFY', { answer: [A] }, 'META', { opcode: OPCODE.NOTIFY }],
  ['AXFR', { answer: [SOA] }, 'META', { type: 'AXFR' }],
  ['IXFR', { outcome: 5 }, 'META', { type: 'IXFR' }],
];
for (const [name, script, wanted, question] of ROWS)
  test(`${name} is ${wanted}`, () => {
    let got = -1;
    const look: Handler = {
      serve: () => NEXT,
      finish: (query, answer) => {
        got = classify(query, answer);
      },
    };
    new ChainRunner([look, new ScriptHandler(script)]).ask({ name: 'a.test.', type: 'A', ...question });
    assert.equal(got, ANSWER_CLASS[wanted]);
  });
