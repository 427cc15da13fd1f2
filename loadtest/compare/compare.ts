// A whole comparison: files, servers, rounds, scores. Called by main.ts. Cold.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PeerError } from '#loadtest/errors.ts';
import type { Report } from '#loadtest/generator/report.ts';
import type { Peer, RunningPeer } from '#loadtest/peers/peer.ts';
import { freePort } from '#loadtest/peers/port.ts';
import { RIVALS } from '#loadtest/peers/rivals.ts';
import { type ScenarioFiles, writeScenarios } from '#loadtest/scenarios/files.ts';
import { checkAgreement } from './agree.ts';
import { measure } from './measure.ts';
import type { Options } from './options.ts';
import { orderOf, ratioOf, type Score, scoreOf } from './score.ts';
import { shoal } from './shoal.ts';

export interface Comparison {
  readonly scenario: string;
  readonly services: number;
  readonly seconds: number;
  readonly subject: Score;
  readonly rival: Score;
  /** Answers per CPU second: subject divided by rival. */
  readonly ratio: number;
}

/** @throws PeerError when a server cannot be started, or the two answer differently */
export async function compare(options: Options): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-compare-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const running: RunningPeer[] = [];
  try {
    const files = writeScenarios(folder, options.services);
    for (const peer of peersOf(options, files.manifests)) running.push(await startPeer(peer, files, options));
    return await compareRunning(running[0], running[1], files.names[options.scenario], options);
  } finally {
    for (const peer of running) await peer.stop();
    process.removeListener('exit', remove);
    remove();
  }
}

/** What the two are, when all that they need is there. */
function peersOf(options: Options, manifests: string): [Peer, Peer] {
  const { subject, against } = options;
  const peers: [Peer, Peer] = [subject === 'shoal' ? shoal(manifests) : RIVALS[subject], RIVALS[against]];
  if (options['server-cpu'] === options['client-cpu'])
    throw new PeerError('servers and generator need a processor each: --server-cpu and --client-cpu are the same');
  if (availableParallelism() < 2) throw new PeerError('a comparison needs two processors');
  for (const peer of peers) {
    const missing = peer.missing();
    if (missing !== undefined) throw new PeerError(`${peer.name}: ${missing}`);
  }
  return peers;
}

async function startPeer(peer: Peer, { zone }: ScenarioFiles, options: Options): Promise<RunningPeer> {
  return peer.start({ port: await freePort(), zone, cpu: options['server-cpu'] });
}

/** Both run all the time; the one that is not measured gets no queries and uses no CPU time worth naming. */
async function compareRunning(
  subject: RunningPeer,
  rival: RunningPeer,
  names: string,
  options: Options,
): Promise<Comparison> {
  await checkAgreement(subject, rival, readFileSync(names, 'utf8'));
  const reports = new Map<RunningPeer, Report[]>([
    [subject, []],
    [rival, []],
  ]);
  for (let round = 0; round < options.rounds; round++)
    for (const peer of orderOf(round, [subject, rival])) reports.get(peer)?.push(await measure(peer, names, options));
  const scores = [...reports].map(([peer, list]) => scoreOf(peer.name, list));
  const { scenario, services, seconds } = options;
  return { scenario, services, seconds, subject: scores[0], rival: scores[1], ratio: ratioOf(scores[0], scores[1]) };
}
