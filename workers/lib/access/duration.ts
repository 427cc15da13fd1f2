// Durations as the Corefile writes them: `5s`, `1m30s`, `300ms`. Called by set-ups, and by log lines that name a duration. Cold.

/** A text that is no duration; `message` is the reference's. */
export class DurationError extends Error {
  readonly code = 'ERR_DURATION';
  override readonly name = 'DurationError';
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
/** A number with an optional fraction, then its unit. */
const PART = /^(\d+\.?\d*|\.\d+)([^\d.]*)/;

/** Milliseconds, possibly negative or with a fraction. A number without a unit is an error, except 0. Throws DurationError. */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const negative = text.startsWith('-');
  let rest = negative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return 0;
  if (rest === '') throw new DurationError(`time: invalid duration ${quoted}`);
  let total = 0;
  while (rest !== '') {
    const part = PART.exec(rest);
    if (part === null) throw new DurationError(`time: invalid duration ${quoted}`);
    total += Number(part[1]) * unit(part[2], quoted);
    rest = rest.slice(part[0].length);
  }
  return negative ? -total : total;
}

function unit(name: string, quoted: string): number {
  if (name === '') throw new DurationError(`time: missing unit in duration ${quoted}`);
  const factor = UNITS.get(name);
  if (factor === undefined) throw new DurationError(`time: unknown unit ${JSON.stringify(name)} in duration ${quoted}`);
  return factor;
}

/** Text of so many milliseconds as the reference prints them: `0s`, `1.5s`, `2m30s`, `1h0m0s`, `250ms`. */
export function formatDuration(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  const sign = milliseconds < 0 ? '-' : '';
  if (size === 0) return '0s';
  if (size < 1e-3) return `${sign}${Math.round(size * 1e6)}ns`;
  if (size < 1) return `${sign}${round(size * 1e3, 3)}µs`;
  if (size < 1000) return `${sign}${round(size, 6)}ms`;
  const hours = Math.floor(size / 3_600_000);
  const minutes = Math.floor(size / 60_000) % 60;
  const seconds = `${round((size % 60_000) / 1000, 9)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
