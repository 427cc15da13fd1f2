// From the text of a Corefile to the plan of the threads: set-ups, listeners, chains, slots, errors.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LevelLogger } from '#ops/log/logger.ts';
import type { Plan } from '#workers/plugins/plan.ts';
import { NamedSlots } from '#workers/testing/slots.ts';
import { loadTuning } from '../config/load.ts';
import { configMessage } from '../corefile/testing.ts';
import { buildPlan, chainOf } from './build.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { zoneLines } from './listeners.ts';

class KeptLog extends LevelLogger {
  readonly lines: string[] = [];
  override write(level: string, scope: string, text: string): void {
    this.lines.push(`${level}${scope}${text}`);
  }
}

const log = new KeptLog();
const read = (text: string): Configuration => readConfiguration({ file: 'Corefile', text }, 53, {}, log);
const planOf = (text: string, slots = new NamedSlots()): Plan => {
  const configuration = read(text);
  return buildPlan(configuration.listeners, {
    version: 4,
    seed: 9,
    tuning: loadTuning(undefined, {}),
    metrics: slots,
    options: (block, name) => block.get(name),
  });
};

describe('readConfiguration', () => {
  const wrong: readonly [name: string, text: string, message: RegExp][] = [
    [
      'a plugin that only the reference has',
      '. {\n  erratic\n}',
      /Corefile:2 - .*Directive 'erratic' is known to CoreDNS but not supported/,
    ],
    ['a word that nobody knows', '. {\n  nobody\n}', /Corefile:2 - .*[Uu]nknown directive 'nobody'/],
    ['a mistake in a plugin has its name in front', '. {\n  forward\n}', /^plugin\/forward: Corefile:2 - /],
    ['words that a set-up did not read', '. {\n  whoami now\n}', /^plugin\/whoami: Corefile:2 - /],
    ['a transport that is not there', 'https://. {\n  whoami\n}', /transport https:\/\/ is not supported/],
    ['the same zone and port twice', 'a.test {\n  whoami\n}\na.test {\n  whoami\n}', /a\.test/],
  ];
  for (const [name, text, message] of wrong)
    it(name, () =>
      assert.match(
        configMessage(() => read(text)),
        message,
      ),
    );

  it('the hash follows the tokens and their lines, not blanks and comments', () => {
    const { hash } = read('. {\n whoami\n}');
    assert.match(hash, /^[0-9a-f]{128}$/);
    assert.equal(read('.   {\n\t whoami # who else\n}\n\n').hash, hash);
    assert.notEqual(read('. {\n errors\n}').hash, hash);
  });
});

describe('listeners', () => {
  const rows: readonly [name: string, text: string, servers: Record<string, string[]>][] = [
    ['the wildcard at the default port', '. {\n whoami\n}', { 'dns://:53': ['.'] }],
    ['zones of one block share a listener', 'a.test b.test:53 {\n whoami\n}', { 'dns://:53': ['a.test.', 'b.test.'] }],
    ['a port of its own', 'a.test b.test:54 {\n whoami\n}', { 'dns://:53': ['a.test.'], 'dns://:54': ['b.test.'] }],
    [
      'every address of bind',
      '. {\n bind 127.0.0.1 ::1\n whoami\n}',
      { 'dns://127.0.0.1:53': ['.'], 'dns://[::1]:53': ['.'] },
    ],
    ['two blocks on one listener', 'a.test {\n whoami\n}\n. {\n errors\n}', { 'dns://:53': ['a.test.', '.'] }],
  ];
  for (const [name, text, servers] of rows)
    it(name, () => {
      const { listeners } = read(text);
      const got = listeners.map(({ server, blocks }) => [server, blocks.flatMap(({ zones }) => zones)]);
      assert.deepEqual(Object.fromEntries(got), servers);
    });

  it('the lines of a start: sorted, with addresses and warnings (behaviour A7)', () => {
    const { listeners } = read('b.test a.test 1_.test {\n bind 127.0.0.1\n whoami\n}');
    assert.deepEqual(zoneLines(listeners), [
      'Warning: Domain "1_.test." does not follow RFC1035 preferred syntax',
      '1_.test.:53 on 127.0.0.1',
      'a.test.:53 on 127.0.0.1',
      'b.test.:53 on 127.0.0.1',
    ]);
  });
});

describe('buildPlan', () => {
  const text = '. {\n whoami\n errors\n prometheus\n reload\n}\na.test {\n forward . 127.0.0.1:5300\n}';

  it('is plain data that survives structuredClone', () => {
    const plan = planOf(text);
    assert.deepEqual(structuredClone(plan), plan);
    assert.deepEqual([plan.version, plan.seed], [4, 9]);
  });
  it('chains have handlers only, in the order of execution', () => {
    const { blocks } = planOf(text).listeners[0];
    assert.deepEqual(
      blocks.map(({ chain }) => chain.map(({ name }) => name)),
      [['prometheus', 'errors', 'whoami'], ['forward']],
    );
    assert.deepEqual(chainOf(read(text).blocks[0]), ['prometheus', 'errors', 'whoami']);
  });
  it('other classes enter where somebody forwards (behaviour B3.2)', () => {
    assert.equal(planOf(text).listeners[0].anyClass, true);
    assert.equal(planOf('. {\n whoami\n}').listeners[0].anyClass, false);
  });
  it('a plugin that counts has slots, another one has none', () => {
    const [prometheus, errors] = planOf(text).listeners[0].blocks[0].chain;
    assert.ok(prometheus.slots !== null);
    assert.equal(errors.slots, null);
  });
  it('the next plan counts on in the same slots', () => {
    const slots = new NamedSlots();
    const first = planOf(text, slots);
    assert.deepEqual(planOf(text, slots), first);
  });
  it('a block of one zone on another port keeps all its zones for labels', () => {
    const [first, second] = planOf('a.test b.test:54 {\n whoami\n}').listeners;
    assert.deepEqual([first.blocks[0].zones, first.blocks[0].blockZones], [['a.test.'], ['a.test.', 'b.test.']]);
    assert.deepEqual(second.blocks[0].zones, ['b.test.']);
  });
});

describe('zones that can be transferred', () => {
  const rows: readonly [name: string, text: string, offers: unknown][] = [
    [
      'those of kubernetes, with the image of the addresses that the block is bound to',
      'cluster.local 10.in-addr.arpa {\n  bind 127.0.0.1\n  kubernetes\n  transfer {\n    to *\n  }\n}',
      [[['cluster.local.', '10.in-addr.arpa.'], 'kubernetes']],
    ],
    [
      'multicluster zones by an image of their own',
      'a.test b.test {\n  kubernetes {\n    multicluster b.test\n  }\n  transfer {\n    to *\n  }\n}',
      [
        [['b.test.'], 'multicluster'],
        [['a.test.'], 'kubernetes'],
      ],
    ],
    ['none without a plugin that has some', '. {\n  whoami\n  transfer {\n    to *\n  }\n}', []],
  ];
  for (const [name, text, offers] of rows)
    it(name, () => {
      const [block] = read(text).blocks;
      const key = block.get('kubernetes')?.image.key ?? '';
      const nameOf = (image: string): string => (image === key ? 'kubernetes' : image.replace(`${key}/`, ''));
      const got = block.get('transfer')?.offers.map(({ zones, image }) => [zones, nameOf(image)]);
      assert.deepEqual(got, offers);
    });
});
