// A whole comparison: files, servers, rounds, scores. Called by main.ts. Cold.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PeerError } from '#loadtest/errors.ts';
import type { Report } from '#loadtest/generator/report.ts';
import { NSD } from '#loadtest/peers/nsd.ts';
import type { Peer, PeerOptions, RunningPeer } from '#loadtest/peers/peer.ts';
import { freePort } from '#loadtest/peers/port.ts';
import { RIVALS } from '#loadtest/peers/rivals.ts';
import { type ScenarioFiles, writeScenarios } from '#loadtest/scenarios/files.ts';
import { forwardingOf } from '#loadtest/scenarios/names.ts';
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
    const peers = peersOf(options, files.manifests);
    const behind = await startBehind(files, options);
    if (behind !== undefined) running.push(behind);
    for (const peer of peers) running.push(await startPeer(peer, files, options, behind));
    const [subject, rival] = running.slice(-2);
    return await compareRunning(subject, rival, files.names[options.scenario], options);
  } finally {
    for (const peer of running.toReversed()) await peer.stop();
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
  const forwarding = forwardingOf(options.scenario) !== undefined;
  for (const peer of peers) {
    if (forwarding && !peer.forwards)
      throw new PeerError(`${peer.name}: asks nobody else, as ${options.scenario} wants`);
    const missing = peer.missing() ?? (forwarding ? NSD.missing() : undefined);
    if (missing !== undefined) throw new PeerError(`${peer.name}: ${missing}`);
  }
  return peers;
}

/** Who is asked for names of elsewhere: on the generator's processor, so that its work is not counted for those who are measured. */
async function startBehind({ elsewhere }: ScenarioFiles, options: Options): Promise<RunningPeer | undefined> {
  if (forwardingOf(options.scenario) === undefined) return undefined;
  return NSD.start({ port: await freePort(), zone: elsewhere, cpu: options['client-cpu'] });
}

async function startPeer(
  peer: Peer,
  files: ScenarioFiles,
  options: Options,
  behind: RunningPeer | undefined,
): Promise<RunningPeer> {
  const place = { port: await freePort(), cpu: options['server-cpu'] };
  const forwarding = forwardingOf(options.scenario);
  if (behind === undefined || forwarding === undefined) return peer.start({ ...place, zone: files.zone });
  const asking: PeerOptions = {
    ...place,
    zone: files.elsewhere,
    forwarding: { upstream: behind.port, cache: forwarding.cache },
  };
  return peer.start(asking);
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
