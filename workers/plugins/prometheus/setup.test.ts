import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { type PrometheusOptions, plugin } from './setup.ts';

const VALID: readonly (readonly [text: string, options: PrometheusOptions])[] = [
  ['prometheus', { address: 'localhost:9153', runtimeMetrics: false }],
  ['prometheus :9153', { address: ':9153', runtimeMetrics: false }],
  ['prometheus [::1]:9153 { runtime_metrics }', { address: '[::1]:9153', runtimeMetrics: true }],
];
for (const [text, options] of VALID)
  test(`prometheus accepts ${text}`, () => {
    assert.deepEqual(plugin.setup(new TextDirective('prometheus', text), testScope()), options);
  });

const parse = (line: number, message: string) => `Corefile:${line} - Error during parsing: ${message}`;
const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['prometheus foo', 'address foo: missing port in address'],
  ['prometheus ::1', 'address ::1: too many colons in address'],
  ['prometheus a:1 b', parse(1, "Wrong argument count or unexpected line ending after 'b'")],
  ['prometheus {\n x\n}', parse(2, 'unknown option: x')],
  ['prometheus {\n tls web.yaml\n}', parse(2, "property 'tls' is known but not supported in this version")],
];
for (const [text, message] of INVALID)
  test(`prometheus refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => plugin.setup(new TextDirective('prometheus', text), testScope()), { message });
  });
