// The flags of compare. Cold.

import { choice, count, decimal } from '#loadtest/flags/kinds.ts';
import type { Values } from '#loadtest/flags/parse.ts';
import { RIVAL_NAMES } from '#loadtest/peers/rivals.ts';
import { SCENARIOS } from '#loadtest/scenarios/names.ts';
import { MAX_SERVICES } from '#loadtest/scenarios/services.ts';

export const INTRO = `Measures Shoal beside another server: the same names, the same processor, in turns.

  node loadtest/compare/main.ts --scenario clusterip-a --against nsd

Both serve on one processor, the load comes from another one. What counts is answers per CPU second of all processes of a server:
the median of the rounds. Prints a table and one line of JSON. Exit status 1 when Shoal stays below --at-least times its rival.`;

export const FLAGS = {
  scenario: choice(SCENARIOS, 'what is asked for', 'clusterip-a'),
  against: choice(RIVAL_NAMES, 'the rival', 'nsd'),
  subject: choice(
    ['shoal', ...RIVAL_NAMES],
    'what takes the place of Shoal, to compare rivals with each other',
    'shoal',
  ),
  seconds: decimal('SECONDS', 'time to measure each server in each round', { value: 5, min: 0.1, max: 600 }),
  warmup: decimal('SECONDS', 'time to send before each measurement', { value: 1, min: 0, max: 60 }),
  rounds: count('COUNT', 'rounds', { value: 3, min: 1, max: 100 }),
  services: count('COUNT', 'services in the cluster', { value: 10_000, min: 1, max: MAX_SERVICES }),
  clients: count('COUNT', 'sockets of the generator', { value: 8, min: 1, max: 1024 }),
  window: count('COUNT', 'queries outstanding', { value: 256, min: 1, max: 65_536 }),
  rate: count('COUNT', 'queries per second of an open loop; 0 for a closed one', { value: 0, min: 0, max: 10_000_000 }),
  edns: count('OCTETS', 'UDP size to announce by EDNS; 0 sends no OPT record', { value: 0, min: 0, max: 65_535 }),
  'server-cpu': count('CPU', 'processor of the servers', { value: 0, min: 0, max: 1023 }),
  'client-cpu': count('CPU', 'processor of the generator', { value: 1, min: 0, max: 1023 }),
  'at-least': decimal('RATIO', 'fail when the ratio is lower', { value: 1, min: 0, max: 1000 }),
} as const;

export type Options = Values<typeof FLAGS>;
