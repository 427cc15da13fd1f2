// Server blocks as the plan is made from them: set-up order, and the checks that need the set-ups' results. Called by primary/config. Cold.

import { ConfigError, type Directive, type Position } from '#plugins/contract.ts';
import { ORDER } from '#plugins/order.ts';
import { DirectiveCursor } from './directive.ts';
import { keyText, type ServerKey } from './keys.ts';
import type { TokenLine } from './parser.ts';

/** One server block: what it serves and the directives that say how. */
export class ServerBlock {
  readonly keys: readonly ServerKey[];
  /** By directive, in the order of the file. */
  readonly directives: ReadonlyMap<string, readonly TokenLine[]>;
  /** Of the first key. */
  readonly position: Position;
  readonly #warn: (line: string) => void;

  constructor(
    keys: readonly ServerKey[],
    directives: ReadonlyMap<string, readonly TokenLine[]>,
    position: Position,
    warn: (line: string) => void,
  ) {
    this.keys = keys;
    this.directives = directives;
    this.position = position;
    this.#warn = warn;
  }

  /**
   * A fresh cursor over all occurrences; without an occurrence its first `nextOccurrence()` says false.
   * With `once` a second occurrence throws `this plugin can only be used once per Server Block`, after the first was read.
   */
  directive(name: string, once = false): Directive {
    const lines = this.directives.get(name) ?? [];
    return new DirectiveCursor({ name, lines, position: this.position, once, warn: this.#warn });
  }
}

/** One directive of one block to be set up. */
export interface SetupStep {
  readonly block: ServerBlock;
  readonly name: string;
}

/**
 * All set-ups in the order in which they are to run: by directive, and within one directive by block. With several
 * mistakes in a file it is this order that decides which is reported.
 */
export function setupOrder(blocks: readonly ServerBlock[]): SetupStep[] {
  return ORDER.flatMap((name) =>
    blocks.filter((block) => block.directives.has(name)).map((block) => ({ block, name })),
  );
}

/** What the set-ups found out about where a block listens. */
export interface BlockListeners {
  readonly keys: readonly ServerKey[];
  /** From `bind`, without brackets; none: the wildcard address. */
  readonly addresses: readonly string[];
  /** How many `view` directives the block has. */
  readonly views: number;
}

const MAX_PORT = 65_535;

/**
 * Refuses ports that are none, and blocks that would answer the same zone on the same listener (behaviour A5). A block with
 * a view may repeat what another serves, but may not overlap with it. Throws ConfigError.
 */
export function checkListeners(blocks: readonly BlockListeners[]): void {
  for (const { keys } of blocks) for (const key of keys) checkPort(key.port);
  if (blocks.some(({ views }) => views > 1)) throw new ConfigError('multiple views defined in server block');
  const listeners = new Listeners();
  for (const { keys, addresses, views } of blocks) {
    for (const key of keys) {
      for (const address of addresses.length === 0 ? [''] : addresses) listeners.add(key, address, views > 0);
    }
  }
}

function checkPort(port: number): void {
  if (port < 0 || port > MAX_PORT) throw new ConfigError(`address ${port}: invalid port`);
}

/** The listeners claimed so far, by `dns://zone.:port`. */
class Listeners {
  readonly #addresses = new Map<string, Set<string>>();
  readonly #latest = new Map<string, string>();

  /** `address` is '' for the wildcard. */
  add(key: ServerKey, address: string, viewed: boolean): void {
    const name = keyText(key.transport, key.zone, key.port);
    const claimed = this.#addresses.get(name) ?? new Set();
    const text = withAddress(name, address);
    if (!viewed && claimed.has(address)) throw new ConfigError(`cannot serve ${text} - it is already defined`);
    const other = this.#overlap(name, address, claimed);
    if (other !== undefined) {
      throw new ConfigError(`cannot serve ${text} - zone overlap listener capacity with ${withAddress(name, other)}`);
    }
    if (viewed) return;
    this.#addresses.set(name, claimed.add(address));
    this.#latest.set(name, address);
  }

  /** A claimed address that the new one overlaps with: the wildcard overlaps with all others, and they with it. */
  #overlap(name: string, address: string, claimed: ReadonlySet<string>): string | undefined {
    if (claimed.has(address)) return undefined;
    if (address === '') return this.#latest.get(name);
    return claimed.has('') ? '' : undefined;
  }
}

function withAddress(name: string, address: string): string {
  return address === '' ? name : `${name} on ${address}`;
}
