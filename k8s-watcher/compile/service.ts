// All names of one service (spec C5, C8). Called for every service that an event touches. Cold.

import { isIP } from 'node:net';
import type { EntryData } from '#zone/entry.ts';
import { EntryFlag } from '#zone/layout.ts';
import type { EndpointSlice, Port, Service } from '../objects/object.ts';
import type { ServiceView } from '../store/records.ts';
import { type Backend, backendEntry, backendsOf, byLabel, portsOf, withPort } from './backends.ts';
import { type RelativeName, relativeName, wireLabel } from './name.ts';
import { HEADLESS_FLAG, type ImageOptions } from './options.ts';
import { namedPorts, orPortless, PORT_LABELS, portNumbers } from './ports.ts';
import { AddressSet, aliasRrsets, type NameSink, srvRrsets } from './records.ts';
import { selects } from './selector.ts';
import { addZonalNames } from './zonal.ts';

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
  addAddressed(names, service, orPortless(service.ports), image.ttl);
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
  const own = addresses.rrsets(ttl);
  const entryOf = (some: readonly Port[], skip: number): EntryData => {
    const items = service.addresses.length * some.length;
    const group = { label: '', ports: portNumbers(some), a: addresses.a, aaaa: addresses.aaaa };
    return { flags: 0, rrsets: items === 0 ? own : [...own, ...srvRrsets(ttl, items, skip, [group])] };
  };
  const base = serviceName(service);
  names.set(base, entryOf(ports, 0));
  for (const { labels, ports: same } of namedPorts(ports)) names.set(labels + base, entryOf(same, PORT_LABELS));
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
  const base = serviceName(service);
  names.set(base, backendEntry(backends, ttl, { skip: 0, own: true }, flags));
  for (const named of namedPorts(portsOf(backends)))
    names.set(named.labels + base, backendEntry(withPort(backends, named), ttl, { skip: PORT_LABELS, own: true }));
}

/** `ENDPOINT.SVC.NS.svc`, of headless services and of those with cluster addresses. */
function addEndpoints(names: NameSink, service: Service, backends: readonly Backend[], ttl: number): void {
  const name = serviceName(service);
  for (const same of byLabel(backends))
    names.set(wireLabel(same[0].label) + name, backendEntry(same, ttl, { skip: 0, own: false }));
}
