// A report in a few lines for people. Cold.

import type { Report } from '#loadtest/generator/report.ts';

/** `1,234,567` */
export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Counters that are only worth a line when they are not 0. */
const ODD = ['unexpected', 'truncated', 'dropped', 'refused', 'unsent'] as const;

/** Lines with their line ends. */
export function summarize(report: Report): string {
  const lines = [...counts(report), ...latencies(report), ...cpu(report)];
  return lines.map(([label, value]) => `${label.padEnd(12)} ${value}\n`).join('');
}

type Line = readonly [label: string, value: string];

function counts(report: Report): Line[] {
  const loop =
    report.loop === 'open' ? `open, ${thousands(report.rate ?? 0)}/s` : `closed, ${report.window} outstanding`;
  const rcodes = Object.entries(report.rcodes).map(([name, count]) => `${name} ${thousands(count)}`);
  const odd = ODD.filter((name) => (report[name] ?? 0) > 0);
  return [
    ['server', `${report.server} (${loop}, ${report.clients} clients, ${report.io})`],
    [
      'queries',
      `${thousands(report.sent)} sent, ${thousands(report.answered)} answered, ${thousands(report.lost)} lost`,
    ],
    ['answers', `${thousands(report.qps)}/s over ${report.seconds} s: ${rcodes.join(', ') || 'none'}`],
    ...odd.map((name): Line => [name, thousands(report[name] ?? 0)]),
  ];
}

function latencies({ latencyMs, lagMs }: Report): Line[] {
  const { mean, p50, p90, p99, p999, max } = latencyMs;
  const line: Line = ['latency ms', `mean ${mean}, p50 ${p50}, p90 ${p90}, p99 ${p99}, p99.9 ${p999}, max ${max}`];
  return lagMs === undefined ? [line] : [line, ['late by', `${lagMs} ms at most (the generator, not the server)`]];
}

function cpu(report: Report): Line[] {
  const generator: Line = ['generator', `${report.generatorCpuSeconds} CPU s`];
  if (report.serverCpuSeconds === undefined) return [generator];
  const rate =
    report.answersPerCpuSecond === undefined ? '' : `, ${thousands(report.answersPerCpuSecond)} answers a CPU s`;
  return [generator, ['server', `${report.serverCpuSeconds} CPU s${rate}`]];
}
