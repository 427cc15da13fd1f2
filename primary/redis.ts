// Completes redis_cache with what only the primary knows: keys and budget of the tuning, what decides on answers. Part of reading a configuration. Cold.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from '#plugins/contract.ts';
import { emptyDraft, finish, REDIS_PORT } from '#plugins/redis_cache/draft.ts';
import type { RedisCacheOptions } from '#plugins/redis_cache/options.ts';
import { LEAST_FLEET_KEY } from '#redis/settings.ts';
import type { Tuning } from './config/tuning.ts';
import type { BlockConfig } from './plan/blocks.ts';
import { chainOf } from './plan/build.ts';

/**
 * Plugins behind the cache whose own answers are never stored, or that ask nobody: what they are told does not matter to other replicas, and some
 * of it is not the same there (addresses of interfaces).
 */
const OWN_DATA: ReadonlySet<string> = new Set([
  'redis_cache',
  'transfer',
  'hosts',
  'k8s_external',
  'kubernetes',
  'file',
  'auto',
  'secondary',
  'loop',
]);

/**
 * Gives every redis_cache its fleet key, budget and policy, and blocks that cache and forward one when the tuning says so.
 * @throws ConfigError without a fleet key, or for a file that cannot be read
 */
export function completeRedis(blocks: readonly BlockConfig[], tuning: Tuning['redis']): void {
  for (const block of blocks) {
    if (tuning.endpoint !== '' && !block.has('redis_cache') && block.has('cache') && block.has('forward'))
      block.set('redis_cache', optionsOf(block, tuning));
    const options = block.get('redis_cache');
    if (options !== undefined) block.set('redis_cache', complete(options, block, tuning));
  }
}

function complete(options: RedisCacheOptions, block: BlockConfig, tuning: Tuning['redis']): RedisCacheOptions {
  const { store } = options;
  const fleetKey = store.fleetKey || readFleetKey(tuning.fleetKeyFile);
  const budget = Math.min(store.budget || tuning.budget, store.readTimeout);
  return { ...options, store: { ...store, fleetKey, budget, policy: policyOf(block) } };
}

function readFleetKey(file: string): string {
  if (file === '') {
    throw new ConfigError(
      'plugin/redis_cache: needs a fleet key, without which anybody who can write to Redis could make answers up: ' +
        'fleet_key_file PATH in its block, or redis.fleetKeyFile in the tuning file',
    );
  }
  const key = readSecret(file, 'fleetKeyFile');
  if (Buffer.byteLength(key) < LEAST_FLEET_KEY)
    throw new ConfigError(`redis.fleetKeyFile: ${file} must have at least ${LEAST_FLEET_KEY} octets`);
  return key;
}

function readSecret(file: string, key: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new ConfigError(`redis.${key}: ${(error as Error).message}`, { cause: error });
  }
}

/** What a directive with nothing but these in it would say. */
function optionsOf(block: BlockConfig, tuning: Tuning['redis']): RedisCacheOptions {
  const draft = emptyDraft(block.zones);
  draft.endpoint = endpointOf(tuning.endpoint);
  draft.username = tuning.username;
  draft.password = tuning.passwordFile === '' ? '' : readSecret(tuning.passwordFile, 'passwordFile');
  return finish(
    {
      error: (message) => new ConfigError(`redis: ${message}`),
    },
    draft,
  );
}

function endpointOf(text: string): { host: string; port: number } {
  const { host, bare, port } =
    /^(?:\[(?<host>[^\]]+)\]|(?<bare>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups ?? {};
  const found = { host: host ?? bare ?? '', port: Number(port ?? REDIS_PORT) };
  if (found.host === '' || found.port < 1 || found.port > 65_535)
    throw new ConfigError(`redis.endpoint: not an address (HOST[:PORT]): '${text}'`);
  return found;
}

/** Zones, and what those behind the cache are told that get answers from elsewhere. Replicas with the same Corefile have the same one. */
function policyOf(block: BlockConfig): string {
  const names = chainOf(block);
  const behind = names
    .slice(names.indexOf('cache') + 1)
    .filter((name) => !OWN_DATA.has(name))
    .map((name) => [name, block.get(name)]);
  return createHash('sha256')
    .update(JSON.stringify([block.zones, behind]))
    .digest('hex');
}
