// The cluster that all scenarios ask about: services by number, the same ones each time. Cold.

/** Namespaces that the services are spread over: team-0 … team-49. */
export const NAMESPACES = 50;
/** Addresses of 10.96.0.0/12 behind the network's own; one service each. */
export const MAX_SERVICES: number = 2 ** 20 - 2;
/** The domain of the cluster, and the zone that rivals serve. */
export const CLUSTER_DOMAIN = 'cluster.local';

export interface Service {
  readonly name: string;
  readonly namespace: string;
  /** ClusterIP. */
  readonly address: string;
}

/** @throws RangeError for a number of services that does not fit into the address range */
export function services(count: number): Service[] {
  if (!Number.isInteger(count) || count < 1 || count > MAX_SERVICES)
    throw new RangeError(`1 to ${MAX_SERVICES} services allowed, got ${count}`);
  return Array.from({ length: count }, (_, i) => ({
    name: `svc-${i}`,
    namespace: namespaceOf(i),
    address: addressOf(i + 1),
  }));
}

export function namespaceOf(i: number): string {
  return `team-${i % NAMESPACES}`;
}

/** Host `i` of 10.96.0.0/12. */
function addressOf(i: number): string {
  return `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
}

/** Without the final dot: `svc-7.team-7.svc.cluster.local`. */
export function domainOf({ name, namespace }: Pick<Service, 'name' | 'namespace'>): string {
  return `${name}.${namespace}.svc.${CLUSTER_DOMAIN}`;
}
