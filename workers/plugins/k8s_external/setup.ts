// The k8s_external directive: zones that show services as they are reached from outside of the cluster (spec D k8s_external). Called by the primary. Cold.

import { ConfigError, type Directive, type PluginSetup, type SetupScope } from '../contract.ts';
import { type K8sExternalOptions, transferOffers } from './options.ts';

export { externalImage, type K8sExternalOptions, withCluster } from './options.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Draft = Writable<K8sExternalOptions>;

const MAX_TTL = 3600;
/** Octets of a label, and of a name in presentation form with its final dot. */
const MAX_LABEL = 63;
const MAX_NAME = 254;
/** The longest name that the plugin makes of the apex and a zone. */
const LONGEST = 'hostmaster';

export const plugin: PluginSetup<K8sExternalOptions> = {
  name: 'k8s_external',
  setup(directive: Directive, scope: SetupScope): K8sExternalOptions {
    const draft: Draft = {
      zones: [],
      apex: 'dns',
      ttl: 5,
      headless: false,
      fallthrough: null,
      image: '',
      localAddresses: [],
    };
    while (directive.nextOccurrence()) {
      draft.zones = scope.zonesOr(directive.args());
      for (const property of directive.properties()) readProperty(directive, scope, draft, property);
    }
    checkNames(directive, draft);
    if (!scope.has('kubernetes')) throw new ConfigError('kubernetes plugin not loaded');
    return draft;
  },
  transfers: transferOffers,
};

function readProperty(directive: Directive, scope: SetupScope, draft: Draft, property: string): void {
  switch (property) {
    case 'apex':
      draft.apex = readApex(directive);
      break;
    case 'ttl':
      draft.ttl = readTtl(directive);
      break;
    case 'headless':
      draft.headless = true;
      break;
    case 'fallthrough': {
      const zones = directive.args();
      draft.fallthrough = zones.length === 0 ? ['.'] : scope.zonesOr(zones);
      break;
    }
    default:
      throw directive.unknownProperty();
  }
}

/** Further arguments are ignored, as in the reference. */
function readFirst(directive: Directive): string {
  const [first] = directive.args();
  if (first === undefined) throw directive.argumentError();
  return first;
}

function readApex(directive: Directive): string {
  const text = readFirst(directive);
  const apex = text.toLowerCase().replace(/\.$/, '');
  const isName = apex.split('.').every((label) => /^[-_a-z0-9]+$/.test(label) && label.length <= MAX_LABEL);
  if (!isName) throw directive.error(`apex "${text}" is not a domain name of letters, digits, "-" and "_"`);
  return apex;
}

function readTtl(directive: Directive): number {
  const text = readFirst(directive);
  if (!/^[+-]?\d+$/.test(text)) throw new ConfigError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const ttl = Number(text);
  if (ttl < 0 || ttl > MAX_TTL) throw directive.error(`ttl must be in range [0, ${MAX_TTL}]: ${ttl}`);
  return ttl;
}

function checkNames(directive: Directive, { zones, apex }: Draft): void {
  const zone = zones.find((name) => `${LONGEST}.${apex}.${name}`.length > MAX_NAME);
  if (zone !== undefined) throw directive.error(`${LONGEST}.${apex}.${zone} is longer than a name may be`);
}
