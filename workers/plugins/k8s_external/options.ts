// What a k8s_external directive says, as plain data: read by the handler; its image is compiled by the watcher. Cold.

import { createHash } from 'node:crypto';
import type { TransferOffer } from '../contract.ts';

/** What the kubernetes directive of the block says, as far as it matters here; the rest of its image is passed on as it is. */
export interface ClusterImage {
  readonly key: string;
  /** The server's own addresses: those of the name server when no service has one of them among its endpoints. */
  readonly localAddresses: readonly string[];
}

/** The image of the zones here: that of the cluster zones with another kind of names. */
export type ExternalImage<Image extends ClusterImage> = Omit<Image, 'naming' | 'pods' | 'clients' | 'zonal'> & {
  readonly naming: 'external';
  readonly pods: 'disabled';
  readonly clients: 'none';
  readonly zonal: false;
  readonly external: { readonly ttl: number; readonly headless: boolean; readonly apex: string };
};

export interface K8sExternalOptions {
  /** Lower case, with the final dot, in the order of the file; PTR records point into the first one. */
  readonly zones: readonly string[];
  /** Where the zones' own names are: lower case, without a final dot. */
  readonly apex: string;
  /** Seconds, of everything but SRV and CNAME, which have that of the kubernetes directive. */
  readonly ttl: number;
  readonly headless: boolean;
  /** Names below these zones go to the next plugin instead of NXDOMAIN; null for none, ['.'] for all. */
  readonly fallthrough: readonly string[] | null;
  /** Key of the image; '' until `withCluster`. */
  readonly image: string;
  readonly localAddresses: readonly string[];
}

/** The options, once it is known what the kubernetes directive of the block says. */
export function withCluster(options: K8sExternalOptions, cluster: ClusterImage): K8sExternalOptions {
  return { ...options, image: externalImage(options, cluster).key, localAddresses: cluster.localAddresses };
}

/** The image that the directive reads beside those of its kubernetes directive. */
export function externalImage<Image extends ClusterImage>(
  { ttl, headless, apex }: K8sExternalOptions,
  cluster: Image,
): ExternalImage<Image> {
  const text = JSON.stringify([cluster.key, ttl, headless, apex]);
  const key = `k8s_external:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  const external = { ttl, headless, apex };
  return { ...cluster, key, naming: 'external', pods: 'disabled', clients: 'none', zonal: false, external };
}

/** All zones, by their image; names below them are none. */
export function transferOffers({ zones, image }: K8sExternalOptions): TransferOffer[] {
  return [{ zones, image, exact: true }];
}
