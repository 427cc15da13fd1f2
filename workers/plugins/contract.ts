// The cold half of the plugin contract: how a directive of the Corefile becomes plain options.
// Implemented by every workers/plugins/<name>/setup.ts, called by the primary. Cold.

/** Where something stands in the configuration; `file` is the path as given by the operator. */
export interface Position {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * A cursor over all occurrences of one directive in one server block, in file order.
 *
 * ```
 * while (d.nextOccurrence()) {
 *   const zones = d.args();                  // the rest of the directive's own line
 *   for (const property of d.properties()) { // the names inside { … }, also when all stands on one line
 *     switch (property) {
 *       case 'ttl': ttl = parseTtl(d, d.arg()); break;
 *       default: throw d.unknownProperty();
 *     }
 *   }
 * }
 * ```
 * What a property does not read with `arg()` or `args()` is the next property's name, as in the reference.
 */
export interface Directive {
  readonly name: string;
  /** Moves to the next occurrence of the directive; false when there is none. */
  nextOccurrence(): boolean;
  /** The next argument of the current line, or undefined at its end (or at a brace that ends it). */
  arg(): string | undefined;
  /** All remaining arguments of the current line. */
  args(): string[];
  /** Walks the property names of the block behind the current occurrence; nothing when there is no block. */
  properties(): Iterable<string>;
  /** The token read last. */
  token(): string;
  position(): Position;
  /** `FILE:LINE - Error during parsing: MESSAGE` at the token read last. */
  error(message: string): ConfigError;
  /** `Wrong argument count or unexpected line ending after 'TOKEN'`. */
  argumentError(): ConfigError;
  /** `unknown property 'X'` for the property read last. */
  unknownProperty(): ConfigError;
  /** `FILE:LINE - Syntax error: Unexpected token 'GOT', expecting 'WANT'`. */
  syntaxError(want: string): ConfigError;
  /** Reports a tolerated mistake; printed once as `[WARNING] plugin/NAME: FILE:LINE: MESSAGE`. */
  warn(message: string): void;
}

/** A mistake in the configuration. `message` is the line that the operator sees. */
export class ConfigError extends Error {
  readonly code = 'ERR_CONFIG';
  override readonly name = 'ConfigError';
}

/** What a set-up may know of the server block that it stands in. */
export interface SetupScope {
  /** Zones of the block's keys: lower case, with the final dot, CIDR expanded. */
  readonly zones: readonly string[];
  /** The keys as `dns://zone.:port`. */
  readonly keys: readonly string[];
  /** True when the same server block also has this directive. */
  has(directive: string): boolean;
  /** Resolves a relative file name under the block's `root`. */
  path(file: string): string;
  /** lower-cases, appends the dot, expands CIDR; what cannot be parsed is left out (spec A5). Empty input: the block's zones. */
  zonesOr(args: readonly string[]): string[];
}

/** Anything that survives structuredClone without losing its shape. */
export type PlainData =
  | null
  | boolean
  | number
  | string
  | readonly PlainData[]
  | { readonly [key: string]: PlainData | undefined };

/** Zones that can be handed over whole (AXFR): what the plugin `transfer` of the block is told of them. */
export interface TransferOffer {
  /** Lower case, with the final dot. A transfer of a name below one of them is rooted at that name. */
  readonly zones: readonly string[];
  /** True: only the zones themselves can be transferred, names below them are the next plugin's. */
  readonly exact?: boolean;
  /** Key of the image that the watcher tells the records of. */
  readonly image: string;
}

/** The directive → options half of a plugin; one a plugin folder, exported as `plugin` from its setup.ts. */
export interface PluginSetup<Options> {
  readonly name: string;
  /** True for plugins whose second occurrence in a block is refused (spec A3); the parser then says so. */
  readonly once?: boolean;
  /** Reads the directive; throws ConfigError. */
  setup(directive: Directive, scope: SetupScope): Options;
  /** Zones that these options let be transferred, more specific ones first; left out by plugins without any. */
  transfers?(options: Options): readonly TransferOffer[];
}
