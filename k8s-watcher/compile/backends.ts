// Ready endpoints of a service with their names and ports: what headless names and endpoint names are made of. Cold.

import { isIpv4 } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import { addresses, type EntryData, type RrsetData, type TargetGroup, targets } from '#zone/entry.ts';
import { EntryFlag } from '#zone/layout.ts';
import { quadText, textOf } from '../objects/address.ts';
import { isLabel } from '../objects/names.ts';
import type { Endpoint, EndpointSlice, Port } from '../objects/object.ts';
import { ownLabels } from './name.ts';
import { type NamedPorts, orPortless, portNumbers, portsNamed } from './ports.ts';
import { AddressSet, aliasRrsets, srvRrsets, weightOf } from './records.ts';

const MAX_LABEL = 63;
const NONE: readonly never[] = [];
/** Up to so many endpoints are compared one by one: nearly all services have few, and a map costs more than looking at these. */
const FEW = 16;

export interface Backend {
  readonly endpoint: Endpoint;
  /** Its name below the service, dots between the labels of imports; '' when it cannot have one. */
  readonly label: string;
  readonly ports: readonly Port[];
}

/** All ready endpoints, in the order of the slices. */
export function backendsOf(
  slices: readonly Pick<EndpointSlice, 'endpoints' | 'ports'>[],
  podNames: boolean,
): Backend[] {
  const backends: Backend[] = [];
  for (const slice of slices) {
    const ports = orPortless(slice.ports);
    for (const endpoint of slice.endpoints)
      backends.push({ endpoint, label: endpointLabel(endpoint, podNames), ports });
  }
  return backends;
}

/** Hostname, else name of the pod when wanted, else the address with dashes (spec C5). A name of several labels is none. */
export function endpointLabel(endpoint: Endpoint, podNames: boolean): string {
  const { hostname, podName, spelling, address } = endpoint;
  if (hostname !== '') return hostname;
  if (podNames && podName !== '' && isLabel(podName)) return podName;
  if (spelling === '' && isIpv4(address)) return quadText(address, '-');
  const text = spelling === '' ? textOf(address) : spelling.replace(/\.$/, '');
  const dashed = text.replaceAll(/[.:]/g, '-');
  const label = dashed.endsWith('-') ? `${dashed}0` : dashed;
  return label.length > MAX_LABEL ? '' : label;
}

/** Those that have such a port, with nothing but such ports. */
export function withPort(backends: readonly Backend[], wanted: NamedPorts): Backend[] {
  return backends
    .map(({ endpoint, label, ports }) => ({ endpoint, label, ports: portsNamed(ports, wanted) }))
    .filter((backend) => backend.ports.length > 0);
}

/** Every list of ports once: slices of a service have the same ones nearly always. */
export function portsOf(backends: readonly Backend[]): readonly Port[] {
  const lists = new Set(backends.map(({ ports }) => ports));
  const [first] = lists;
  return lists.size === 1 ? first : [...lists].flat();
}

/** How the SRV records of a name call their targets. */
export interface TargetNaming {
  /** Leading labels of the name that targets do not have. */
  readonly skip: number;
  /** True: each endpoint's label stands in front of the rest. */
  readonly own: boolean;
}

/** The entry of a name that stands for these endpoints. */
export function backendEntry(backends: readonly Backend[], ttl: number, naming: TargetNaming, flags = 0): EntryData {
  const [only] = backends;
  if (backends.length === 1 && !isHost(only)) return { flags, rrsets: oneBackend(only, ttl, naming) };
  const set = new AddressSet();
  const hosts: string[] = [];
  let items = 0;
  for (const { endpoint, ports } of backends) {
    items += ports.length;
    if (endpoint.address === '') hosts.push(endpoint.spelling);
    else set.add(endpoint.address);
  }
  const rrsets = set.rrsets(ttl);
  rrsets.push(...srvRrsets(ttl, items, naming.skip, groupsOf(backends, naming.own)), ...aliasRrsets(ttl, hosts));
  return { flags: hosts.length > 0 ? flags | EntryFlag.ALIAS : flags, rrsets };
}

/** The same for the one address that most names stand for, with nothing to compare. */
function oneBackend(backend: Backend, ttl: number, { skip, own }: TargetNaming): RrsetData[] {
  const { endpoint, label, ports } = backend;
  const address = addresses(isIpv4(endpoint.address) ? TYPE.A : TYPE.AAAA, ttl, [endpoint.address]);
  if (label === '') return [address];
  const group = oneGroup(backend, own);
  return group.ports.length === 0 ? [address] : [address, targets(ttl, weightOf(ports.length), skip, [group])];
}

function oneGroup({ endpoint, label, ports }: Backend, own: boolean): TargetGroup {
  const list = [endpoint.address];
  const four = isIpv4(endpoint.address);
  return {
    label: own ? ownLabels(label) : '',
    ports: portNumbers(ports),
    a: four ? list : NONE,
    aaaa: four ? NONE : list,
  };
}

/** Its address is a domain name: CNAME data, no SRV record (spec C5). */
function isHost(backend: Backend): boolean {
  return backend.endpoint.address === '';
}

/** One group a target: endpoints of the same name are one target with the ports and addresses of all. */
function groupsOf(backends: readonly Backend[], own: boolean): TargetGroup[] {
  const groups: TargetGroup[] = [];
  for (const same of byLabel(backends.filter((backend) => !isHost(backend))))
    groups.push(same.length === 1 ? oneGroup(same[0], own) : groupOf(same, own));
  return groups;
}

function groupOf(backends: readonly Backend[], own: boolean): TargetGroup {
  const { a, aaaa } = new AddressSet(backends.map(({ endpoint }) => endpoint.address));
  return { label: own ? ownLabels(backends[0].label) : '', ports: portNumbers(portsOf(backends)), a, aaaa };
}

/** Backends of the same name together; those without one are left out. */
export function byLabel(backends: readonly Backend[]): readonly (readonly Backend[])[] {
  const groups: Backend[][] = [];
  const known = backends.length > FEW ? new Map<string, Backend[]>() : null;
  for (const backend of backends) {
    const { label } = backend;
    if (label === '') continue;
    const same = known === null ? groups.find((group) => group[0].label === label) : known.get(label);
    if (same !== undefined) {
      same.push(backend);
      continue;
    }
    const group = [backend];
    groups.push(group);
    known?.set(label, group);
  }
  return groups;
}
