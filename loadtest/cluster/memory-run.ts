// One server's memory from its start on; medians, ratios and limits of many. Called by memory.ts. Cold.

import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '#loadtest/compare/score.ts';
import { table } from '#loadtest/report/table.ts';
import type { Limit } from './command.ts';
import { highest, type Sample, Sampler } from './footprint/sampler.ts';

import type { Program } from './servers/programs.ts';
import { ClusterServer, type ServerOptions } from './servers/server.ts';

const MINUTE = 60;
/** From then on a heap has had the time to give back what the start took. */
const SETTLED = 300;

/** Seconds and MiB. */
export interface Phases {
  readonly ready: number;
  /** Highest memory in the first minute, and when that was. */
  readonly peak: number;
  readonly peakAt: number;
  readonly end: number;
}

/** Highest memory and memory at the end of Shoal, divided by the rival's. */
const LIMITS = { services: { peak: 0.9, end: 1.3 }, podsVerified: { peak: 0.5, end: 1 } } as const;

/** Starts it, watches it for `seconds`, stops it. `onSecond` hears of every one. @throws PeerError */
export async function measureMemory(
  program: Program,
  options: ServerOptions,
  seconds: number,
  onSecond: () => void,
): Promise<Phases> {
  const server = await ClusterServer.start(program, options);
  const sampler = new Sampler(server.pid);
  const ready = server.ready();
  const broken = new Promise<never>((_, reject) => ready.catch(reject));
  try {
    for (let second = 0; second < seconds; second++) {
      await Promise.race([sleep(1000), broken]);
      onSecond();
    }
    return phasesOf(await ready, sampler.samples);
  } finally {
    sampler.close();
    await server.stop();
  }
}

export function phasesOf(ready: number, samples: readonly Sample[]): Phases {
  const top = highest(samples, 0, MINUTE);
  return { ready, peak: top?.footprint.total ?? 0, peakAt: top?.at ?? 0, end: samples.at(-1)?.footprint.total ?? 0 };
}

/** Medians of the rounds. */
function middle(rounds: readonly Phases[]): Phases {
  const of = (name: keyof Phases): number => median(rounds.map((phases) => phases[name]));
  return { ready: of('ready'), peak: of('peak'), peakAt: of('peakAt'), end: of('end') };
}

/** The first server is the one that the others are compared with. */
export function memoryTable(found: ReadonlyMap<string, readonly Phases[]>): string {
  const all = [...found].map(([name, rounds]) => ({ name, ...middle(rounds) }));
  const rows = all.map(({ name, ready, peak, peakAt, end }) => [
    name,
    ...[ready.toFixed(2), peak.toFixed(1), peakAt.toFixed(1), end.toFixed(1)],
  ]);
  const [subject, rival] = all;
  const ratio = (name: keyof Phases): string => (subject[name] / rival[name]).toFixed(2);
  if (rival !== undefined) rows.push(['ratio', ratio('ready'), ratio('peak'), '', ratio('end')]);
  return table([['server', 'ready s', 'highest MiB', 'at s', 'end MiB'], ...rows]);
}

/** None without a rival. */
export function limitsOf(
  found: ReadonlyMap<string, readonly Phases[]>,
  seconds: number,
  podsVerified: boolean,
): Limit[] {
  const [subject, rival] = [...found.values()].map(middle);
  if (rival === undefined) return [];
  const { peak, end } = podsVerified ? LIMITS.podsVerified : LIMITS.services;
  const limits = [
    { what: 'time to ready by that of the rival', value: subject.ready / rival.ready, most: 1 },
    { what: 'highest memory by that of the rival', value: subject.peak / rival.peak, most: peak },
  ];
  if (seconds < SETTLED) return limits;
  return [...limits, { what: 'memory at the end by that of the rival', value: subject.end / rival.end, most: end }];
}
