// What each scenario asks for, as the text of a names file. Cold.

import { domainOf, namespaceOf, type Service } from './services.ts';

/** The scenarios by name: one line of a names file per service. */
const QUESTIONS = {
  /** A name that exists, by its address. */
  'clusterip-a': (service: Service) => `${domainOf(service)} A`,
  /** A service that does not exist in a namespace that does. */
  nxdomain: (_: Service, i: number) => `${domainOf({ name: `missing-${i}`, namespace: namespaceOf(i) })} A`,
  /** The named port of a service. */
  srv: (service: Service) => `_http._tcp.${domainOf(service)} SRV`,
} as const;

export type Scenario = keyof typeof QUESTIONS;

export const SCENARIOS = Object.keys(QUESTIONS) as Scenario[];

/** In an order that is the same each time, but that of no server's table. */
export function namesText(scenario: Scenario, cluster: readonly Service[]): string {
  return `${shuffled(cluster.map(QUESTIONS[scenario])).join('\n')}\n`;
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
