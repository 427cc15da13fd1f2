// Writes what a comparison needs into a folder. Called by main.ts here and by compare. Cold.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestsText } from './manifests.ts';
import { namesText, SCENARIOS, type Scenario } from './names.ts';
import { services } from './services.ts';
import { clusterZone, elsewhereZone, type Zone } from './zone.ts';

export interface ScenarioFiles {
  /** A List of manifests, for Shoal. */
  readonly manifests: string;
  /** The same records, for everybody else; also written as `cluster.local.zone`. */
  readonly zone: Zone;
  /** What a name server behind the one that is measured serves; also written as `elsewhere.test.zone`. */
  readonly elsewhere: Zone;
  /** The names file of each scenario. */
  readonly names: Readonly<Record<Scenario, string>>;
}

/** Creates the folder when it is missing, and overwrites. @throws RangeError for a number of services that is not possible */
export function writeScenarios(folder: string, count: number): ScenarioFiles {
  const cluster = services(count);
  const zone = clusterZone(cluster);
  const elsewhere = elsewhereZone();
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  for (const { origin, text } of [zone, elsewhere]) write(`${origin}.zone`, text);
  const names = SCENARIOS.map((scenario) => [scenario, write(`${scenario}.names`, namesText(scenario, cluster))]);
  return {
    manifests: write('cluster.json', manifestsText(cluster)),
    zone,
    elsewhere,
    names: Object.fromEntries(names) as Record<Scenario, string>,
  };
}
