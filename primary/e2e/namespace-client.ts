// The client inside a network namespace: questions on stdin, answers on stdout, one line of JSON each. Started by namespaces.ts. Cold.

import { createInterface } from 'node:readline';
import { ask } from './harness.ts';
import type { Question } from './namespaces.ts';

/** Announces EDNS, so that explanations of answers come along. */
const EDNS = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
} as const;

for await (const line of createInterface({ input: process.stdin })) {
  const { address, name, type, tcp } = JSON.parse(line) as Question;
  const additionals = [{ ...EDNS, options: [] }];
  const answer = await ask(53, name, type, { address, tcp, additionals, timeout: 3000, retries: 0 }).catch(() => null);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
