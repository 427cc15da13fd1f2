// `forward FROM TO… { … }` → options (behaviour D forward). Cold: runs in the primary.

import { ConfigError, type Directive, type PluginSetup, type SetupScope } from '#plugins/contract.ts';
import { encodeName, NameError } from '#wire/name.ts';
import { formatDuration } from '../../lib/access/duration.ts';
import { isLocated, type UpstreamTarget } from '../../lib/upstream/address.ts';
import type { ForwardOptions, ForwardRule, PolicyName } from './options.ts';
import { probeZone } from './paths.ts';
import { emptyRouting, type Routing, readRouting } from './routing.ts';
import { readUpstreams, UpstreamError } from './to.ts';
import { emptyTransports, nameServers, readTransports, type Transports, transportSettings } from './transports.ts';
import { emptyTrust, readTrust, type TrustDraft } from './trust-setup.ts';
import { count, duration, noValue, positiveDuration, unsigned, value, values } from './values.ts';

/** As the reference: a longer list is taken for a mistake. */
export const MAX_UPSTREAMS = 15;
const POLICIES: ReadonlySet<string> = new Set<PolicyName>(['random', 'round_robin', 'sequential', 'latency']);

/** A rule while its block is being read. */
interface Draft {
  except: string[];
  to: string[];
  policy: PolicyName;
  forceTcp: boolean;
  preferUdp: boolean;
  readTimeout: number;
  maxFails: number;
  /** Undefined: twice the number of upstreams. */
  maxConnectAttempts: number | undefined;
  maxConcurrent: number;
  failFast: boolean;
  interval: number;
  recursion: boolean;
  domain: string;
  expire: number;
  maxAge: number;
  maxIdleConns: number;
  readonly routing: Routing;
  readonly transports: Transports;
  readonly trust: TrustDraft;
}

export const plugin: PluginSetup<ForwardOptions> = {
  name: 'forward',
  setup(directive, scope) {
    const rules: ForwardRule[] = [];
    while (directive.nextOccurrence()) rules.push(readRule(directive, scope));
    return { rules };
  },
};

function readRule(directive: Directive, scope: SetupScope): ForwardRule {
  const from = readFrom(directive, scope);
  const draft = emptyDraft(directive.args());
  for (const property of directive.properties()) readProperty(directive, scope, draft, property);
  if (draft.to.length === 0) throw directive.argumentError();
  if (draft.maxAge > 0 && draft.maxAge < draft.expire) {
    const [age, expire] = [formatDuration(draft.maxAge), formatDuration(draft.expire)];
    throw new ConfigError(`max_age (${age}) must not be less than expire (${expire})`);
  }
  const rule = finishRule(from, draft, nameServers(directive, targetsOf(draft.to), draft.transports));
  const zone = scope.has('loop') ? probeZone(scope.zones, from) : undefined;
  return zone === undefined ? rule : { ...rule, probeZone: zone };
}

function readFrom(directive: Directive, scope: SetupScope): string {
  const text = value(directive);
  const zones = scope.zonesOr([text]);
  if (zones.length === 0) throw new ConfigError(`unable to normalize '${text}'`);
  if (zones.length > 1) {
    directive.warn(`Unsupported CIDR notation: '${text}' expands to multiple zones. Using only '${zones[0]}'.`);
  }
  return zones[0];
}

function emptyDraft(to: string[]): Draft {
  return {
    except: [],
    to,
    policy: 'random',
    forceTcp: false,
    preferUdp: false,
    readTimeout: 2000,
    maxFails: 2,
    maxConnectAttempts: undefined,
    maxConcurrent: 0,
    failFast: false,
    interval: 500,
    recursion: true,
    domain: '.',
    expire: 10_000,
    maxAge: 0,
    maxIdleConns: 0,
    routing: emptyRouting(),
    trust: emptyTrust(),
    transports: emptyTransports(),
  };
}

function readProperty(directive: Directive, scope: SetupScope, draft: Draft, property: string): void {
  switch (property) {
    case 'to':
      draft.to.push(...values(directive));
      return;
    case 'except':
      draft.except.push(...scope.zonesOr(values(directive)));
      return;
    case 'policy':
      draft.policy = readPolicy(directive);
      return;
    case 'force_tcp':
      noValue(directive);
      draft.forceTcp = true;
      return;
    case 'prefer_udp':
      noValue(directive);
      draft.preferUdp = true;
      return;
    case 'failfast_all_unhealthy_upstreams':
      noValue(directive);
      draft.failFast = true;
      return;
    case 'health_check':
      readHealthCheck(directive, draft);
      return;
    default:
      if (readRouting(directive, draft.routing, property)) return;
      if (readTransports(directive, scope, draft.transports, property)) return;
      if (readTrust(directive, scope, draft.trust, property)) return;
      readNumber(directive, draft, property);
  }
}

function readNumber(directive: Directive, draft: Draft, property: string): void {
  switch (property) {
    case 'read_timeout':
      draft.readTimeout = positiveDuration(directive, property);
      return;
    case 'expire':
      draft.expire = duration(directive, property);
      return;
    case 'max_age':
      draft.maxAge = duration(directive, property);
      return;
    case 'max_idle_conns':
      draft.maxIdleConns = count(directive, property);
      return;
    case 'max_fails':
      draft.maxFails = unsigned(directive);
      return;
    case 'max_connect_attempts':
      draft.maxConnectAttempts = unsigned(directive);
      return;
    case 'max_concurrent':
      draft.maxConcurrent = count(directive, property);
      return;
    default:
      throw directive.unknownProperty();
  }
}

function readPolicy(directive: Directive): PolicyName {
  const policy = value(directive);
  if (!POLICIES.has(policy)) throw directive.error(`unknown policy '${policy}'`);
  return policy as PolicyName;
}

/** `health_check DURATION [no_rec] [domain FQDN]` */
function readHealthCheck(directive: Directive, draft: Draft): void {
  draft.interval = duration(directive, 'health_check');
  for (let option = directive.arg(); option !== undefined; option = directive.arg()) {
    if (option === 'no_rec') draft.recursion = false;
    else if (option === 'domain') draft.domain = readDomain(directive);
    else throw new ConfigError(`health_check: unknown option ${option}`);
  }
}

function readDomain(directive: Directive): string {
  const domain = value(directive);
  try {
    encodeName(domain);
  } catch (error) {
    if (error instanceof NameError)
      throw new ConfigError(`health_check: invalid domain name ${domain}`, { cause: error });
    throw error;
  }
  return domain.endsWith('.') ? domain : `${domain}.`;
}

function targetsOf(to: readonly string[]): UpstreamTarget[] {
  const targets = readTo(to);
  if (targets.length === 0) throw new ConfigError('no valid upstream addresses found');
  if (targets.length > MAX_UPSTREAMS) {
    throw new ConfigError(`more than ${MAX_UPSTREAMS} TOs configured: ${targets.length}`);
  }
  return targets;
}

function readTo(to: readonly string[]): UpstreamTarget[] {
  try {
    return readUpstreams(to);
  } catch (error) {
    if (error instanceof UpstreamError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}

function finishRule(from: string, draft: Draft, targets: UpstreamTarget[]): ForwardRule {
  const { resolvers, failover, next, nextOnNodata, hedge } = draft.routing;
  return {
    from,
    except: draft.except,
    targets,
    upstreams: targets.filter(isLocated),
    resolvers,
    failover,
    next,
    nextOnNodata,
    hedge,
    trust: draft.trust,
    policy: draft.policy,
    forceTcp: draft.forceTcp,
    preferUdp: draft.preferUdp,
    readTimeout: draft.readTimeout,
    maxFails: draft.maxFails,
    maxConnectAttempts: draft.maxConnectAttempts ?? null,
    maxConcurrent: draft.maxConcurrent,
    failFast: draft.failFast,
    health: { interval: draft.interval, recursion: draft.recursion, domain: draft.domain },
    tcp: {
      expire: draft.expire,
      maxAge: draft.maxAge,
      maxIdleConns: draft.maxIdleConns,
      ...transportSettings(draft.transports),
    },
  };
}
