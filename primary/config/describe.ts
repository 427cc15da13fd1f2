// The tuning's reference, made from the schema; TUNING.md holds it, and a test compares. Cold.

import { printAllowed, printDefault } from './formats.ts';
import { SETTINGS } from './schema.ts';

const HEAD = ['key', 'default', 'allowed', 'environment', 'meaning'];

/** A markdown table of all keys in aligned columns, without a line end behind the last row. */
export function describeTuning(): string {
  const rows = [...SETTINGS].map(([key, setting]) => [
    `\`${key}\``,
    printDefault(setting),
    printAllowed(setting),
    `\`${setting.env}\``,
    setting.doc,
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [HEAD, rule, ...rows].map((row) => printRow(row, widths)).join('\n');
}

function printRow(cells: readonly string[], widths: readonly number[]): string {
  return `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
}
