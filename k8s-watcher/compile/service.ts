// All names of one service (spec C5, C8). Called for every service that an event touches. Cold.

import { isIP } from 'node:net';
import { EntryFlag } from '#zone/layout.ts';
import type { EndpointSlice, Port, Service } from '../objects/object.ts';
import type { ServiceView } from '../store/records.ts';
import { type Backend, backendEntry, backendsOf, isPort, PORTLESS, portNumbers, withPort } from './backends.ts';
import { type RelativeName, relativeName, wireLabel } from './name.ts';
import { HEADLESS_FLAG, type ImageOptions } from './options.ts';
import { AddressSet, aliasRrsets, type NameSink, srvRrsets } from './records.ts';
import { selects } from './selector.ts';
import { addZonalNames } from './zonal.ts';

/** With its underscore it has to be a label. */
const MAX_PORT_NAME = 62;
/** Labels in front of the service in `_port._protocol.SVC`. */
const PORT_LABELS = 2;

/** Whose names. */
export type ServiceId = Pick<Service, 'namespace' | 'name'>;

/** What a service and its slices give in an image; nothing when the image does not select the service. */
export function serviceNames(view: ServiceView, image: ImageOptions, names: NameSink): void {
  const { service } = view;
  if (service === undefined || !selects(image.labels, service.labels)) return;
  const slices = selectSlices(view.slices, image);
  if (service.mode === 'external') addAlias(names, service, image);
  else if (service.mode === 'headless') addHeadless(names, service, backendsOf(slices, image.endpointPodNames), image);
  else addCluster(names, service, backendsOf(slices, image.endpointPodNames), image);
}

/** Slices that the image sees. */
export function selectSlices(slices: readonly EndpointSlice[], image: ImageOptions): readonly EndpointSlice[] {
  if (!image.endpoints) return [];
  return image.labels.length === 0 ? slices : slices.filter((slice) => selects(image.labels, slice.labels));
}

/** `SVC.NS.svc` with labels in front. */
export function serviceName(service: ServiceId, ...front: string[]): RelativeName {
  return relativeName(...front, service.name, service.namespace, 'svc');
}

/** An ExternalName that is an IP address makes the service invisible. */
function addAlias(names: NameSink, service: Service, image: ImageOptions): void {
  if (isIP(service.externalName) !== 0) return;
  const rrsets = aliasRrsets(image.ttl, [service.externalName]);
  names.set(serviceName(service), { flags: EntryFlag.ALIAS, rrsets });
}

function addCluster(names: NameSink, service: Service, backends: readonly Backend[], image: ImageOptions): void {
  if (image.ignoreEmptyService && backends.length === 0) return;
  const ports = service.ports.length === 0 ? [PORTLESS] : service.ports;
  addAddressed(names, service, ports, image.ttl);
  addEndpoints(names, service, backends, image.ttl);
}

/** `SVC.NS.svc` and its ports, for something with addresses of its own. */
export function addAddressed(
  names: NameSink,
  service: Pick<Service, 'namespace' | 'name' | 'addresses'>,
  ports: readonly Port[],
  ttl: number,
): void {
  const addresses = new AddressSet(service.addresses);
  const { a, aaaa } = addresses;
  const set = (name: RelativeName, matching: readonly Port[], skip: number): void => {
    const items = service.addresses.length * matching.length;
    const groups = items === 0 ? [] : [{ label: '', ports: portNumbers(matching), a, aaaa }];
    names.set(name, { flags: 0, rrsets: [...addresses.rrsets(ttl), ...srvRrsets(ttl, items, skip, groups)] });
  };
  set(serviceName(service), ports, 0);
  for (const [name, protocol] of namedPorts(ports))
    set(
      portName(service, name, protocol),
      ports.filter((port) => isPort(port, name, protocol)),
      PORT_LABELS,
    );
}

function addHeadless(names: NameSink, service: Service, backends: readonly Backend[], image: ImageOptions): void {
  addBacked(names, service, backends, image.ttl, HEADLESS_FLAG);
  addEndpoints(names, service, backends, image.ttl);
  if (image.zonal) addZonalNames(names, service, backends, image.ttl);
}

/** `SVC.NS.svc` and its ports, for something with the addresses of its endpoints. Without a ready endpoint there is no such name. */
export function addBacked(
  names: NameSink,
  service: ServiceId,
  backends: readonly Backend[],
  ttl: number,
  flags: number,
): void {
  if (backends.length === 0) return;
  names.set(serviceName(service), backendEntry(backends, ttl, { skip: 0, own: true }, flags));
  for (const [name, protocol] of namedPorts(backends.flatMap(({ ports }) => ports)))
    names.set(
      portName(service, name, protocol),
      backendEntry(withPort(backends, name, protocol), ttl, { skip: PORT_LABELS, own: true }),
    );
}

/** `ENDPOINT.SVC.NS.svc`, of headless services and of those with cluster addresses. */
function addEndpoints(names: NameSink, service: Service, backends: readonly Backend[], ttl: number): void {
  const name = serviceName(service);
  for (const [label, same] of byLabel(backends))
    names.set(wireLabel(label) + name, backendEntry(same, ttl, { skip: 0, own: false }));
}

/** Backends of the same name together; those without one are left out. */
export function byLabel(backends: readonly Backend[]): Map<string, Backend[]> {
  const groups = new Map<string, Backend[]>();
  for (const backend of backends) {
    if (backend.label === '') continue;
    const same = groups.get(backend.label);
    if (same === undefined) groups.set(backend.label, [backend]);
    else same.push(backend);
  }
  return groups;
}

function portName(service: ServiceId, name: string, protocol: string): RelativeName {
  return serviceName(service, `_${name}`, `_${protocol}`);
}

/** Every pair of name and protocol once; ports without a name have no such DNS name. */
export function namedPorts(ports: readonly Port[]): [name: string, protocol: string][] {
  const pairs: [string, string][] = [];
  for (const { name, protocol } of ports)
    if (name !== '' && name.length <= MAX_PORT_NAME && !pairs.some(([a, b]) => a === name && b === protocol))
      pairs.push([name, protocol]);
  return pairs;
}
