// The door of this folder: Corefile text → server blocks, all of it checked that can be without the plugins. Called by primary/config. Cold.

import { ConfigError } from '#plugins/contract.ts';
import { ServerBlock } from './blocks.ts';
import type { Environment } from './environment.ts';
import { tokenStructure } from './hash.ts';
import type { ImportLimits } from './imports.ts';
import { expandKey, type ServerKey } from './keys.ts';
import { type BlockTokens, parseBlocks } from './parser.ts';

export interface CorefileOptions {
  /** The path as given by the operator; stands in messages, and imports start from its folder. */
  readonly file: string;
  /** `-dns.port`: the port of `dns://` keys without one. */
  readonly defaultPort: number;
  readonly env: Environment;
  /** Takes what is tolerated but wrong: the text behind `[WARNING] `. Nothing is reported twice. */
  warn(line: string): void;
  /** For tests: how far imports may go. */
  readonly limits?: ImportLimits;
}

/** A Corefile that is right as far as the language goes. */
export interface Corefile {
  readonly blocks: readonly ServerBlock[];
  /**
   * The token structure as text, environment put in, imports in place, every token with its line: equal as long as a
   * reload would change nothing. The reload plugin shows its SHA-512.
   */
  readonly hashInput: string;
  /** Every file read: the main one as given, then the imported ones by absolute path. */
  readonly files: readonly string[];
}

/** The name that the built-in default has in messages. */
export const DEFAULT_FILE = 'Corefile';

/** What is served when there is no Corefile, or none with a server block in it (behaviour A7). */
export function defaultCorefile(port: number): string {
  return `.:${port} {\n    whoami\n    log\n}\n`;
}

/** Parses a Corefile with all its imports; throws ConfigError, whose message is the line for the operator. */
export function parseCorefile(text: string, options: CorefileOptions): Corefile {
  const warn = reportOnce(options.warn.bind(options));
  const { file, env, limits } = options;
  const parsed = parseBlocks(text, { file, env, warn, ...(limits === undefined ? {} : { limits }) });
  const blocks =
    parsed.blocks.length > 0
      ? parsed.blocks
      : parseBlocks(defaultCorefile(options.defaultPort), { file: DEFAULT_FILE, env, warn }).blocks;
  return {
    blocks: blocks.map((block) => new ServerBlock(readKeys(block, options), block.directives, block.position, warn)),
    hashInput: tokenStructure(parsed.blocks, file),
    files: [file, ...parsed.imports],
  };
}

/**
 * Only the `hashInput`, for the question whether a file has changed: throws ConfigError for a file that is no Corefile, but
 * lets unknown directives and keys that are no zones pass. Those are found when the change is loaded.
 */
export function readHashInput(text: string, options: Pick<CorefileOptions, 'file' | 'env'>): string {
  const { file, env } = options;
  const { blocks } = parseBlocks(text, { file, env, warn: () => {}, anyDirective: true });
  return tokenStructure(blocks, file);
}

function readKeys(block: BlockTokens, options: CorefileOptions): ServerKey[] {
  try {
    return block.keys.flatMap((key) => expandKey(key, options.defaultPort));
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`error inspecting server blocks: ${error.message}`);
    throw error;
  }
}

/** One warning stands for all of its kind: a set-up may read the same line for several zones. */
function reportOnce(warn: (line: string) => void): (line: string) => void {
  const reported = new Set<string>();
  return (line) => {
    if (reported.has(line)) return;
    reported.add(line);
    warn(line);
  };
}
