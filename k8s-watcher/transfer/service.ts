// What cluster zones and multicluster zones have in common: SOA, name servers, records of a service or an import (spec C10). Cold.

import type { Address } from '#wire/address.ts';
import type { Backend } from '../compile/backends.ts';
import { type RelativeName, relativeName } from '../compile/name.ts';
import { ownAddresses, serversOf } from '../compile/nameservers.ts';
import type { ImageOptions } from '../compile/options.ts';
import { weightOf } from '../compile/records.ts';
import { type ServiceId, serviceName } from '../compile/service.ts';
import type { Port } from '../objects/object.ts';
import type { Store } from '../store/store.ts';
import { addressRecord, nsRecord, soaRecord, srvRecord, type ZoneRecord } from './record.ts';

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

/** Where records are rooted. */
export interface Below {
  /** Wire form. */
  readonly zone: Uint8Array;
  /** Seconds. */
  readonly ttl: number;
}

/** Undefined when the zone's name is too long for one. */
export function clusterSoa(serial: number, { zone, ttl }: Below): ZoneRecord | undefined {
  const words = { server: NS_DNS, mailbox: HOSTMASTER, ttl: Math.min(ttl, SOA_MAX_TTL), minimum: ttl };
  return soaRecord(words, serial, zone);
}

/** NS records and their addresses, which have TTL 0, as in the reference. */
export function clusterServers(store: Store, image: ImageOptions, { zone, ttl }: Below): ZoneRecord[] {
  const servers = namesOf(store, image);
  const names = [...servers.keys()].flatMap((name) => nsRecord(ttl, name, zone));
  const glue = [...servers].flatMap(([name, list]) => list.map((address) => addressRecord(name, 0, address)));
  return [...names, ...glue];
}

/** Services that this server belongs to, or the server itself; none when it has no address. */
function namesOf(store: Store, image: ImageOptions): Map<RelativeName, readonly Address[]> {
  const services = serversOf(store, image);
  if (services.size > 0) return new Map([...services].map(([name, { a, aaaa }]) => [name, [...a, ...aaaa]]));
  const addresses = ownAddresses(image);
  return new Map(addresses.length === 0 ? [] : [[NS_DNS, addresses]]);
}

/** A service with addresses of its own: they, then for every port an SRV at the service and one at the port. */
export function addressedRecords(
  service: ServiceId & { readonly addresses: readonly Address[] },
  ports: readonly Port[],
  below: Below,
): ZoneRecord[] {
  const { zone, ttl } = below;
  const owner = serviceName(service);
  return [
    ...service.addresses.map((address) => addressRecord(owner, ttl, address)),
    ...ports.flatMap((port) => [
      ...srvRecord(owner, ttl, WEIGHT, numberOf(port), owner, zone),
      ...portRecords(service, port, WEIGHT, owner, below),
    ]),
  ];
}

/** Endpoints of one slice. What stands in several slices is repeated; domain names among the addresses have no records. */
export function backedRecords(service: ServiceId, backends: readonly Backend[], below: Below): ZoneRecord[] {
  const { ttl } = below;
  const weight = weightOf(backends.length);
  return backends.flatMap(({ endpoint, label, ports }) => {
    const { address } = endpoint;
    if (address === '') return [];
    const own = addressRecord(serviceName(service), ttl, address);
    if (label === '') return [own];
    const name = serviceName(service, ...label.split('.'));
    const srv = ports.flatMap((port) => portRecords(service, port, weight, name, below));
    return [own, addressRecord(name, ttl, address), ...srv];
  });
}

/** `_port._protocol.SVC`; ports without a name have none. */
function portRecords(
  service: ServiceId,
  port: Port,
  weight: number,
  target: RelativeName,
  { zone, ttl }: Below,
): ZoneRecord[] {
  const { name, protocol } = port;
  if (name === '' || name.length > MAX_PORT_NAME) return [];
  const owner = serviceName(service, `_${name}`, `_${protocol}`);
  return srvRecord(owner, ttl, weight, numberOf(port), target, zone);
}

function numberOf({ port }: Port): number {
  return port === 0 ? NO_PORT : port;
}
