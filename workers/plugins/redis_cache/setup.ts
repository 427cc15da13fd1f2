// The redis_cache directive: `redis_cache [ZONES…] { … }` → options, as CoreDNS's external plugin of this name reads it. Called by the primary. Cold.

import type { Directive, PluginSetup, SetupScope } from '#plugins/contract.ts';
import { LEAST_FLEET_KEY } from '#redis/settings.ts';
import { type Draft, emptyDraft, finish, REDIS_PORT, SENTINEL_PORT } from './draft.ts';
import type { RedisCacheOptions, TtlLimits } from './options.ts';
import { address, count, duration, fileSecret, fileText, seconds, value, values, yesOrNo } from './values.ts';

const DNS_PORT = 53;
const MANY = Number.POSITIVE_INFINITY;
/** Databases of a Redis are far fewer; this keeps nonsense out. */
const MAX_DB = 65_535;
/** A budget that is longer than this would be felt by every client. */
const MAX_BUDGET = 1000;

export const plugin: PluginSetup<RedisCacheOptions> = {
  name: 'redis_cache',
  once: true,
  setup(directive: Directive, scope: SetupScope): RedisCacheOptions {
    directive.nextOccurrence();
    const draft = emptyDraft(scope.zonesOr(directive.args()));
    if (!scope.has('cache')) throw directive.error('needs the cache plugin in the same server block, which asks it');
    for (const property of directive.properties()) readProperty(directive, scope, draft, property);
    return finish(directive, draft);
  },
};

function readProperty(directive: Directive, scope: SetupScope, draft: Draft, property: string): void {
  switch (property) {
    case 'success':
    case 'denial':
      draft[property] = readLimits(directive, draft[property], property);
      return;
    case 'db':
      draft.db = count(directive, property);
      if (draft.db > MAX_DB) throw directive.error(`db must be 0 to ${MAX_DB}`);
      return;
    case 'key_prefix':
      draft.prefix = value(directive);
      return;
    case 'tcp_keepalive':
      draft.keepAlive = duration(directive, property, true);
      return;
    case 'resolver':
      draft.resolver = address(directive, value(directive), DNS_PORT);
      return;
    case 'budget':
      draft.budget = duration(directive, property);
      if (draft.budget > MAX_BUDGET)
        throw directive.error('budget must not exceed 1s: every client may wait for so long');
      return;
    case 'timeout':
    case 'pool':
    case 'retries':
      readGroup(directive, draft, property);
      return;
    default:
      if (!readPlace(directive, draft, property) && !readSecret(directive, scope, draft, property))
        readTls(directive, scope, draft, property);
  }
}

/** `MAX_TTL [MIN_TTL]` */
function readLimits(directive: Directive, { minTtl }: TtlLimits, property: string): TtlLimits {
  const [max, min] = values(directive, 1, 2).map((text) => seconds(directive, text, property));
  if (max === 0) throw directive.error(`${property} MAX_TTL must be positive`);
  if ((min ?? 0) > max) throw directive.error(`${property} MIN_TTL must not exceed MAX_TTL`);
  return { maxTtl: max, minTtl: min ?? minTtl };
}

/** Where Redis is. False for properties of another kind. */
function readPlace(directive: Directive, draft: Draft, property: string): boolean {
  switch (property) {
    case 'endpoint':
      draft.endpoint = address(directive, value(directive), REDIS_PORT);
      return true;
    case 'read_endpoint':
      draft.readEndpoints = values(directive, 1, MANY).map((text) => address(directive, text, REDIS_PORT));
      return true;
    case 'sentinel': {
      const [master, ...sentinels] = values(directive, 2, MANY);
      draft.sentinel = { master, sentinels: sentinels.map((text) => address(directive, text, SENTINEL_PORT)) };
      return true;
    }
    case 'cluster':
      draft.cluster = values(directive, 1, MANY).map((text) => address(directive, text, REDIS_PORT));
      return true;
    case 'read_from': {
      const from = value(directive);
      if (!['latency', 'random', 'primary'].includes(from))
        throw directive.error(`read_from must be latency, random or primary: '${from}'`);
      draft.readFrom = from === 'primary' ? 'primary' : 'replica';
      return true;
    }
    default:
      return false;
  }
}

/** Who we are. Messages never show a value. */
function readSecret(directive: Directive, scope: SetupScope, draft: Draft, property: string): boolean {
  const secret = () => fileSecret(directive, scope.path(value(directive)), property);
  switch (property) {
    case 'username':
      draft.username = value(directive);
      return true;
    case 'password':
      draft.password = value(directive);
      return true;
    case 'password_file':
      draft.password = secret();
      return true;
    case 'sentinel_username':
      draft.sentinelUsername = value(directive);
      return true;
    case 'sentinel_password':
      draft.sentinelPassword = value(directive);
      return true;
    case 'sentinel_password_file':
      draft.sentinelPassword = secret();
      return true;
    case 'fleet_key':
    case 'fleet_key_file':
      draft.fleetKey = property === 'fleet_key' ? value(directive) : secret();
      if (Buffer.byteLength(draft.fleetKey) < LEAST_FLEET_KEY)
        throw directive.error(`${property} must have at least ${LEAST_FLEET_KEY} octets`);
      return true;
    default:
      return false;
  }
}

function readTls(directive: Directive, scope: SetupScope, draft: Draft, property: string): void {
  const text = () => fileText(directive, scope.path(value(directive)), property);
  switch (property) {
    case 'tls':
      values(directive, 0, 0);
      break;
    case 'tls_cert':
      draft.tlsParts.cert = text();
      break;
    case 'tls_key':
      draft.tlsParts.key = text();
      break;
    case 'tls_ca':
      draft.tlsParts.ca = text();
      break;
    case 'tls_verify_chain':
      draft.tlsParts.verifyChain = yesOrNo(directive, property);
      break;
    case 'tls_verify_hostname':
      draft.tlsParts.verifyHostname = yesOrNo(directive, property);
      break;
    default:
      throw directive.unknownProperty();
  }
  draft.tls = true;
}

/** `timeout { … }`, `pool { … }` or `retries { … }`. */
function readGroup(directive: Directive, draft: Draft, group: 'timeout' | 'pool' | 'retries'): void {
  values(directive, 0, 0);
  for (const property of directive.properties()) {
    if (group === 'timeout') readTimeout(directive, draft, property);
    else if (group === 'pool') readPool(directive, property);
    else readRetries(directive, draft, property);
  }
}

function readTimeout(directive: Directive, draft: Draft, property: string): void {
  if (property === 'connect') draft.connectTimeout = duration(directive, property);
  else if (property === 'read') draft.readTimeout = duration(directive, property);
  else if (property === 'write') draft.writeTimeout = duration(directive, property);
  else throw directive.unknownProperty();
}

/** Checked, and of no consequence: there is one connection to each server, and commands do not wait for each other on it. */
function readPool(directive: Directive, property: string): void {
  if (['size', 'min_idle', 'max_idle', 'max_active'].includes(property)) count(directive, property);
  else if (['max_idle_time', 'max_lifetime', 'wait_timeout'].includes(property)) duration(directive, property, true);
  else throw directive.unknownProperty();
}

/** A read is never tried again, as the client has the upstream's answer by then; connections are. */
function readRetries(directive: Directive, draft: Draft, property: string): void {
  if (property === 'max') count(directive, property);
  else if (property === 'min_backoff') draft.backoffMin = duration(directive, property);
  else if (property === 'max_backoff') draft.backoffMax = duration(directive, property);
  else throw directive.unknownProperty();
}
