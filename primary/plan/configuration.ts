// A Corefile, read as far as it goes without touching anything: the first half of a start and of a reload. Cold.

import type { Logger } from '#ops/log/logger.ts';
import type { CorefileText } from '../cli/corefile-source.ts';
import { parseCorefile } from '../corefile/corefile.ts';
import type { Environment } from '../corefile/environment.ts';
import { configurationHash } from '../reload.ts';
import { type BlockConfig, setUpBlocks } from './blocks.ts';
import { type ListenerConfig, listenersOf } from './listeners.ts';

export interface Configuration {
  readonly blocks: readonly BlockConfig[];
  readonly listeners: readonly ListenerConfig[];
  /** SHA-512 of the token structure. */
  readonly hash: string;
}

/** Throws ConfigError; has no effect but the warnings that it logs. */
export function readConfiguration(
  source: CorefileText,
  defaultPort: number,
  env: Environment,
  log: Logger,
): Configuration {
  const { file, text } = source;
  const corefile = parseCorefile(text, { file, defaultPort, env, warn: (line) => log.warning(line) });
  const blocks = setUpBlocks(corefile.blocks);
  return { blocks, listeners: listenersOf(blocks), hash: configurationHash(corefile.hashInput) };
}
