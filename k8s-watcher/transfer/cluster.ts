// Records of a cluster zone in the order of the reference's transfers (spec C10). Cold.

import { isIP } from 'node:net';
import { endpointLabel } from '../compile/backends.ts';
import { type RelativeName, relativeName } from '../compile/name.ts';
import { serversOf } from '../compile/nameservers.ts';
import type { ImageOptions } from '../compile/options.ts';
import { weightOf } from '../compile/records.ts';
import { selects } from '../compile/selector.ts';
import { selectSlices, serviceName } from '../compile/service.ts';
import { octetsOf } from '../objects/address.ts';
import type { EndpointSlice, Port, Service } from '../objects/object.ts';
import type { Changes } from '../store/changes.ts';
import type { ServiceView } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { TouchedMember, TransferContent } from './content.ts';
import { addressRecord, aliasRecord, nsRecord, soaRecord, srvRecord, type ZoneRecord } from './record.ts';

/** The name server's name when no service has this server among its endpoints. */
const NS_DNS = relativeName('ns', 'dns');
const HOSTMASTER = relativeName('hostmaster');
/** Seconds (spec C6). */
const SOA_MAX_TTL = 300;
/** Weight of the SRV records of services with addresses of their own. */
const WEIGHT = 100;
/** What the reference shows where there is no port (its -1, spec C10). */
const NO_PORT = 65_535;
/** With its underscore it has to be a label. */
const MAX_PORT_NAME = 62;
const NO_PORTS: readonly Port[] = [{ name: '', protocol: '', port: 0 }];

export class ClusterContent implements TransferContent {
  readonly #store: Store;
  readonly #image: ImageOptions;
  readonly #zone: Uint8Array;

  /** `zone` in wire form. */
  constructor(store: Store, image: ImageOptions, zone: Uint8Array) {
    this.#store = store;
    this.#image = image;
    this.#zone = zone;
  }

  soa(serial: number): ZoneRecord | undefined {
    const { ttl } = this.#image;
    const words = { server: NS_DNS, mailbox: HOSTMASTER, ttl: Math.min(ttl, SOA_MAX_TTL), minimum: ttl };
    return soaRecord(words, serial, this.#zone);
  }

  /** The addresses have TTL 0, as in the reference. */
  nameServers(): ZoneRecord[] {
    const { ttl } = this.#image;
    const servers = this.#servers();
    const names = [...servers.keys()].flatMap((name) => nsRecord(ttl, name, this.#zone));
    const glue = [...servers].flatMap(([name, list]) => list.map((address) => addressRecord(name, 0, address)));
    return [...names, ...glue];
  }

  /** Services that this server belongs to, or the server itself. */
  #servers(): Map<RelativeName, readonly Uint8Array[]> {
    const services = serversOf(this.#store, this.#image);
    if (services.size > 0) return new Map([...services].map(([name, { a, aaaa }]) => [name, [...a, ...aaaa]]));
    const own = this.#image.localAddresses.map((text) => octetsOf(text.replace(/%.*/, '')));
    return new Map([[NS_DNS, own.filter((address) => address !== undefined)]]);
  }

  members(namespace: string): string[] {
    return this.#store.services(namespace);
  }

  records(namespace: string, member: string): ZoneRecord[] {
    return this.#recordsOf(this.#store.view(namespace, member));
  }

  *touched(changes: Changes): Generator<TouchedMember> {
    for (const snapshot of changes.services.values()) {
      const { namespace, name: member } = snapshot;
      yield { namespace, member, before: () => this.#recordsOf(this.#store.viewOf(snapshot)) };
    }
  }

  #recordsOf({ service, slices }: ServiceView): ZoneRecord[] {
    const image = this.#image;
    if (service === undefined || !selects(image.labels, service.labels)) return [];
    switch (service.mode) {
      case 'external':
        return this.#alias(service);
      case 'cluster':
        return this.#cluster(service);
      case 'headless':
        return selectSlices(slices, image).flatMap((slice) => this.#slice(service, slice));
    }
  }

  /** An ExternalName that is an IP address makes the service invisible. */
  #alias(service: Service): ZoneRecord[] {
    const { externalName } = service;
    return isIP(externalName) === 0 ? [aliasRecord(serviceName(service), this.#image.ttl, externalName)] : [];
  }

  #cluster(service: Service): ZoneRecord[] {
    const { ttl } = this.#image;
    const owner = serviceName(service);
    const ports = service.ports.length === 0 ? NO_PORTS : service.ports;
    return [
      ...service.addresses.map((address) => addressRecord(owner, ttl, address)),
      ...ports.flatMap((port) => [
        ...srvRecord(owner, ttl, WEIGHT, numberOf(port), owner, this.#zone),
        ...this.#named(service, port, WEIGHT, owner),
      ]),
    ];
  }

  /** Endpoints of several slices are repeated, domain names among them have no records. */
  #slice(service: Service, { endpoints, ports }: EndpointSlice): ZoneRecord[] {
    const { ttl, endpointPodNames } = this.#image;
    const weight = weightOf(endpoints.length);
    return endpoints.flatMap((endpoint) => {
      const { address } = endpoint;
      if (address.length === 0) return [];
      const own = addressRecord(serviceName(service), ttl, address);
      const label = endpointLabel(endpoint, endpointPodNames);
      if (label === '') return [own];
      const name = serviceName(service, label);
      const srv = ports.flatMap((port) => this.#named(service, port, weight, name));
      return [own, addressRecord(name, ttl, address), ...srv];
    });
  }

  /** `_port._protocol.SVC`; ports without a name have none. */
  #named(service: Service, port: Port, weight: number, target: RelativeName): ZoneRecord[] {
    const { name, protocol } = port;
    if (name === '' || name.length > MAX_PORT_NAME) return [];
    const owner = serviceName(service, `_${name}`, `_${protocol}`);
    return srvRecord(owner, this.#image.ttl, weight, numberOf(port), target, this.#zone);
  }
}

function numberOf({ port }: Port): number {
  return port === 0 ? NO_PORT : port;
}
