// A strict reader of the exposition format 0.0.4, which takes nothing that a scraper might take otherwise, and processes as /proc shows them.
// For tests; cold.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ExposedFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: ExposedSample[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(,|$)/y;
const NUMBER = /^(?:-?\d+(?:\.\d+)?(?:e[+-]\d+)?|[+-]Inf|NaN)$/;

/**
 * Families by name, in the order of the text. Throws an Error that shows the line: for a family without HELP, TYPE or samples, a name that
 * comes twice, labels out of order (alphabetical, `le` last), a histogram that is not cumulative or not complete, a blank line.
 */
export function readExposition(text: string): Map<string, ExposedFamily> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, ExposedFamily>();
  const lines = text.split('\n').slice(0, -1);
  for (let at = 0; at < lines.length; ) {
    const { name, family, next } = readFamily(lines, at);
    if (families.has(name)) throw new Error(`${name} comes twice`);
    families.set(name, family);
    at = next;
  }
  return families;
}

function readFamily(lines: readonly string[], start: number): { name: string; family: ExposedFamily; next: number } {
  const [, name, help] = expect(HELP, lines[start]);
  const [, typed, type] = expect(TYPE, lines[start + 1]);
  if (typed !== name) throw new Error(`TYPE of ${typed} behind HELP of ${name}`);
  const samples: ExposedSample[] = [];
  let next = start + 2;
  for (; next < lines.length && !lines[next].startsWith('#'); next++) samples.push(readSample(lines[next]));
  if (samples.length === 0) throw new Error(`${name} has no sample`);
  const keys = samples.map((sample) => `${sample.name}${JSON.stringify(sample.labels)}`);
  if (new Set(keys).size !== keys.length) throw new Error(`${name} has a series twice`);
  if (type === 'histogram') checkHistogram(name, samples);
  else checkPlain(name, type, samples);
  return { name, family: { help, type, samples }, next };
}

function expect(pattern: RegExp, line: string | undefined): RegExpExecArray {
  const match = pattern.exec(line ?? '');
  if (match === null) throw new Error(`expected ${pattern.source}, got: ${line}`);
  return match;
}

function readSample(line: string): ExposedSample {
  const [, name, labels, value] = expect(SAMPLE, line);
  if (labels === '' || !NUMBER.test(value)) throw new Error(`malformed sample: ${line}`);
  return { name, labels: labels === undefined ? {} : readLabels(labels, line), value: readNumber(value) };
}

function readNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels = new Map<string, string>();
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length; ) {
    const match = LABEL.exec(text);
    if (match === null || labels.has(match[1]) || (match[3] === ',' && LABEL.lastIndex === text.length))
      throw new Error(`malformed labels: ${line}`);
    labels.set(
      match[1],
      match[2].replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    );
  }
  const names = [...labels.keys()];
  const order = [...names.filter((name) => name !== 'le').sort(), ...names.filter((name) => name === 'le')];
  if (names.join() !== order.join()) throw new Error(`labels out of order: ${line}`);
  return Object.fromEntries(labels);
}

function checkPlain(name: string, type: string, samples: readonly ExposedSample[]): void {
  for (const sample of samples) {
    if (sample.name !== name || 'le' in sample.labels) throw new Error(`${sample.name} within ${name}`);
    if (type === 'counter' && !(sample.value >= 0 && sample.value < Number.POSITIVE_INFINITY))
      throw new Error(`counter ${name} is ${sample.value}`);
  }
}

/** Every series: buckets that ascend in bound and count up to +Inf, then the sum, then a count equal to +Inf. */
function checkHistogram(name: string, samples: readonly ExposedSample[]): void {
  let rest = [...samples];
  while (rest.length > 0) {
    const end = rest.findIndex((sample) => sample.name === `${name}_count`);
    if (end < 2) throw new Error(`${name} has no count, sum or bucket`);
    const [sum, count] = rest.slice(end - 1, end + 1);
    checkBuckets(name, rest.slice(0, end - 1), count);
    if (sum.name !== `${name}_sum` || JSON.stringify(sum.labels) !== JSON.stringify(count.labels))
      throw new Error(`${name} has no sum before its count`);
    rest = rest.slice(end + 1);
  }
}

function checkBuckets(name: string, buckets: readonly ExposedSample[], count: ExposedSample): void {
  let bound = Number.NEGATIVE_INFINITY;
  let below = 0;
  for (const { name: of, value, labels } of buckets) {
    const { le, ...others } = labels;
    if (of !== `${name}_bucket` || JSON.stringify(others) !== JSON.stringify(count.labels))
      throw new Error(`${of} within the buckets of ${name}`);
    if (le === undefined || !NUMBER.test(le) || !(readNumber(le) > bound) || value < below)
      throw new Error(`bucket ${le} of ${name} is out of order`);
    bound = readNumber(le);
    below = value;
  }
  if (bound !== Number.POSITIVE_INFINITY || below !== count.value)
    throw new Error(`${name} does not end with +Inf = count`);
}

/** Writes the files of a process under `root`, in place of what was there. */
export function writeProcess(
  root: string,
  pid: number,
  files: { readonly stat: string; readonly status: string; readonly fds: number; readonly limits?: string },
): void {
  const folder = join(root, String(pid));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'fd'), { recursive: true });
  writeFileSync(join(folder, 'stat'), files.stat);
  writeFileSync(join(folder, 'status'), files.status);
  writeFileSync(join(folder, 'limits'), files.limits ?? '');
  for (let fd = 0; fd < files.fds; fd++) writeFileSync(join(folder, 'fd', String(fd)), '');
}
