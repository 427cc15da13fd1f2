// Every rival that is installed here is started for real.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeReply } from '#loadtest/compare/agree.ts';
import { processTree } from '#loadtest/generator/processes.ts';
import { services } from '#loadtest/scenarios/services.ts';
import { clusterZone, elsewhereZone } from '#loadtest/scenarios/zone.ts';
import { ask } from './ask.ts';
import { NSD } from './nsd.ts';
import { freePort } from './port.ts';
import { RIVAL_NAMES, RIVALS } from './rivals.ts';

const zone = clusterZone(services(100));

const QUESTIONS = [
  ['svc-7.team-7.svc.cluster.local', 'A', 'rcode 0 [svc-7.team-7.svc.cluster.local A "10.96.0.8"]'],
  ['missing-7.team-7.svc.cluster.local', 'A', 'rcode 3 []'],
  [
    '_http._tcp.svc-7.team-7.svc.cluster.local',
    'SRV',
    'rcode 0 [_http._tcp.svc-7.team-7.svc.cluster.local SRV {"priority":0,"weight":100,"port":80,"target":"svc-7.team-7.svc.cluster.local"}]',
  ],
] as const;

for (const name of RIVAL_NAMES) {
  describe(name, { skip: RIVALS[name].missing() ?? false }, () => {
    it('answers the questions of all scenarios, and ends', async () => {
      const peer = await RIVALS[name].start({ port: await freePort(), zone, cpu: 0 });
      try {
        assert.equal(peer.name, name);
        assert.ok(peer.pids.length > 0);
        for (const [question, type, want] of QUESTIONS) {
          const reply = await ask(peer.port, question, type, 2000);
          assert.equal(reply === undefined ? 'nothing' : describeReply(reply), want);
        }
      } finally {
        await peer.stop();
      }
      assert.deepEqual(processTree(peer.pids[0]), []);
    });
  });
}

for (const name of RIVAL_NAMES.filter((rival) => RIVALS[rival].forwards)) {
  describe(`${name} before a name server`, { skip: RIVALS[name].missing() ?? NSD.missing() ?? false }, () => {
    for (const cache of [false, true])
      it(cache ? 'keeps answers' : 'asks each time', async () => {
        const elsewhere = elsewhereZone();
        const behind = await NSD.start({ port: await freePort(), zone: elsewhere, cpu: 0 });
        const forwarding = { upstream: behind.port, cache };
        const peer = await RIVALS[name].start({ port: await freePort(), zone: elsewhere, cpu: 0, forwarding });
        try {
          const first = await ask(peer.port, 'host-7.elsewhere.test', 'A', 2000);
          assert.equal(first && describeReply(first), 'rcode 0 [host-7.elsewhere.test A "192.0.2.1"]');
          await behind.stop();
          const again = await ask(peer.port, 'host-7.elsewhere.test', 'A', 500);
          assert.equal(again?.rcode === 0, cache);
        } finally {
          await peer.stop();
          await behind.stop();
        }
      });
  });
}

it('CoreDNS is only there when its path is given', () => {
  const before = process.env['SHOAL_PEER_COREDNS'];
  const rows = [
    ['', 'SHOAL_PEER_COREDNS names no program'],
    ['/no/such/coredns', '/no/such/coredns is not installed'],
  ];
  for (const [path, want] of rows) {
    process.env['SHOAL_PEER_COREDNS'] = path;
    assert.equal(RIVALS.coredns.missing(), want);
  }
  if (before === undefined) delete process.env['SHOAL_PEER_COREDNS'];
  else process.env['SHOAL_PEER_COREDNS'] = before;
});
