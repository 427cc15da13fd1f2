// Puts the recorded questions to a server and prints what differs: `node primary/e2e/conformance/run.ts PORT basic [-v]`. Cold.

import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { exchangeTcp, exchangeUdp } from '../harness.ts';
import { type Case, type Expectation, encodeCase } from './case.ts';
import { same } from './compare.ts';
import { describeAnswer } from './describe.ts';
import { DEVIATIONS } from './deviations.ts';

export const DATA = join(import.meta.dirname, 'data');
/** Milliseconds after which no answer is none. */
const PATIENCE = 1500;

export interface Difference {
  readonly asked: Case;
  readonly want: Expectation;
  readonly got: Expectation;
}

export interface Report {
  readonly same: number;
  readonly deviations: number;
  readonly differences: readonly Difference[];
}

/** The cases of one recording, in the order in which they were asked: caches make it matter. */
export async function* readCases(recording: string): AsyncGenerator<Case> {
  for await (const line of createInterface({ input: createReadStream(join(DATA, `${recording}.jsonl`)) }))
    yield JSON.parse(line) as Case;
}

export interface RunOptions {
  /** Which cases; all of them when left out. */
  readonly only?: (asked: Case) => boolean;
  /** Hears how many have been asked. */
  readonly progress?: (asked: number) => void;
}

/** Asks a server on 127.0.0.1 the cases of a recording. */
export async function runRecording(recording: string, port: number, options: RunOptions = {}): Promise<Report> {
  const { only, progress } = options;
  const differences: Difference[] = [];
  let equal = 0;
  let deviations = 0;
  for await (const asked of readCases(recording)) {
    if (only?.(asked) === false) continue;
    const got = await answerTo(asked, port);
    if (same(asked.expect, got)) equal++;
    else if (DEVIATIONS.some(({ applies, isBetter }) => applies(asked) && isBetter(asked, got))) deviations++;
    else differences.push({ asked, want: asked.expect, got });
    progress?.(equal + deviations + differences.length);
  }
  return { same: equal, deviations, differences };
}

async function answerTo(asked: Case, port: number): Promise<Expectation> {
  const message = encodeCase(asked, Math.floor(Math.random() * 65_536));
  const exchange = asked.proto === 'tcp' ? exchangeTcp : exchangeUdp;
  try {
    return describeAnswer(await exchange(port, '127.0.0.1', message, PATIENCE, asked.client));
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no answer')) return { timeout: true };
    throw error;
  }
}

/** A difference as text: the question, what was wanted, what came. */
export function showDifference({ asked, want, got }: Difference): string {
  const { expect: _, ...question } = asked;
  return `${JSON.stringify(question)}\n   want ${JSON.stringify(want)}\n   got  ${JSON.stringify(got)}`;
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { verbose: { type: 'boolean', short: 'v', default: false } },
  });
  const [port, recording] = positionals;
  if (recording === undefined)
    throw new Error('usage: node primary/e2e/conformance/run.ts PORT basic|narrow|verified|mixed [-v]');
  const show = (asked: number): void =>
    void (process.stderr.isTTY && asked % 50 === 0 && process.stderr.write(`\r${asked} asked`));
  const report = await runRecording(recording, Number(port), { progress: show });
  if (process.stderr.isTTY) process.stderr.write('\r');
  if (values.verbose) for (const difference of report.differences) console.log(showDifference(difference));
  console.log(`${report.same} same, ${report.deviations} documented deviations, ${report.differences.length} differ`);
  process.exitCode = report.differences.length > 0 ? 1 : 0;
}

if (import.meta.main) await main();
