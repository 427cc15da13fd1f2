// The cluster as a zone file for servers that know nothing of Kubernetes: the records that the Kubernetes DNS specification names. Cold.

import { CLUSTER_DOMAIN, domainOf, type Service } from './services.ts';

/** A zone in the form of RFC 1035 §5. */
export interface Zone {
  /** Without the final dot. */
  readonly origin: string;
  readonly text: string;
}

/** TTL of all records, as `kubernetes` has it in a cluster's own Corefile. */
const TTL = 30;

/** SOA values are those that a cluster DNS gives; the serial does not matter. */
export function clusterZone(cluster: readonly Service[]): Zone {
  const apex = `@ SOA ns.dns.${CLUSTER_DOMAIN}. hostmaster.${CLUSTER_DOMAIN}. 1 7200 1800 86400 5
@ NS ns.dns.${CLUSTER_DOMAIN}.
ns.dns A 127.0.0.1
`;
  const records = cluster.map((service) => {
    const domain = domainOf(service);
    return `${domain}. A ${service.address}\n_http._tcp.${domain}. SRV 0 100 80 ${domain}.\n`;
  });
  return { origin: CLUSTER_DOMAIN, text: `$ORIGIN ${CLUSTER_DOMAIN}.\n$TTL ${TTL}\n${apex}${records.join('')}` };
}
