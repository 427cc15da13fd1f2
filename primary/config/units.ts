// Values with units: how operators write sizes and times, and how the documentation prints them. Cold.

const SIZES: ReadonlyMap<string, number> = new Map([
  ['GiB', 1 << 30],
  ['MiB', 1 << 20],
  ['KiB', 1 << 10],
  ['', 1],
]);
const TIMES: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
  ['', 1],
]);

/** `64`, from a text of digits; any other text comes back as it is, for the check to refuse. */
export function readCount(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** Bytes: `4194304`, `4096KiB`, `4MiB`, `1GiB`; any other text comes back as it is. */
export function readBytes(text: string): number | string {
  return readScaled(text, SIZES);
}

/** Milliseconds: `10000`, `10000ms`, `10s`, `5m`, `1h`; any other text comes back as it is. */
export function readMilliseconds(text: string): number | string {
  return readScaled(text, TIMES);
}

/** `4 MiB`, in the largest unit that leaves a whole number. */
export function printBytes(bytes: number): string {
  return printScaled(bytes, SIZES, 'bytes');
}

/** `10 s`, in the largest unit that leaves a whole number. */
export function printMilliseconds(milliseconds: number): string {
  return printScaled(milliseconds, TIMES, 'ms');
}

function readScaled(text: string, units: ReadonlyMap<string, number>): number | string {
  const parts = /^(\d+) ?([A-Za-z]*)$/.exec(text);
  const factor = units.get(parts?.[2] ?? '');
  return parts === null || factor === undefined ? text : Number(parts[1]) * factor;
}

function printScaled(value: number, units: ReadonlyMap<string, number>, plain: string): string {
  if (value === 0) return '0';
  for (const [unit, factor] of units) if (unit !== '' && value % factor === 0) return `${value / factor} ${unit}`;
  return `${value} ${plain}`;
}
