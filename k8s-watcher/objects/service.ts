// core/v1 Service. Called by decode.ts. Cold.

import type { Fields } from './fields.ts';
import { isDomainName, isLabel } from './names.ts';
import type { ObjectId, Service, ServiceMode } from './object.ts';
import { decodePort } from './port.ts';

const HEADLESS = 'None';
const NONE: readonly never[] = [];

export function decodeService(id: ObjectId, fields: Fields): Service {
  const spec = fields.fields('spec');
  const { namespace, name } = id;
  if (!isLabel(name)) throw fields.fields('metadata').error('name', `"${name}" is not a DNS label`);
  const external = spec.text('type') === 'ExternalName';
  const texts = spec.texts('clusterIPs');
  const first = texts.at(0) ?? spec.text('clusterIP');
  const mode: ServiceMode = external ? 'external' : first === HEADLESS ? 'headless' : 'cluster';
  return {
    kind: 'Service',
    namespace,
    name,
    labels: fields.fields('metadata').labels('labels'),
    mode,
    addresses: mode === 'cluster' ? clusterAddresses(spec) : NONE,
    ports: spec.each('ports').map(decodePort),
    externalName: external ? decodeExternalName(spec) : '',
    ...decodeExternal(spec, fields.fields('status').fields('loadBalancer')),
  };
}

function clusterAddresses(spec: Fields): readonly Uint8Array[] {
  if (spec.texts('clusterIPs').length > 0) return spec.addresses('clusterIPs');
  const single = spec.address('clusterIP');
  return single === undefined ? NONE : [single];
}

function decodeExternalName(spec: Fields): string {
  const name = spec.matching('externalName', isDomainName, 'a domain name');
  if (name === '') throw spec.error('externalName', 'is missing');
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function decodeExternal(
  spec: Fields,
  balancer: Fields,
): { externalAddresses: readonly Uint8Array[]; externalHosts: readonly string[] } {
  const ingress = balancer.each('ingress');
  const balanced = ingress.map((entry) => entry.address('ip')).filter((address) => address !== undefined);
  const hosts = ingress.map((entry) => entry.matching('hostname', isDomainName, 'a domain name'));
  const addresses = [...spec.addresses('externalIPs'), ...balanced];
  return {
    externalAddresses: addresses.length === 0 ? NONE : addresses,
    externalHosts: hosts.filter((host) => host !== ''),
  };
}
