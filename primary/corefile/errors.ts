// The two error forms of the Corefile language (behaviour A6). Used by the parser, the imports and the directive cursor. Cold.

import { ConfigError, type Position } from '#plugins/contract.ts';

/** `FILE:LINE - Error during parsing: MESSAGE`. */
export function parseError(at: Position, message: string): ConfigError {
  return new ConfigError(`${at.file}:${at.line} - Error during parsing: ${message}`);
}

/** `FILE:LINE - Syntax error: Unexpected token 'GOT', expecting 'WANT'`. */
export function syntaxError(at: Position, got: string, want: string): ConfigError {
  return new ConfigError(`${at.file}:${at.line} - Syntax error: Unexpected token '${got}', expecting '${want}'`);
}

/** The message behind an argument error: a brace in an argument's place is named, else the last word is. */
export function argumentMessage(token: string): string {
  if (token === '{') return "Unexpected token '{', expecting argument";
  return `Wrong argument count or unexpected line ending after '${token}'`;
}
