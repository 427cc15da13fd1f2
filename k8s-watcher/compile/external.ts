// All names of one service as it is seen from outside of the cluster (spec D k8s_external). Called for every service that an event touches. Cold.

import { TYPE } from '#wire/constants.ts';
import type { EntryData } from '#zone/entry.ts';
import { EntryFlag } from '#zone/layout.ts';
import type { Port, Service } from '../objects/object.ts';
import type { ServiceView } from '../store/records.ts';
import { type Backend, backendEntry, backendsOf, byLabel, portsOf, withPort } from './backends.ts';
import { type RelativeName, relativeName, wireLabel } from './name.ts';
import { EXTERNAL_FLAG, type ExternalOptions, type ImageOptions } from './options.ts';
import { namedPorts, orPortless, PORT_LABELS, portNumbers } from './ports.ts';
import { AddressSet, aliasRrsets, type NameSink, srvRrsets } from './records.ts';
import { selects } from './selector.ts';
import { selectSlices } from './service.ts';

const DEFAULTS: ExternalOptions = { ttl: 5, headless: false, apex: 'dns' };

export function externalOptions(image: ImageOptions): ExternalOptions {
  return image.external ?? DEFAULTS;
}

/** `SVC.NS`. */
export function externalName(service: Pick<Service, 'namespace' | 'name'>): RelativeName {
  return relativeName(service.name, service.namespace);
}

/** What a service and its slices give; nothing when nobody outside can know of it. */
export function externalNames(view: ServiceView, image: ImageOptions, names: NameSink): void {
  const { service } = view;
  if (service === undefined || !selects(image.labels, service.labels)) return;
  if (service.externalAddresses.length + service.externalHosts.length > 0) addExternal(names, service, image);
  else if (externalOptions(image).headless)
    addInner(names, service, backendsOf(selectSlices(view.slices, image), image.endpointPodNames), image);
}

function addExternal(names: NameSink, service: Service, image: ImageOptions): void {
  const ports = orPortless(service.ports);
  const base = externalName(service);
  names.set(base, externalEntry(service, ports, 0, image));
  for (const { labels, ports: same } of namedPorts(ports))
    names.set(labels + base, externalEntry(service, same, PORT_LABELS, image));
}

/**
 * Its SRV RRset is one group with the ports of all targets. A group without addresses is no target itself: there are only the host names, which
 * stand in the CNAME RRset.
 */
function externalEntry(service: Service, ports: readonly Port[], skip: number, image: ImageOptions): EntryData {
  const { externalAddresses, externalHosts } = service;
  const set = new AddressSet(externalAddresses);
  const { a, aaaa } = set;
  const items = (externalAddresses.length + externalHosts.length) * ports.length;
  return {
    flags: externalHosts.length > 0 ? EXTERNAL_FLAG | EntryFlag.ALIAS : EXTERNAL_FLAG,
    rrsets: [
      ...set.rrsets(externalOptions(image).ttl),
      ...srvRrsets(image.ttl, items, skip, [{ label: '', ports: portNumbers(ports), a, aaaa }]),
      ...aliasRrsets(image.ttl, externalHosts),
    ],
  };
}

/** Endpoints of any service, named by their own label so that an underscore may stand in front of it; the service itself and its ports only when it is headless. */
function addInner(names: NameSink, service: Service, backends: readonly Backend[], image: ImageOptions): void {
  if (backends.length === 0) return;
  const base = externalName(service);
  const set = (name: RelativeName, some: readonly Backend[], skip: number, own: boolean): void => {
    names.set(name, withAddressTtl(backendEntry(some, image.ttl, { skip, own }), externalOptions(image).ttl));
  };
  if (service.mode === 'headless') {
    set(base, backends, 0, true);
    for (const named of namedPorts(portsOf(backends)))
      set(named.labels + base, withPort(backends, named), PORT_LABELS, true);
  }
  for (const same of byLabel(backends)) set(wireLabel(same[0].label) + base, same, 1, true);
}

function withAddressTtl(entry: EntryData, ttl: number): EntryData {
  const rrsets = entry.rrsets.map((rrset) =>
    rrset.type === TYPE.A || rrset.type === TYPE.AAAA ? { ...rrset, ttl } : rrset,
  );
  return { ...entry, rrsets };
}
