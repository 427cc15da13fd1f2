// Which EDNS options come back to the client (behaviour B4).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openArena } from '#native/arena.ts';
import { encodeQuestion } from '../testing/case.ts';
import { EXPLANATION_BYTES, explain, measureEcho, writeEcho } from './edns.ts';
import { QueryPool } from './pool.ts';
import { OPTIONS_BYTES, type Query, WORKSPACE } from './query.ts';
import { readQuery } from './read.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const option = (code: number, data: string): string =>
  `${code.toString(16).padStart(4, '0')}${(data.length / 2).toString(16).padStart(4, '0')}${data}`;

const COOKIE = option(10, '0102030405060708');
const PADDING = option(12, '000000');

const rows: readonly [name: string, options: string, echo: string | null][] = [
  ['none at all', '', ''],
  ['NSID (RFC 5001)', option(3, ''), option(3, '')],
  ['EXPIRE (RFC 7314)', option(9, ''), option(9, '')],
  ['COOKIE (RFC 7873)', COOKIE, COOKIE],
  ['TCP-KEEPALIVE (RFC 7828)', option(11, '0064'), option(11, '0064')],
  ['PADDING (RFC 7830)', PADDING, PADDING],
  ['ECS (RFC 7871) does not come back', option(8, '00011800c00002'), ''],
  ['EDE (RFC 8914) does not come back', option(15, '0004'), ''],
  ['one that nobody knows', option(65_001, 'aabb'), ''],
  ['a code whose lower octet is that of COOKIE', option(0x010a, '01'), ''],
  ['of several those that count, in their order', PADDING + option(8, '0000') + COOKIE, PADDING + COOKIE],
  ['the same one twice', COOKIE + COOKIE, COOKIE + COOKIE],
  ['cut off within the code', '00', null],
  ['cut off within the length', '000a00', null],
  ['cut off within the data', '000a0008 01020304', null],
  ['something behind the last option', `${COOKIE}00`, null],
  ['a length beyond everything', '000affff', null],
];

const pool = new QueryPool(openArena(2 * WORKSPACE.BYTES), 1);

describe('measureEcho', () => {
  for (const [name, options, echo] of rows)
    it(name, () => {
      const bytes = hex(`eeee${options}000a0000`);
      const length = hex(options).length;
      assert.equal(measureEcho(bytes, 2, length), echo === null ? -1 : echo.length / 2);
    });
});

describe('writeEcho', () => {
  for (const [name, options, echo] of rows) {
    if (echo === null) continue;
    it(name, () => {
      const query = pool.acquire() as Query;
      const octets = hex(options);
      query.optionsAt = query.workspace + 3;
      query.optionsLength = octets.length;
      query.echoLength = echo.length / 2;
      query.bytes.set(octets, query.optionsAt);
      const to = new Uint8Array(64).fill(0xee);
      assert.equal(writeEcho(query, to, 5), echo.length / 2);
      assert.equal(Buffer.from(to.subarray(5, 5 + echo.length / 2)).toString('hex'), echo);
      assert.equal(to[4], 0xee);
      assert.equal(to[5 + echo.length / 2], 0xee);
      query.release();
    });
  }
});

describe('explain (RFC 8914)', () => {
  const EDE = option(15, '0003');
  const withOptions: readonly (readonly [name: string, options: string, opt: string])[] = [
    ['an OPT of its own', '', EDE],
    ['beside what comes back anyway', COOKIE + option(8, '00011800c00002'), COOKIE + EDE],
  ];
  /** The octets behind the question. */
  function answered(options: string | undefined, before: (query: Query) => void = () => {}): string {
    const query = pool.acquire() as Query;
    const at = query.workspace + WORKSPACE.REQUEST;
    const question = encodeQuestion({
      name: 'a.test.',
      type: 'A',
      ...(options === undefined ? {} : { edns: { size: 4096, dnssecOk: true } }),
    });
    const octets = hex(options ?? '');
    query.bytes.set(question, at);
    query.bytes.set(octets, at + question.length);
    if (options !== undefined) query.bytes.set([octets.length >>> 8, octets.length & 255], at + question.length - 2);
    assert.equal(readQuery(query, at, question.length + octets.length, 1), 0);
    const { answer } = query;
    answer.open(query.workspace + WORKSPACE.ANSWER);
    answer.start(query, 2, 0);
    before(query);
    explain(query, answer, 3);
    const { questionEnd } = answer;
    const length = answer.seal(query);
    assert.ok(answer.at + length <= answer.at + query.limit);
    query.release();
    return Buffer.from(answer.bytes.slice(questionEnd, answer.at + length)).toString('hex');
  }
  for (const [name, options, opt] of withOptions)
    it(name, () => {
      const length = (opt.length / 2).toString(16).padStart(4, '0');
      assert.equal(answered(options), `000029100000008000${length}${opt}`);
    });
  it('nothing for a client without EDNS', () => assert.equal(answered(undefined), ''));
  it('beside what a plugin or an upstream has put there', () => {
    const own = (query: Query): void => {
      query.bytes.fill(0x61, query.answer.option(77, 2), query.answer.option(77, 2));
      query.answer.ownOptionsLength = 6;
    };
    assert.match(answered('', own), new RegExp(`^000029100000008000000c004d0002.{4}${EDE}$`));
  });
  it('not when what comes back takes up all the room', () => {
    const padding = option(12, '00'.repeat(OPTIONS_BYTES - EXPLANATION_BYTES - 3));
    assert.ok(!answered(padding).endsWith(EDE));
    assert.ok(
      answered(
        padding
          .replace(/00$/, '')
          .replace(/^000c..../, `000c${(OPTIONS_BYTES - EXPLANATION_BYTES - 4).toString(16).padStart(4, '0')}`),
      ).endsWith(EDE),
    );
  });
});
