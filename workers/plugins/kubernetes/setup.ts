// The kubernetes directive: zones, what they show, where objects come from (spec C1). Called by the primary. Cold.

import { DurationError, parseDuration } from '#workers/lib/access/duration.ts';
import type { Directive, PluginSetup, SetupScope } from '../contract.ts';
import { localAddresses, sourceOf, withKey } from './image-key.ts';
import type { ClientsMode, KubernetesApi, KubernetesImage, KubernetesOptions, PodsMode } from './options.ts';
import { transferOffers } from './options.ts';
import { parseSelector, type Requirement, SelectorError } from './selector.ts';

export { boundTo } from './image-key.ts';
export { type KubernetesOptions, kubernetesImages } from './options.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
/** Options while they are read. */
interface Draft {
  zones: readonly string[];
  fallthrough: readonly string[] | null;
  multicluster: readonly string[];
  readonly image: Writable<KubernetesImage>;
  readonly api: Writable<KubernetesApi>;
  startupTimeout: number;
}
type Reader = (directive: Directive, draft: Draft, scope: SetupScope) => void;

const MAX_TTL = 3600;
const MODES: readonly PodsMode[] = ['disabled', 'verified', 'insecure'];
/** Zones below these two are reverse ones; the two themselves are not, in the reference. */
const REVERSE = /\.(in-addr|ip6)\.arpa\.$/;
/** Properties of former versions: they mean nothing any more, and old Corefiles still have them. */
const LEGACY: ReadonlySet<string> = new Set(['upstream', 'resyncperiod', 'transfer', 'federation', 'watch', 'cidrs']);

export const plugin: PluginSetup<KubernetesOptions> = {
  name: 'kubernetes',
  once: true,
  setup(directive: Directive, scope: SetupScope): KubernetesOptions {
    const draft = emptyDraft();
    while (directive.nextOccurrence()) {
      draft.zones = scope.zonesOr(directive.args());
      for (const property of directive.properties()) readProperty(directive, scope, draft, property);
    }
    const primaryZone = draft.zones.find((zone) => !REVERSE.test(zone));
    if (primaryZone === undefined) throw directive.error('non-reverse zone name must be used');
    checkTogether(directive, draft);
    draft.image.clients = clientsOf(draft.image.pods, scope);
    // A zone below a multicluster zone is one too.
    const multicluster = draft.zones.filter((zone) => draft.multicluster.some((other) => isWithin(zone, other)));
    return { ...draft, multicluster, primaryZone, image: withKey({ ...draft.image, source: sourceOf(draft.api) }) };
  },
  transfers: transferOffers,
};

/** Only pods that are watched are known, and only others of the block ask for them. */
function clientsOf(pods: PodsMode, scope: SetupScope): ClientsMode {
  if (pods !== 'verified') return 'none';
  if (scope.has('metadata')) return 'labels';
  return scope.has('autopath') ? 'namespaces' : 'none';
}

function emptyDraft(): Draft {
  return {
    zones: [],
    fallthrough: null,
    multicluster: [],
    image: {
      key: '',
      naming: 'cluster',
      source: '',
      ttl: 5,
      pods: 'disabled',
      clients: 'none',
      namespaces: [],
      namespaceLabels: [],
      labels: [],
      endpoints: true,
      endpointPodNames: false,
      ignoreEmptyService: false,
      zonal: false,
      localAddresses: localAddresses(),
    },
    api: { endpoint: '', tls: null, kubeconfig: null, qps: 0, burst: 0, maxInflight: 0 },
    startupTimeout: 5000,
  };
}

function readProperty(directive: Directive, scope: SetupScope, draft: Draft, property: string): void {
  const read = READERS[property];
  if (read !== undefined) read(directive, draft, scope);
  else if (LEGACY.has(property)) {
    directive.args();
    directive.warn(`property '${property}' has no effect any more and is ignored`);
  } else throw directive.unknownProperty();
}

const READERS: Readonly<Record<string, Reader | undefined>> = {
  endpoint(directive, { api }) {
    const [first, ...others] = needArgs(directive);
    if (others.length > 0)
      directive.warn(`Multiple endpoints have been deprecated, only the first specified endpoint '${first}' is used`);
    api.endpoint = first;
  },
  tls(directive, { api }) {
    const args = directive.args();
    if (args.length !== 3) throw directive.argumentError();
    const [cert, key, ca] = args;
    api.tls = { cert, key, ca };
  },
  kubeconfig(directive, { api }, scope) {
    const args = needArgs(directive);
    if (args.length > 2) throw directive.argumentError();
    const [file, context = ''] = args;
    api.kubeconfig = { file: scope.path(file), context };
  },
  apiserver_qps(directive, { api }) {
    api.qps = readNumber(directive, 'apiserver_qps', 'ParseFloat', /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i);
  },
  apiserver_burst(directive, { api }) {
    api.burst = readNumber(directive, 'apiserver_burst', 'Atoi', /^[+-]?\d+$/);
  },
  apiserver_max_inflight(directive, { api }) {
    api.maxInflight = readNumber(directive, 'apiserver_max_inflight', 'Atoi', /^[+-]?\d+$/);
  },
  namespaces(directive, { image }) {
    image.namespaces = [...new Set([...image.namespaces, ...needArgs(directive)])].sort();
  },
  namespace_labels(directive, { image }) {
    image.namespaceLabels = readSelector(directive, 'namespace_label');
  },
  labels(directive, { image }) {
    image.labels = readSelector(directive, 'label');
  },
  pods(directive, { image }) {
    const args = directive.args();
    if (args.length !== 1) throw directive.argumentError();
    const mode = MODES.find((known) => known === args[0]);
    if (mode === undefined)
      throw directive.error(`wrong value for pods: ${args[0]},  must be one of: ${MODES.join(', ')}`);
    image.pods = mode;
  },
  endpoint_pod_names(directive, { image }) {
    needNone(directive);
    image.endpointPodNames = true;
  },
  ttl(directive, { image }) {
    const [text] = needArgs(directive);
    if (!/^[+-]?\d+$/.test(text))
      throw directive.error(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    const ttl = Number(text);
    if (ttl < 0 || ttl > MAX_TTL) throw directive.error(`ttl must be in range [0, ${MAX_TTL}]: ${ttl}`);
    image.ttl = ttl;
  },
  noendpoints(directive, { image }) {
    needNone(directive);
    image.endpoints = false;
  },
  zonal(directive, { image }) {
    needNone(directive);
    image.zonal = true;
  },
  fallthrough(directive, draft, scope) {
    const zones = directive.args();
    draft.fallthrough = zones.length === 0 ? ['.'] : scope.zonesOr(zones);
  },
  ignore(directive, { image }) {
    const [what] = directive.args();
    if (what === undefined) return;
    if (what !== 'empty_service') throw directive.error(`unable to parse ignore value: '${what}'`);
    image.ignoreEmptyService = true;
  },
  multicluster(directive, draft, scope) {
    const zones = directive.args();
    draft.multicluster = zones.length === 0 ? [] : scope.zonesOr(zones);
  },
  startup_timeout(directive, draft) {
    const [text] = needArgs(directive);
    try {
      draft.startupTimeout = parseDuration(text);
    } catch (error) {
      if (!(error instanceof DurationError)) throw error;
      throw directive.error(`failed to parse startup_timeout: ${text}, ${error.message}`);
    }
  },
};

function needArgs(directive: Directive): string[] {
  const args = directive.args();
  if (args.length === 0) throw directive.argumentError();
  return args;
}

function needNone(directive: Directive): void {
  if (directive.arg() !== undefined) throw directive.argumentError();
}

function readNumber(directive: Directive, property: string, parser: string, syntax: RegExp): number {
  const args = directive.args();
  if (args.length !== 1) throw directive.argumentError();
  const quoted = JSON.stringify(args[0]);
  if (!syntax.test(args[0]))
    throw directive.error(`invalid ${property} ${quoted}: strconv.${parser}: parsing ${quoted}: invalid syntax`);
  const value = Number(args[0]);
  if (value < 0) throw directive.error(`${property} must be >= 0`);
  return value;
}

function readSelector(directive: Directive, what: string): Requirement[] {
  const text = needArgs(directive).join(' ');
  try {
    return parseSelector(text);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw directive.error(`unable to parse ${what} selector value: '${text}': ${error.message}`);
  }
}

function isWithin(zone: string, other: string): boolean {
  return other === '.' || zone === other || zone.endsWith(`.${other}`);
}

/** What only the whole directive can tell. */
function checkTogether(directive: Directive, { image, zones, multicluster }: Draft): void {
  if (image.namespaces.length > 0 && image.namespaceLabels.length > 0)
    throw directive.error('namespaces and namespace_labels cannot both be set');
  if (image.zonal && !image.endpoints) throw directive.error('zonal requires the endpoint cache; remove noendpoints');
  const stranger = multicluster.find((zone) => !zones.includes(zone));
  if (stranger !== undefined)
    throw directive.error(
      `is not authoritative for the multicluster zone ${stranger} (authoritative zones: [${zones.join(' ')}])`,
    );
}
