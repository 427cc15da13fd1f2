import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pluginList } from './plugin-list.ts';

/** Spec A7, as the reference prints it. */
const REFERENCE =
  `acl any auto autopath azure bind bufsize cache cancel chaos clouddns debug dns64 dnssec dnstap erratic errors etcd
  file forward geoip grpc grpc_server header health hosts https https3 k8s_external kubernetes loadbalance local log loop metadata
  minimal multisocket nomad nsid pprof prometheus proxyproto quic ready reload rewrite root route53 secondary shed sign template
  timeouts tls trace transfer tsig view whoami on`.split(/\s+/);

it('lists the plugins of the reference one per line, `on` last, and an empty line at the end', () => {
  assert.equal(REFERENCE.length, 60);
  assert.equal(pluginList(), `${REFERENCE.join('\n')}\n\n`);
});
