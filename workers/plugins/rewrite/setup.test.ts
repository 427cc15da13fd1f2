import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import type { RewriteRule } from './rules.ts';
import { plugin } from './setup.ts';

const name = (kind: string, from: string, to: string, more: object = {}) => ({
  field: 'name',
  stop: true,
  match: { kind, from },
  to,
  auto: kind === 'exact',
  answers: [],
  ...more,
});

const VALID: readonly (readonly [text: string, rules: readonly object[]])[] = [
  ['rewrite name a.test B.test', [name('exact', 'a.test.', 'b.test.')]],
  ['rewrite name exact a. b.', [name('exact', 'a.', 'b.')]],
  ['rewrite NAME Prefix p www', [name('prefix', 'p.', 'www.')]],
  ['rewrite continue name suffix .A .b', [name('suffix', '.a.', '.b.', { stop: false })]],
  ['rewrite stop name substring mid x', [name('substring', 'mid.', 'x.')]],
  ['rewrite name regex (.*)\\.a {1}.b', [name('regex', '(.*)\\.a', '{1}.b.')]],
  ['rewrite name suffix a b answer auto', [name('suffix', 'a.', 'b.', { auto: true })]],
  [
    'rewrite name regex (.*)a {1}b answer name (.*)b {1}a answer value (.*)b {1}a',
    [
      name('regex', '(.*)a', '{1}b.', {
        answers: [
          { part: 'name', from: '(.*)b', to: '{1}a.' },
          { part: 'value', from: '(.*)b', to: '{1}a.' },
        ],
      }),
    ],
  ],
  ['rewrite stop {\n name regex (.*)a {1}b\n answer auto\n}', [name('regex', '(.*)a', '{1}b.', { auto: true })]],
  ['rewrite {\n name exact a b\n}', [name('exact', 'a.', 'b.')]],
  ['rewrite type a aaaa', [{ field: 'type', stop: true, from: 1, to: 28 }]],
  ['rewrite continue type ANY HINFO', [{ field: 'type', stop: false, from: 255, to: 13 }]],
  ['rewrite class CH IN', [{ field: 'class', stop: true, from: 3, to: 1 }]],
  ['rewrite ttl a 30', [{ field: 'ttl', stop: true, match: { kind: 'exact', from: 'a.' }, min: 30, max: 30 }]],
  ['rewrite ttl suffix a 5-60', [{ field: 'ttl', stop: true, match: { kind: 'suffix', from: 'a.' }, min: 5, max: 60 }]],
  ['rewrite ttl regex .* -60', [{ field: 'ttl', stop: true, match: { kind: 'regex', from: '.*' }, min: 0, max: 60 }]],
  ['rewrite ttl a 5-', [{ field: 'ttl', stop: true, match: { kind: 'exact', from: 'a.' }, min: 5, max: 0x7fffffff }]],
  [
    'rewrite rcode a SERVFAIL nxdomain',
    [{ field: 'rcode', stop: true, match: { kind: 'exact', from: 'a.' }, from: 2, to: 3 }],
  ],
  [
    'rewrite rcode prefix a 2 0',
    [{ field: 'rcode', stop: true, match: { kind: 'prefix', from: 'a.' }, from: 2, to: 0 }],
  ],
  ['rewrite name a b\nrewrite type A MX', [name('exact', 'a.', 'b.'), { field: 'type', stop: true, from: 1, to: 15 }]],
];
for (const [text, rules] of VALID)
  test(`rewrite accepts ${JSON.stringify(text)}`, () => {
    const got = plugin.setup(new TextDirective('rewrite', text), testScope());
    assert.deepEqual(got.rules, rules as RewriteRule[]);
    assert.deepEqual(structuredClone(got), got);
  });

const known = (field: string) =>
  `Corefile:1 - Error during parsing: rule type '${field}' is known but not supported in this version`;
const INVALID: readonly (readonly [text: string, message: string | RegExp])[] = [
  ['rewrite', 'no rule type specified for rewrite'],
  ['rewrite continue', 'continue rule must begin with a rule type'],
  ['rewrite stop', 'stop rule must begin with a rule type'],
  ['rewrite foo a b', 'invalid rule type "foo"'],
  ['rewrite answer name a b', 'response rewrites must begin with a name rule'],
  ['rewrite name a', 'too few arguments for a name rule'],
  [
    'rewrite name fuzzy a b',
    'name rule supports only exact, prefix, suffix, substring, and regex name matching, received: fuzzy',
  ],
  ['rewrite name regex (a b', 'invalid regex matching pattern: (a'],
  [
    'rewrite name regex (a) {1}{2}',
    'the rewrite regex pattern ({1}{2}.) uses more subexpressions than its corresponding matching regex pattern ((a))',
  ],
  ['rewrite name regex a b answer name x {1}', /^the rewrite regex pattern \(\{1\}\.\) uses more subexpressions/],
  ['rewrite name regex a b c', 'exceeded the number of arguments for a name rule'],
  ['rewrite name regex a b answer', 'type missing for answer rule'],
  ['rewrite name regex a b answer foo', 'invalid type "foo" for answer rule'],
  ['rewrite name regex a b answer name x', 'too few arguments for answer name rule'],
  [
    'rewrite name regex a b answer auto answer name x y',
    'auto name answer rule cannot be combined with explicit name answer rules',
  ],
  ['rewrite type A', 'type rules must have exactly two arguments'],
  ['rewrite type A FOO', 'invalid type "FOO"'],
  ['rewrite class IN foo', 'invalid class "FOO"'],
  ['rewrite class IN CH x', 'class rules must have exactly two arguments'],
  ['rewrite ttl a', 'too few (1) arguments for a ttl rule'],
  ['rewrite ttl a x', "invalid TTL 'x' for a ttl rule"],
  ['rewrite ttl a 60-5', "invalid TTL '60-5' for a ttl rule"],
  ['rewrite ttl a -', "invalid TTL '-' for a ttl rule"],
  ['rewrite ttl a 4294967295', "invalid TTL '4294967295' for a ttl rule"],
  ['rewrite ttl exact a 5 6', 'many few arguments for a ttl rule'],
  ['rewrite ttl fuzzy a 5', 'ttl rule supports only exact, prefix, suffix, substring, and regex name matching'],
  ['rewrite ttl regex (a 5', 'invalid regex pattern in a ttl rule: (a'],
  ['rewrite rcode a 2', 'too few (2) arguments for a rcode rule'],
  ['rewrite rcode a 24 0', "invalid matching RCODE '24' for a rcode rule"],
  ['rewrite rcode a 2 FOO', "invalid replacement RCODE 'FOO' for a rcode rule"],
  ['rewrite rcode exact a 2 3 4', 'many few arguments for a rcode rule'],
  ['rewrite edns0 local set 0xffee x', known('edns0')],
  ['rewrite continue cname exact a b', known('cname')],
];
for (const [text, message] of INVALID)
  test(`rewrite refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => plugin.setup(new TextDirective('rewrite', text), testScope()), { code: 'ERR_CONFIG', message });
  });
