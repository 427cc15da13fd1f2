// From the reports of all rounds to the figures that are compared. Cold.

import type { Report } from '#loadtest/generator/report.ts';

/** Of one server over all rounds: medians, so that a round that something else disturbed does not count. */
export interface Score {
  readonly name: string;
  readonly answersPerCpuSecond: number;
  readonly qps: number;
  readonly p50: number;
  readonly p99: number;
  /** Sum of the rounds. */
  readonly lost: number;
  /** Answers per CPU second, round by round. */
  readonly rounds: readonly number[];
}

/** The order in which servers are measured in this round: who came first comes last in the next one. */
export function orderOf<T>(round: number, servers: readonly T[]): readonly T[] {
  return round % 2 === 0 ? servers : servers.toReversed();
}

/** The middle one, or the mean of the two in the middle. `values` is not empty. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A round in which the server used no measurable CPU time counts as 0. */
export function scoreOf(name: string, reports: readonly Report[]): Score {
  const rounds = reports.map((report) => report.answersPerCpuSecond ?? 0);
  return {
    name,
    answersPerCpuSecond: Math.round(median(rounds)),
    qps: Math.round(median(reports.map((report) => report.qps))),
    p50: round(median(reports.map((report) => report.latencyMs.p50))),
    p99: round(median(reports.map((report) => report.latencyMs.p99))),
    lost: reports.reduce((sum, report) => sum + report.lost, 0),
    rounds,
  };
}

/** How many times as many answers as `rival` a CPU second of `subject` gives, to four decimals; 0 when the rival gave none. */
export function ratioOf(subject: Score, rival: Score): number {
  if (rival.answersPerCpuSecond === 0) return 0;
  return round(subject.answersPerCpuSecond / rival.answersPerCpuSecond);
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
