// The cluster as a zone file for servers that know nothing of Kubernetes: the records that the Kubernetes DNS specification names; and a
// zone of elsewhere, in which every name exists. Cold.

import { CLUSTER_DOMAIN, domainOf, type Service } from './services.ts';

/** A zone in the form of RFC 1035 §5. */
export interface Zone {
  /** Without the final dot. */
  readonly origin: string;
  readonly text: string;
}

/** TTL of all records, as `kubernetes` has it in a cluster's own Corefile. */
const TTL = 30;

/** The zone that is not the cluster's. */
export const ELSEWHERE = 'elsewhere.test';
/** Longer than any measurement: nothing expires while it is asked for. */
const LONG_TTL = 3600;

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

/** One wildcard: any name has an address, and a name server finds all of them equally fast. */
export function elsewhereZone(): Zone {
  const text = `$ORIGIN ${ELSEWHERE}.
$TTL ${LONG_TTL}
@ SOA ns.${ELSEWHERE}. hostmaster.${ELSEWHERE}. 1 7200 1800 86400 5
@ NS ns.${ELSEWHERE}.
ns A 127.0.0.1
* A 192.0.2.1
`;
  return { origin: ELSEWHERE, text };
}
