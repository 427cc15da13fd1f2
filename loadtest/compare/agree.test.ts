import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from 'dns-packet';
import { PeerError } from '#loadtest/errors.ts';
import { type Reaction, Responder } from '#loadtest/generator/testing/responder.ts';
import type { RunningPeer } from '#loadtest/peers/peer.ts';
import { checkAgreement, describeReply } from './agree.ts';

/** Asks two servers of this process; tells how many queries each got. */
async function agree(
  names: string,
  one: (query: Uint8Array, k: number) => Reaction,
  other: (query: Uint8Array, k: number) => Reaction,
): Promise<number[]> {
  const responders = await Promise.all([Responder.open(one), Responder.open(other)]);
  const [first, second] = responders.map(
    ({ port }, i): RunningPeer => ({ name: `server ${i}`, port, pids: [], stop: async () => {} }),
  );
  try {
    await checkAgreement(first, second, names);
    return responders.map(({ queries }) => queries);
  } finally {
    for (const responder of responders) responder.close();
  }
}

const saying = (rcode: number) => (): Reaction => ({ copies: 1, rcode });
const NAMES = 'a.example A\nb.example SRV\n';

describe('two servers', () => {
  it('that say the same agree', async () => assert.deepEqual(await agree(NAMES, saying(3), saying(3)), [2, 2]));

  it('that do not are told apart by the first name', () =>
    assert.rejects(
      agree(NAMES, saying(0), saying(3)),
      new PeerError('a.example A: server 0 says rcode 0 [], server 1 says rcode 3 []'),
    ));

  it('are asked for the type in the file', () =>
    assert.rejects(
      agree(NAMES, saying(0), (_, k) => ({ copies: 1, rcode: k })),
      new PeerError('b.example SRV: server 0 says rcode 0 [], server 1 says rcode 1 []'),
    ));

  it('are asked some names of a long file, from all over it', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `name-${i}.example A`).join('\n');
    const asked = new Set<string>();
    const [queries] = await agree(
      names,
      (query) => {
        asked.add(Buffer.from(query.subarray(13, 13 + query[12])).toString());
        return { copies: 1, rcode: 0 };
      },
      saying(0),
    );
    assert.equal(queries, 20);
    assert.ok(asked.has('name-0') && asked.has('name-500') && asked.has('name-950'));
  });
});

describe('what a reply says', () => {
  const a = (name: string, ttl: number, data: string): Answer => ({ name, type: 'A', ttl, data });
  const srv: Answer = { name: 'x', type: 'SRV', ttl: 5, data: { port: 80, target: 'y', priority: 0, weight: 100 } };
  const rows = [
    { name: 'nothing', rcode: 3, answers: [], want: 'rcode 3 []' },
    {
      name: 'a record, whatever its TTL',
      rcode: 0,
      answers: [a('x.y', 7, '10.0.0.1')],
      want: 'rcode 0 [x.y A "10.0.0.1"]',
    },
    {
      name: 'a name, whatever its case',
      rcode: 0,
      answers: [a('X.y', 7, '10.0.0.1')],
      want: 'rcode 0 [x.y A "10.0.0.1"]',
    },
    {
      name: 'records, whatever their order',
      rcode: 0,
      answers: [a('x', 1, '10.0.0.2'), a('x', 1, '10.0.0.1')],
      want: 'rcode 0 [x A "10.0.0.1", x A "10.0.0.2"]',
    },
    {
      name: 'data of several fields',
      rcode: 0,
      answers: [srv],
      want: 'rcode 0 [x SRV {"port":80,"target":"y","priority":0,"weight":100}]',
    },
  ];
  for (const { name, rcode, answers, want } of rows)
    it(name, () => assert.equal(describeReply({ rcode, answers }), want));
});
