// Servers that answer differently cannot be compared: asks both the same names before anything is measured. Cold.

import type { Answer, RecordType } from 'dns-packet';
import { PeerError } from '#loadtest/errors.ts';
import { ask, type Reply } from '#loadtest/peers/ask.ts';
import type { RunningPeer } from '#loadtest/peers/peer.ts';

/** Names that are asked; taken from all over the file. */
const SAMPLES = 20;
const TIMEOUT = 2000;

/** `names`: text of a names file. @throws PeerError with the first name that the two do not agree on */
export async function checkAgreement(first: RunningPeer, second: RunningPeer, names: string): Promise<void> {
  const lines = names.trimEnd().split('\n');
  const step = Math.max(1, Math.floor(lines.length / SAMPLES));
  for (let i = 0; i < lines.length; i += step) {
    const [name, type] = lines[i].split(' ');
    const [one, other] = await Promise.all([first, second].map((peer) => say(peer, name, type as RecordType)));
    if (one !== other) throw new PeerError(`${lines[i]}: ${first.name} says ${one}, ${second.name} says ${other}`);
  }
}

async function say(peer: RunningPeer, name: string, type: RecordType): Promise<string> {
  const reply = await ask(peer.port, name, type, TIMEOUT);
  return reply === undefined ? 'nothing' : describeReply(reply);
}

/** Rcode and records of the answer section. TTLs may differ: one that comes from a cache has been counted down. */
export function describeReply({ rcode, answers }: Reply): string {
  const records = answers.map(describeRecord).sort();
  return `rcode ${rcode} [${records.join(', ')}]`;
}

function describeRecord(record: Answer): string {
  const data = 'data' in record ? JSON.stringify(record.data) : '';
  return `${record.name.toLowerCase()} ${record.type} ${data}`;
}
