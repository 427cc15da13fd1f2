import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { plugin, type TransferOptions } from './setup.ts';

function setup(text: string): TransferOptions {
  return plugin.setup(new TextDirective('transfer', text), testScope(['cluster.local.']));
}

describe('transfer', () => {
  const rows: readonly { readonly name: string; readonly text: string; readonly rules: TransferOptions['rules'] }[] = [
    {
      name: 'takes the zones of the block',
      text: 'transfer {\n to *\n}',
      rules: [{ zones: ['cluster.local.'], anybody: true, to: [] }],
    },
    {
      name: 'takes zones of its own, and several lists of addresses, ports or not',
      text: 'transfer Example.ORG b.example {\n to 192.0.2.1 192.0.2.2:5353\n to 2001:db8::1 [2001:db8::2]:53 fe80::1%eth0\n}',
      rules: [
        {
          zones: ['example.org.', 'b.example.'],
          anybody: false,
          to: ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', 'fe80::1'],
        },
      ],
    },
    {
      name: 'may stand several times',
      text: 'transfer a.example {\n to *\n}\ntransfer b.example {\n to 192.0.2.1\n source 192.0.2.9\n}',
      rules: [
        { zones: ['a.example.'], anybody: true, to: [] },
        { zones: ['b.example.'], anybody: false, to: ['192.0.2.1'] },
      ],
    },
  ];
  for (const { name, text, rules } of rows)
    it(name, () => {
      assert.deepEqual(setup(text), { rules, offers: [] });
    });
});

describe('transfer refuses', () => {
  const at = (line: number, message: string): string =>
    `plugin/transfer: Corefile:${line} - Error during parsing: ${message}`;
  const plain = (line: number, message: string): string => at(line, message).replace('plugin/transfer: ', '');
  const rows: readonly { readonly name: string; readonly text: string; readonly message: string }[] = [
    { name: 'no `to`', text: 'transfer', message: at(1, "'to' is required") },
    { name: 'a block without `to`', text: 'transfer {\n source 192.0.2.1\n}', message: at(3, "'to' is required") },
    {
      name: '`to` without an address',
      text: 'transfer {\n to\n}',
      message: plain(2, "Wrong argument count or unexpected line ending after 'to'"),
    },
    {
      name: 'a name as the address',
      text: 'transfer {\n to example.org\n}',
      message: "must specify an IP address: `example.org'",
    },
    {
      name: 'a name with a port',
      text: 'transfer {\n to example.org:53\n}',
      message: "must specify an IP address: `example.org'",
    },
    {
      name: 'brackets without a port',
      text: 'transfer {\n to [::1]\n}',
      message: "must specify an IP address: `[::1]'",
    },
    {
      name: 'a source that is no address',
      text: 'transfer {\n to *\n source here\n}',
      message: at(3, 'invalid source address "here"'),
    },
    {
      name: 'two sources',
      text: 'transfer {\n to *\n source ::1\n source ::1\n}',
      message: at(4, 'source already specified'),
    },
    {
      name: 'a source of two words',
      text: 'transfer {\n to *\n source ::1 ::2\n}',
      message: plain(3, "Wrong argument count or unexpected line ending after '::2'"),
    },
    { name: 'other properties', text: 'transfer {\n from *\n}', message: at(2, 'unknown property "from"') },
  ];
  for (const { name, text, message } of rows)
    it(name, () => {
      assert.throws(() => setup(text), { message, code: 'ERR_CONFIG' });
    });
});
