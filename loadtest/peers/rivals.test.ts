// Every rival that is installed here is started for real.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeReply } from '#loadtest/compare/agree.ts';
import { processTree } from '#loadtest/generator/processes.ts';
import { services } from '#loadtest/scenarios/services.ts';
import { clusterZone } from '#loadtest/scenarios/zone.ts';
import { ask } from './ask.ts';
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
