// The canonical text of a parsed Corefile, of which the reload plugin shows the SHA-512 (behaviour D, reload). Called by corefile.ts. Cold.

import type { Token } from './lexer.ts';
import type { BlockTokens } from './parser.ts';

/**
 * JSON in the shape and the field order of the reference, so that both show the same hash for the same file:
 * `[{"Keys":[".:53"],"Tokens":{"cache":[{"File":"","Line":2,"Text":"cache"}]}}]`, directives sorted by name,
 * `File` empty for the main file, `null` for a file without a server block.
 */
export function tokenStructure(blocks: readonly BlockTokens[], mainFile: string): string {
  if (blocks.length === 0) return 'null';
  const json = JSON.stringify(blocks.map((block) => ({ Keys: block.keys, Tokens: tokensOf(block, mainFile) })));
  // Go's encoder escapes these in text for the sake of HTML; in JSON they can stand nowhere else.
  return json.replaceAll(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function tokensOf(block: BlockTokens, mainFile: string): Record<string, unknown> {
  const names = [...block.directives.keys()].sort();
  return Object.fromEntries(
    names.map((name) => [name, (block.directives.get(name) ?? []).flat().map((token) => fields(token, mainFile))]),
  );
}

function fields(token: Token, mainFile: string): { File: string; Line: number; Text: string } {
  return { File: token.file === mainFile ? '' : token.file, Line: token.line, Text: token.text };
}
