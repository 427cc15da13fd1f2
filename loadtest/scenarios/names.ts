// What each scenario asks for, as the text of a names file. Cold.

import { domainOf, namespaceOf, type Service } from './services.ts';
import { ELSEWHERE } from './zone.ts';

/** Scenarios that ask for names of the cluster: one line of a names file per service. */
const QUESTIONS = {
  /** A name that exists, by its address. */
  'clusterip-a': (service: Service) => `${domainOf(service)} A`,
  /** A service that does not exist in a namespace that does. */
  nxdomain: (_: Service, i: number) => `${domainOf({ name: `missing-${i}`, namespace: namespaceOf(i) })} A`,
  /** The named port of a service. */
  srv: (service: Service) => `_http._tcp.${domainOf(service)} SRV`,
} as const;

/** Scenarios that ask for names of elsewhere, which a name server behind the one that is measured answers. */
const FORWARDED = {
  /** So many that no name comes twice while the first one of it is under way, and nobody keeps an answer. */
  'forward-miss': { names: 50_000, cache: false },
  /** So few that all of them are in the cache when the measurement begins. */
  'cache-hit': { names: 5000, cache: true },
} as const;

type ClusterScenario = keyof typeof QUESTIONS;
type ForwardedScenario = keyof typeof FORWARDED;
export type Scenario = ClusterScenario | ForwardedScenario;

export const SCENARIOS = [...Object.keys(QUESTIONS), ...Object.keys(FORWARDED)] as Scenario[];

/** How names of elsewhere are asked for; undefined for scenarios that ask for names of the cluster. */
export function forwardingOf(scenario: Scenario): (typeof FORWARDED)[ForwardedScenario] | undefined {
  return isForwarded(scenario) ? FORWARDED[scenario] : undefined;
}

function isForwarded(scenario: Scenario): scenario is ForwardedScenario {
  return scenario in FORWARDED;
}

/** In an order that is the same each time, but that of no server's table. */
export function namesText(scenario: Scenario, cluster: readonly Service[]): string {
  return `${shuffled(questionsOf(scenario, cluster)).join('\n')}\n`;
}

function questionsOf(scenario: Scenario, cluster: readonly Service[]): string[] {
  if (!isForwarded(scenario)) return cluster.map(QUESTIONS[scenario]);
  return Array.from({ length: FORWARDED[scenario].names }, (_, i) => `host-${i}.${ELSEWHERE} A`);
}

/** Fisher and Yates, with numbers of xorshift32 from a fixed seed. */
function shuffled(lines: string[]): string[] {
  let state = 0x5eed;
  for (let i = lines.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const other = (state >>> 0) % (i + 1);
    [lines[i], lines[other]] = [lines[other], lines[i]];
  }
  return lines;
}
