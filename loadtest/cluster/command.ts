// How every command of this folder begins and ends. Cold.

import { runCommand } from '#loadtest/flags/command.ts';
import { choice, text } from '#loadtest/flags/kinds.ts';
import type { Flags, Values } from '#loadtest/flags/parse.ts';

export const KUBECONFIG = text('FILE', 'kubeconfig of the API server; its current context is used');
export const AGAINST = choice(['nobody', 'coredns'], 'who is measured, too, in turns', 'nobody');

/** Runs a command; a signal ends it with all servers that it has started. */
export function runClusterCommand<F extends Flags>(
  intro: string,
  flags: F,
  run: (options: Values<F>) => Promise<number>,
): Promise<void> {
  // Servers are killed when the process exits; without a listener a signal would end it without that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  return runCommand(intro, flags, run);
}

/** One figure that must stay within a limit. */
export interface Limit {
  readonly what: string;
  readonly value: number;
  readonly most: number;
}

/** Says on stderr which limits are missed; the exit status. A figure that is none counts as missed. */
export function checkLimits(
  limits: readonly Limit[],
  screen: { write(text: string): unknown } = process.stderr,
): number {
  const missed = limits.filter(({ value, most }) => !(value <= most));
  for (const { what, value, most } of missed) screen.write(`${what}: ${shown(value)}, ${shown(most)} at most\n`);
  return missed.length === 0 ? 0 : 1;
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
