import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { editDistance, nearest } from './nearest.ts';

describe('editDistance', () => {
  const rows = [
    { a: '', b: '', want: 0 },
    { a: 'udp', b: 'udp', want: 0 },
    { a: '', b: 'udp', want: 3 },
    { a: 'thread', b: 'threads', want: 1 },
    { a: 'kitten', b: 'sitting', want: 3 },
    { a: 'ab', b: 'ba', want: 2 },
  ];
  for (const { a, b, want } of rows) {
    it(`'${a}' and '${b}'`, () => {
      assert.equal(editDistance(a, b), want);
      assert.equal(editDistance(b, a), want);
    });
  }
});

describe('nearest', () => {
  const known = ['resolver.threads', 'resolver.processes', 'udp.io', 'tcp.idleTimeout'];
  const rows = [
    { name: 'resolver.thread', want: 'resolver.threads' },
    { name: 'resolver.treads', want: 'resolver.threads' },
    { name: 'RESOLVER.THREADS', want: 'resolver.threads' },
    { name: 'tcp.idletimeout', want: 'tcp.idleTimeout' },
    { name: 'udp.oi', want: 'udp.io' },
    { name: 'something.else', want: undefined },
    { name: '', want: undefined },
  ];
  for (const { name, want } of rows) it(`'${name}'`, () => assert.equal(nearest(name, known), want));
});
