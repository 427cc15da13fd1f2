// Answers and memory of a server while slices change, and while they do not. Called by churn.ts. Cold.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from '#loadtest/compare/score.ts';
import type { Report } from '#loadtest/generator/report.ts';
import { thousands } from '#loadtest/report/summary.ts';
import { table } from '#loadtest/report/table.ts';
import type { ClusterApi } from './api/client.ts';
import type { Churn } from './changes/churn.ts';
import type { Limit } from './command.ts';
import { highest, type Sample } from './footprint/sampler.ts';

const GENERATOR = join(import.meta.dirname, '..', 'main.ts');
/** Most services whose names are asked for. */
const NAMES = 10_000;
/** Memory may rise so much from the first half of all churn to the second. */
const FLAT = 1.1;

/** Of services without an address there is no such name. */
const RIGHT: ReadonlySet<string> = new Set(['NOERROR', 'NXDOMAIN']);

/** One time of asking. Memory in MiB, the highest. */
export interface Period {
  readonly report: Report;
  readonly changes: number;
  readonly skipped: number;
  readonly memory: number;
}

/** Writes the names to ask for: services of the cluster, and between them those that change. */
export async function writeNames(file: string, api: ClusterApi, churn: Churn): Promise<void> {
  const names: string[] = [];
  for await (const { metadata } of api.list('/api/v1/services', { limit: NAMES }))
    names.push(`${metadata.name}.${metadata.namespace}.svc.cluster.local`);
  const mixed = [...new Set([...names, ...churn.names])].sort(); // other people's churn is no reason to ask twice
  writeFileSync(file, mixed.map((name) => `${name} A\n`).join(''));
}

/** How it is asked. */
export interface Asking {
  readonly seconds: number;
  /** Queries a second. */
  readonly qps: number;
  /** The generator sleeps between queries. */
  readonly doze: boolean;
}

/** The generator in a process of its own. @throws Error with what it printed when it fails */
export async function askFor(port: number, names: string, { seconds, qps, doze }: Asking): Promise<Report> {
  const flags = { server: `127.0.0.1:${port}`, names, seconds, warmup: 1, rate: qps };
  const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const switches = doze ? ['--json', '--doze'] : ['--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [GENERATOR, ...words, ...switches]);
  return JSON.parse(stdout) as Report;
}

export function churnTable(quiet: readonly Period[], churning: readonly Period[]): string {
  const row = (name: string, periods: readonly Period[]): string[] => {
    const of = (figure: (period: Period) => number): number => median(periods.map(figure));
    const total = (figure: (period: Period) => number): string => thousands(sum(periods.map(figure)));
    return [
      name,
      total(({ changes }) => changes),
      thousands(Math.round(of(({ report }) => report.qps))),
      ...[of(p50), of(p99)].map((ms) => ms.toFixed(3)),
      total(({ report }) => report.lost),
      of(({ memory }) => memory).toFixed(1),
    ];
  };
  const head = ['', 'changes', 'answers/s', 'p50 ms', 'p99 ms', 'lost', 'highest MiB'];
  return table([head, row('without changes', quiet), row('with changes', churning)]);
}

/** `ratio`: how often the p99 with changes may be that without. */
export function churnLimits(quiet: readonly Period[], churning: readonly Period[], ratio: number): Limit[] {
  const all = [...quiet, ...churning];
  const wrong = ({ report }: Period): number =>
    sum(Object.entries(report.rcodes).map(([name, count]) => (RIGHT.has(name) ? 0 : count)));
  return [
    { what: 'p99 with changes by p99 without', value: median(churning.map(p99)) / median(quiet.map(p99)), most: ratio },
    { what: 'answers that were lost', value: sum(all.map(({ report }) => report.lost)), most: 0 },
    { what: 'answers that were errors', value: sum(all.map(wrong)), most: 0 },
    {
      what: 'changes that the API server was too slow for',
      value: sum(churning.map(({ skipped }) => skipped)),
      most: 0,
    },
  ];
}

/** Memory while slices changed: the highest of the second half of the time by that of the first half; the median of the rounds. */
export function growthLimit(rounds: readonly (readonly Sample[])[]): Limit {
  return { what: 'memory in the second half by that in the first', value: median(rounds.map(growthOf)), most: FLAT };
}

function growthOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0]?.at ?? 0, samples.at(-1)?.at ?? 0];
  const half = (first + last) / 2;
  const top = (from: number, to: number): number => highest(samples, from, to)?.footprint.total ?? Number.NaN;
  return top(half, last) / top(first, half);
}

const p50 = ({ report }: Period): number => report.latencyMs.p50;
const p99 = ({ report }: Period): number => report.latencyMs.p99;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
