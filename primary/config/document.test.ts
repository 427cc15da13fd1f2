import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '#plugins/contract.ts';
import { readDocument } from './document.ts';

describe('documents', () => {
  const rows = [
    { name: 'empty', text: '', want: {} },
    { name: 'only comments', text: '# nothing\n---\n', want: {} },
    {
      name: 'YAML',
      text: 'resolver:\n  threads: 4\nudp: {io: dgram}\n',
      want: { resolver: { threads: 4 }, udp: { io: 'dgram' } },
    },
    { name: 'JSON', text: '{"tcp": {"idleTimeout": "5s"}}', want: { tcp: { idleTimeout: '5s' } } },
    { name: 'a group whose keys are all comments', text: 'resolver:\n  # threads: 4\nlog: {}', want: { log: {} } },
  ];
  for (const { name, text, want } of rows) it(name, () => assert.deepEqual(readDocument('f', text).values, want));

  it('remembers where a key stands', () => {
    const document = readDocument('shoal.yaml', 'resolver:\n  # comment\n  threads: 4\n');
    assert.equal(document.where('resolver.threads'), 'shoal.yaml:3');
    assert.equal(document.where('resolver.processes'), undefined);
  });
});

describe('problems', () => {
  const rows = [
    { name: 'not YAML', text: 'a: [1\nb: 2', want: /^f:2 - not valid YAML or JSON: / },
    {
      name: 'the same key twice',
      text: 'udp:\n  batch: 1\n  batch: 2',
      want: /^f:3 - not valid YAML or JSON: Map keys must be unique$/,
    },
    {
      name: 'two documents',
      text: 'udp: {}\n---\ntcp: {}',
      want: /^f:2 - not valid YAML or JSON: .*multiple documents/,
    },
    { name: 'a word', text: 'fast', want: /^f:1 - must hold keys like 'resolver:', not "fast"$/ },
    { name: 'a list', text: '- udp', want: /^f:1 - must hold keys like 'resolver:', not a list or an alias$/ },
    {
      name: 'unknown group',
      text: '\nresolvers: {}',
      want: /^f:2 - resolvers: there is no such key; did you mean resolver\?$/,
    },
    {
      name: 'unknown group, nothing near',
      text: 'plugins: {}',
      want: /^f:1 - plugins: there is no such key; the keys here are resolver, udp, tcp, .*log$/,
    },
    {
      name: 'unknown key',
      text: 'udp:\n  bath: 1',
      want: /^f:2 - udp\.bath: there is no such key; did you mean udp\.batch\?$/,
    },
    { name: 'key in the wrong group', text: 'udp:\n  idleTimeout: 1', want: /did you mean tcp\.idleTimeout\?$/ },
    {
      name: 'unknown key, nothing near',
      text: 'resolver: {affinity: 1}',
      want: /^f:1 - resolver\.affinity: there is no such key; the keys here are processes, threads$/,
    },
    {
      name: 'a prototype is a key like others',
      text: '__proto__: {a: 1}',
      want: /^f:1 - __proto__: there is no such key/,
    },
    { name: 'a number as a key', text: '7: {}', want: /^f:1 - 7: there is no such key/ },
    {
      name: 'value where keys belong',
      text: 'resolver: 4',
      want: /^f:1 - resolver: must hold keys \(processes, threads\), not 4$/,
    },
    {
      name: 'list where keys belong',
      text: 'resolver: [4]',
      want: /^f:1 - resolver: must hold keys .*, not a list or an alias$/,
    },
    {
      name: 'keys where a value belongs',
      text: 'udp: {io: {a: 1}}',
      want: /^f:1 - udp\.io: must be a single value, not keys$/,
    },
    {
      name: 'list where a value belongs',
      text: 'udp: {io: [auto]}',
      want: /^f:1 - udp\.io: must be a single value, not a list or an alias$/,
    },
    { name: 'no value', text: 'udp:\n  io:\n', want: /^f:2 - udp\.io: must be a single value, not nothing$/ },
    { name: 'several', text: 'udp: {oi: 1}\nfoo: 1', want: /^f:1 - udp\.oi: .*\nf:2 - foo: .*$/ },
  ];
  for (const { name, text, want } of rows) {
    it(name, () => {
      assert.throws(
        () => readDocument('f', text),
        (thrown) => {
          assert.ok(thrown instanceof ConfigError);
          assert.match(thrown.message, want);
          return true;
        },
      );
    });
  }
});
