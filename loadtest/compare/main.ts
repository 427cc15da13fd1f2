// Shoal beside a rival: `node loadtest/compare/main.ts --scenario clusterip-a --against nsd`. Cold.

import { runCommand } from '#loadtest/flags/command.ts';
import { thousands } from '#loadtest/report/summary.ts';
import { table } from '#loadtest/report/table.ts';
import { type Comparison, compare } from './compare.ts';
import { FLAGS, INTRO } from './options.ts';
import type { Score } from './score.ts';

// Servers are killed when the process exits; without a listener a signal would end it without that.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

await runCommand(INTRO, FLAGS, async (options) => {
  const comparison = await compare(options);
  process.stdout.write(`${tableOf(comparison)}${JSON.stringify(comparison)}\n`);
  if (comparison.ratio >= options['at-least']) return 0;
  process.stderr.write(`${comparison.subject.name}: ${comparison.ratio} is below ${options['at-least']}\n`);
  return 1;
});

function tableOf({ subject, rival, ratio }: Comparison): string {
  const row = ({ name, answersPerCpuSecond, qps, p50, p99, lost }: Score, relation: string): string[] => {
    const figures = [thousands(answersPerCpuSecond), relation, thousands(qps), p50.toFixed(3), p99.toFixed(3)];
    return [name, ...figures, thousands(lost)];
  };
  return table([
    ['server', 'answers/CPU s', 'ratio', 'answers/s', 'p50 ms', 'p99 ms', 'lost'],
    row(subject, ratio.toFixed(3)),
    row(rival, '1.000'),
  ]);
}
