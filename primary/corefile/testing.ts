// What the tests of this folder share: one-line parsing, and a readable picture of the result. Tests only.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError, type Directive } from '#plugins/contract.ts';
import type { ServerBlock } from './blocks.ts';
import { type Corefile, type CorefileOptions, parseCorefile } from './corefile.ts';

/** Parses as the main program would with `-conf Corefile` and an empty environment. */
export function parseText(text: string, options: Partial<CorefileOptions> = {}): Corefile {
  return parseCorefile(text, { file: 'Corefile', defaultPort: 53, env: {}, warn: () => {}, ...options });
}

/** The message of the ConfigError that a call throws; '' when it throws none. Other errors pass through. */
export function configMessage(call: () => unknown): string {
  try {
    call();
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** `dns://.:53 | forward . 1.1.1.1 { max_fails 3; force_tcp } | cache 30` for a block, properties read with `args()`. */
export function picture(block: ServerBlock): string {
  const keys = block.keys.map((key) => key.text).join(' ');
  const directives = [...block.directives.keys()].flatMap((name) => lines(block.directive(name)));
  return [keys, ...directives].join(' | ');
}

function lines(directive: Directive): string[] {
  const result: string[] = [];
  while (directive.nextOccurrence()) {
    const head = [directive.name, ...directive.args()].join(' ');
    const properties: string[] = [];
    for (const property of directive.properties()) properties.push([property, ...directive.args()].join(' '));
    result.push(properties.length === 0 ? head : `${head} { ${properties.join('; ')} }`);
  }
  return result;
}

/** A folder with the given files, its path without links; `remove` it in `after`. */
export function openFolder(files: Readonly<Record<string, string>>): { path: string; remove: () => void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'shoal-corefile-')));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
