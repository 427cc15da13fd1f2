// What autopath directives say, and what they must not.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseSearch } from '#workers/lib/resolvconf.ts';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { NamedSlots } from '#workers/testing/slots.ts';
import { metrics } from './metrics.ts';
import { plugin } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-autopath-'));
after(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'resolv.conf'), 'search One.Test two.test. .\n');
writeFileSync(join(folder, 'empty'), 'nameserver 192.0.2.1\n');

const read = (text: string, directives: readonly string[] = ['autopath', 'kubernetes', 'whoami']) =>
  plugin.setup(new TextDirective('autopath', text), testScope(['b.test.'], directives, folder));

/** The search list of this machine, as far as it has one. */
function own(): string[] {
  try {
    return parseSearch(readFileSync('/etc/resolv.conf', 'utf8'))
      .map((name) => `${name.toLowerCase().replace(/\.$/, '')}.`)
      .filter((name) => name !== '.');
  } catch {
    return [];
  }
}

describe('autopath', () => {
  const file = { plugin: '', stateless: false, search: ['one.test.', 'two.test.'] };
  const pods = { plugin: 'kubernetes', stateless: false, search: own() };
  const rows: readonly (readonly [text: string, options: ReturnType<typeof read>])[] = [
    ['autopath resolv.conf', { ...file, zones: ['b.test.'] }],
    ['autopath a.test C.test resolv.conf', { ...file, zones: ['a.test.', 'c.test.'] }],
    ['autopath empty', { ...file, zones: ['b.test.'], search: [] }],
    ['autopath @kubernetes', { ...pods, zones: ['b.test.'] }],
    ['autopath a.test @kubernetes', { ...pods, zones: ['a.test.'] }],
    ['autopath @kubernetes stateless', { ...pods, zones: ['b.test.'], stateless: true }],
    ['autopath a.test @kubernetes stateless', { ...pods, zones: ['a.test.'], stateless: true }],
    ['autopath @erratic', { ...pods, plugin: 'erratic', zones: ['b.test.'] }],
    ['autopath @kubernetes\nautopath resolv.conf', { ...pods, zones: ['b.test.'], search: file.search }],
  ];
  for (const [text, options] of rows) it(text, () => assert.deepEqual(read(text), options));

  const wrong: readonly (readonly [text: string, message: string | RegExp])[] = [
    ['autopath', 'no resolv-conf specified'],
    ['autopath nosuch', 'failed to parse "nosuch": open nosuch: no such file or directory'],
    ['autopath .', /^failed to parse "\.": open \.: is a directory$/],
    ['autopath stateless', 'failed to parse "stateless": open stateless: no such file or directory'],
    ['autopath @whoami', 'whoami does not implement the AutoPather interface'],
    ['autopath @erratic stateless', /Corefile:1 - .*stateless is for @kubernetes only, not for "@erratic"/],
  ];
  for (const [text, message] of wrong)
    it(`${text}: refused`, () => assert.throws(() => read(text), { name: 'ConfigError', message }));
});

it('counts by server', () => {
  const slots = new NamedSlots();
  const scope = { server: 'dns://:53', zones: ['.'], view: '', next: [] };
  metrics.slots(slots, scope, read('autopath @kubernetes'));
  assert.deepEqual([...slots.bySeries.keys()], ['coredns_autopath_success_total{server="dns://:53"}']);
});
