// What a run found: numbers for one line of JSON, and a summary of them for people. Cold.

import { RCODE } from '#wire/constants.ts';
import type { Client } from './client.ts';
import type { Lateness } from './loops.ts';
import type { Options } from './options.ts';
import type { CpuTime } from './processes.ts';
import { type Tally, UNITS_PER_MS } from './tally.ts';

/** Milliseconds from the time at which a query was due to its answer. */
export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Everything counts the measured time only, without warm-up. */
export interface Report {
  readonly server: string;
  readonly loop: 'closed' | 'open';
  readonly io: string;
  readonly clients: number;
  /** Of a closed loop. */
  readonly window?: number;
  /** Asked for, of an open loop. */
  readonly rate?: number;
  /** Of an open loop; see Lateness. */
  readonly lagMs?: number;
  readonly unsent?: number;
  readonly seconds: number;
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  /** Datagrams that answered nothing that waited. */
  readonly unexpected: number;
  readonly truncated: number;
  /** Queries that the kernel did not take, warm-up included; those that were measured are lost, too. */
  readonly dropped: number;
  /** Refusals of the server's host, warm-up included. */
  readonly refused: number;
  /** Answers that came in a second. */
  readonly qps: number;
  readonly rcodes: Readonly<Record<string, number>>;
  readonly latencyMs: Latency;
  readonly generatorCpuSeconds: number;
  /** With --server-pid. */
  readonly serverCpuSeconds?: number;
  /** With --server-pid, when the server used any. */
  readonly answersPerCpuSecond?: number;
}

/** What is not counted in the tally. */
export interface Measured extends CpuTime {
  readonly io: string;
  /** Of an open loop. */
  readonly lateness: Lateness | undefined;
}

const RCODE_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(RCODE).map(([name, code]) => [code, name]));

export function reportOf(
  options: Options,
  tally: Tally,
  clients: readonly Pick<Client, 'dropped' | 'refused'>[],
  measured: Measured,
): Report {
  const { address, port, family } = options.server;
  const { sent, answered, unexpected, truncated, seconds, arrived } = tally;
  return {
    server: family === 6 ? `[${address}]:${port}` : `${address}:${port}`,
    ...loopOf(options, measured.lateness),
    io: measured.io,
    clients: clients.length,
    seconds: round(seconds),
    sent,
    answered,
    lost: sent - answered,
    unexpected,
    truncated,
    dropped: sum(clients.map((client) => client.dropped)),
    refused: sum(clients.map((client) => client.refused)),
    qps: Math.round(arrived / seconds),
    rcodes: rcodesOf(tally),
    latencyMs: latencyOf(tally),
    generatorCpuSeconds: round(measured.generatorCpuSeconds),
    ...(options['server-pid'].length === 0 ? {} : serverCpu(arrived, measured.serverCpuSeconds)),
  };
}

function loopOf(
  { rate, window }: Options,
  lateness: Lateness | undefined,
): Pick<Report, 'loop' | 'window' | 'rate' | 'lagMs' | 'unsent'> {
  if (lateness === undefined) return { loop: 'closed', window };
  return { loop: 'open', rate, lagMs: round(lateness.lagMs), unsent: lateness.unsent };
}

function serverCpu(arrived: number, seconds: number): Pick<Report, 'serverCpuSeconds' | 'answersPerCpuSecond'> {
  const serverCpuSeconds = round(seconds);
  return seconds <= 0 ? { serverCpuSeconds } : { serverCpuSeconds, answersPerCpuSecond: Math.round(arrived / seconds) };
}

function rcodesOf({ rcodes }: Tally): Record<string, number> {
  const named = [...rcodes.entries()].filter(([, count]) => count > 0);
  return Object.fromEntries(named.map(([code, count]) => [RCODE_NAMES.get(code) ?? `RCODE${code}`, count]));
}

function latencyOf({ latencies }: Tally): Latency {
  const at = (percent: number): number => latencies.percentile(percent) / UNITS_PER_MS;
  return {
    mean: round(latencies.mean / UNITS_PER_MS),
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: latencies.max / UNITS_PER_MS,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
