import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { choice, count, decimal, endpoint, type Flag, processIds, text, toggle } from './kinds.ts';

const FLAGS = {
  text: text('FILE', ''),
  count: count('N', '', { value: 1, min: 1, max: 100 }),
  decimal: decimal('S', '', { value: 1, min: 0.5, max: 10 }),
  choice: choice(['red', 'green'], '', 'red'),
  toggle: toggle(''),
  endpoint: endpoint(''),
  pids: processIds(''),
};
type Kind = keyof typeof FLAGS;

describe('values that are read', () => {
  const rows: [Kind, string, unknown][] = [
    ['text', 'a file', 'a file'],
    ['text', '-', '-'],
    ['count', '1', 1],
    ['count', '100', 100],
    ['count', '007', 7],
    ['decimal', '0.5', 0.5],
    ['decimal', '.75', 0.75],
    ['decimal', '10', 10],
    ['choice', 'green', 'green'],
    ['toggle', '', true],
    ['endpoint', '127.0.0.1:1053', { address: '127.0.0.1', port: 1053, family: 4 }],
    ['endpoint', '[::1]:53', { address: '::1', port: 53, family: 6 }],
    ['pids', '17', [17]],
    ['pids', '17,18,19', [17, 18, 19]],
  ];
  for (const [kind, given, want] of rows)
    it(`${kind} "${given}"`, () => assert.deepEqual((FLAGS[kind] as Flag<unknown>).read(given), want));
});

describe('values that are refused, with what is allowed', () => {
  const range = 'a whole number from 1 to 100';
  const decimals = 'a number from 0.5 to 10';
  const server = 'an IP address and a port, such as 127.0.0.1:53 or [::1]:53';
  const pids = 'process ids with commas between them, such as 17,18';
  const rows: [Kind, string, string][] = [
    ['text', '', 'a text that is not empty'],
    ['count', '', range],
    ['count', '0', range],
    ['count', '101', range],
    ['count', '1.5', range],
    ['count', '-1', range],
    ['count', '1e1', range],
    ['count', '0x10', range],
    ['decimal', '', decimals],
    ['decimal', '0.4', decimals],
    ['decimal', '10.1', decimals],
    ['decimal', '1.', decimals],
    ['decimal', 'Infinity', decimals],
    ['decimal', '1e0', decimals],
    ['choice', 'blue', 'one of red, green'],
    ['choice', '', 'one of red, green'],
    ['endpoint', '', server],
    ['endpoint', '127.0.0.1', server],
    ['endpoint', '127.0.0.1:', server],
    ['endpoint', '127.0.0.1:0', server],
    ['endpoint', '127.0.0.1:65536', server],
    ['endpoint', '127.0.0.1:dns', server],
    ['endpoint', '[127.0.0.1]:53', server],
    ['endpoint', '::1:53', server],
    ['endpoint', 'localhost:53', server],
    ['pids', '', pids],
    ['pids', '0', pids],
    ['pids', '1,', pids],
    ['pids', '1 2', pids],
    ['pids', '-1', pids],
  ];
  for (const [kind, given, allowed] of rows)
    it(`${kind} "${given}"`, () => assert.throws(() => FLAGS[kind].read(given), new Error(allowed)));
});

describe('what a flag is without being given', () => {
  const rows: [Kind, { value: unknown } | undefined][] = [
    ['text', undefined],
    ['endpoint', undefined],
    ['count', { value: 1 }],
    ['choice', { value: 'red' }],
    ['toggle', { value: false }],
    ['pids', { value: [] }],
  ];
  for (const [kind, want] of rows) it(kind, () => assert.deepEqual(FLAGS[kind].initial, want));
});
