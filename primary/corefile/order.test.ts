import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDirective, ORDER } from '#plugins/order.ts';

// What `-plugins` prints: the same names by alphabet, with `on` at the end; redis_cache is an external plugin.
const PRINTED =
  'acl any auto autopath azure bind bufsize cache cancel chaos clouddns debug dns64 dnssec dnstap erratic errors etcd file ' +
  'forward geoip grpc grpc_server header health hosts https https3 k8s_external kubernetes loadbalance local log loop ' +
  'metadata minimal multisocket nomad nsid pprof prometheus proxyproto quic ready redis_cache reload rewrite root route53 secondary shed ' +
  'sign template timeouts tls trace transfer tsig view whoami on';

const before: readonly (readonly [string, string])[] = [
  ['errors', 'log'],
  ['loadbalance', 'cache'],
  ['rewrite', 'acl'],
  ['autopath', 'acl'],
  ['acl', 'cache'],
  ['cache', 'redis_cache'],
  ['redis_cache', 'kubernetes'],
  ['template', 'kubernetes'],
  ['hosts', 'kubernetes'],
  ['kubernetes', 'loop'],
  ['loop', 'forward'],
  ['ready', 'health'],
];

describe('order of directives', () => {
  it('has every directive of the reference once', () => assert.deepEqual([...ORDER].sort(), PRINTED.split(' ').sort()));

  for (const [first, second] of before) {
    it(`${first} is before ${second}`, () => assert.ok(ORDER.indexOf(first) < ORDER.indexOf(second)));
  }

  it('isDirective', () => {
    assert.ok(ORDER.every(isDirective));
    assert.deepEqual(['foobar', '', 'Cache', 'import', 'constructor'].map(isDirective), [
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
