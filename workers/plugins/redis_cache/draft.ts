// A redis_cache directive while it is being read, and what it becomes: one topology, checked as a whole. Cold: set-up only.

import type { Directive } from '#plugins/contract.ts';
import type { RedisAddress, RedisTls, StoreSettings, Topology } from '#redis/settings.ts';
import type { RedisCacheOptions, TtlLimits } from './options.ts';

export const REDIS_PORT = 6379;
export const SENTINEL_PORT = 26_379;

export interface Draft {
  zones: readonly string[];
  success: TtlLimits;
  denial: TtlLimits;
  endpoint: RedisAddress | null;
  readEndpoints: readonly RedisAddress[];
  sentinel: { readonly master: string; readonly sentinels: readonly RedisAddress[] } | null;
  cluster: readonly RedisAddress[] | null;
  readFrom: 'replica' | 'primary' | null;
  username: string;
  password: string;
  sentinelUsername: string;
  sentinelPassword: string;
  db: number;
  tls: boolean;
  tlsParts: { -readonly [Key in keyof RedisTls]: RedisTls[Key] };
  resolver: RedisAddress | null;
  connectTimeout: number;
  readTimeout: number;
  writeTimeout: number;
  keepAlive: number;
  backoffMin: number;
  backoffMax: number;
  budget: number;
  prefix: string;
  fleetKey: string;
}

export function emptyDraft(zones: readonly string[]): Draft {
  return {
    zones,
    success: { maxTtl: 3600, minTtl: 0 },
    denial: { maxTtl: 1800, minTtl: 0 },
    endpoint: null,
    readEndpoints: [],
    sentinel: null,
    cluster: null,
    readFrom: null,
    username: '',
    password: '',
    sentinelUsername: '',
    sentinelPassword: '',
    db: 0,
    tls: false,
    tlsParts: { ca: '', cert: '', key: '', verifyChain: true, verifyHostname: true },
    resolver: null,
    connectTimeout: 1000,
    readTimeout: 500,
    writeTimeout: 2000,
    keepAlive: 0,
    backoffMin: 8,
    backoffMax: 512,
    budget: 0,
    prefix: 'shoal:',
    fleetKey: '',
  };
}

/** Throws ConfigError for properties that do not go together. */
export function finish(directive: Pick<Directive, 'error'>, draft: Draft): RedisCacheOptions {
  check(directive, draft);
  const { zones, success, denial } = draft;
  return { zones, success, denial, store: storeOf(draft) };
}

function storeOf(draft: Draft): StoreSettings {
  const { username, password, db, resolver, connectTimeout, readTimeout, writeTimeout, keepAlive } = draft;
  const { backoffMin, backoffMax, budget, prefix, fleetKey } = draft;
  return {
    topology: topologyOf(draft),
    username,
    password,
    db,
    tls: draft.tls ? draft.tlsParts : null,
    resolver,
    connectTimeout,
    readTimeout,
    writeTimeout,
    keepAlive,
    backoffMin,
    backoffMax,
    budget,
    prefix,
    fleetKey,
    policy: '',
  };
}

function topologyOf(draft: Draft): Topology {
  const { sentinel, cluster, sentinelUsername, sentinelPassword, readEndpoints } = draft;
  if (cluster !== null) return { kind: 'cluster', seeds: cluster, readFrom: draft.readFrom ?? 'replica' };
  if (sentinel !== null)
    return { kind: 'sentinel', ...sentinel, username: sentinelUsername, password: sentinelPassword };
  return { kind: 'single', endpoint: draft.endpoint ?? { host: '127.0.0.1', port: REDIS_PORT }, readEndpoints };
}

/** What must not be true, and what is said then. */
function check(directive: Pick<Directive, 'error'>, draft: Draft): void {
  const { cluster, sentinel, tlsParts } = draft;
  const mode = cluster !== null ? 'cluster' : 'sentinel';
  const rules: [boolean, string][] = [
    [cluster !== null && sentinel !== null, 'cluster and sentinel exclude each other'],
    [(cluster ?? sentinel) !== null && draft.endpoint !== null, `endpoint is not allowed with ${mode}`],
    [(cluster ?? sentinel) !== null && draft.readEndpoints.length > 0, `read_endpoint is not allowed with ${mode}`],
    [cluster !== null && draft.db !== 0, 'a cluster has only db 0'],
    [cluster === null && draft.readFrom !== null, 'read_from is only allowed with cluster'],
    [
      sentinel === null && draft.sentinelUsername + draft.sentinelPassword !== '',
      'sentinel_username and sentinel_password are only allowed with sentinel',
    ],
    [sentinel !== null && draft.resolver !== null, 'resolver is not supported with sentinel by this version of Shoal'],
    [(tlsParts.cert === '') !== (tlsParts.key === ''), 'tls_cert and tls_key go together'],
    [draft.backoffMin > draft.backoffMax, 'min_backoff must not exceed max_backoff'],
    [draft.username !== '' && draft.password === '', 'username needs a password'],
  ];
  for (const [wrong, message] of rules) if (wrong) throw directive.error(message);
}
