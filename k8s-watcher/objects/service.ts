// core/v1 Service: what is read of it → what is kept. Called for JSON and protobuf. Cold.

import type { Address } from '#wire/address.ts';
import { requireAddress, requireAddresses } from './address.ts';
import type { IngressDraft, ServiceDraft } from './draft.ts';
import { requireLabel } from './identity.ts';
import { isDomainName } from './names.ts';
import type { Labels, ObjectId, Service, ServiceMode } from './object.ts';
import { checkPorts } from './port.ts';
import { missing, refusal } from './refusal.ts';

const HEADLESS = 'None';
const EXTERNAL = 'ExternalName';
const INGRESS = 'status.loadBalancer.ingress';
const NONE: readonly never[] = [];

/** Throws ObjectError. */
export function checkService(id: ObjectId, labels: Labels, draft: ServiceDraft): Service {
  requireLabel(id);
  const mode = modeOf(draft);
  return {
    kind: 'Service',
    namespace: id.namespace,
    name: id.name,
    labels,
    mode,
    addresses: mode === 'cluster' ? clusterAddresses(id, draft) : NONE,
    ports: checkPorts(id, 'spec.ports', draft.ports),
    externalName: mode === 'external' ? checkExternalName(id, draft.externalName) : '',
    externalAddresses: externalAddresses(id, draft),
    externalHosts: externalHosts(id, draft.ingress),
  };
}

function modeOf({ type, clusterIPs, clusterIP }: ServiceDraft): ServiceMode {
  if (type === EXTERNAL) return 'external';
  return (clusterIPs.at(0) ?? clusterIP) === HEADLESS ? 'headless' : 'cluster';
}

function clusterAddresses(id: ObjectId, { clusterIPs, clusterIP }: ServiceDraft): readonly Address[] {
  if (clusterIPs.length > 0) return requireAddresses(id, 'spec.clusterIPs', clusterIPs);
  return clusterIP === '' ? NONE : [requireAddress(id, 'spec.clusterIP', clusterIP)];
}

function checkExternalName(id: ObjectId, name: string): string {
  if (name === '') throw missing(id, 'spec.externalName');
  if (!isDomainName(name)) throw refusal(id, 'spec.externalName', name, 'a domain name');
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function externalAddresses(id: ObjectId, { externalIPs, ingress }: ServiceDraft): readonly Address[] {
  if (externalIPs.length === 0 && ingress.length === 0) return NONE;
  const addresses = requireAddresses(id, 'spec.externalIPs', externalIPs);
  ingress.forEach(({ ip }, index) => {
    if (ip !== '') addresses.push(requireAddress(id, `${INGRESS}[${index}].ip`, ip));
  });
  return addresses;
}

function externalHosts(id: ObjectId, ingress: readonly IngressDraft[]): readonly string[] {
  if (ingress.length === 0) return NONE;
  ingress.forEach(({ hostname }, index) => {
    if (hostname !== '' && !isDomainName(hostname))
      throw refusal(id, `${INGRESS}[${index}].hostname`, hostname, 'a domain name');
  });
  return ingress.map(({ hostname }) => hostname).filter((hostname) => hostname !== '');
}
