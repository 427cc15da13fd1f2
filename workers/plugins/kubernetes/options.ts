// What a kubernetes directive says, as plain data: read by the handler, and in part by the compiler of images. Cold.

import type { TransferOffer } from '../contract.ts';
import type { Requirement } from './selector.ts';

/** Names of pods (spec C5): none, any address, or those of pods that exist. */
export type PodsMode = 'disabled' | 'insecure' | 'verified';

/** What is known of the pods that may ask. */
export type ClientsMode = 'none' | 'namespaces' | 'labels';

/** What a zone image is compiled for; the watcher takes it as it is. */
export interface KubernetesImage {
  /** Name of the image: a hash of everything below. */
  readonly key: string;
  readonly naming: 'cluster' | 'imports';
  /** Tells the API server from others that the Corefile names; '' for that of the cluster. */
  readonly source: string;
  /** Seconds. */
  readonly ttl: number;
  readonly pods: PodsMode;
  /** Whose addresses of clients are: for autopath, and with names and labels for metadata; `none` unless pods are `verified`. */
  readonly clients: ClientsMode;
  /** Empty: all that exist. */
  readonly namespaces: readonly string[];
  readonly namespaceLabels: readonly Requirement[];
  readonly labels: readonly Requirement[];
  /** False for `noendpoints`. */
  readonly endpoints: boolean;
  readonly endpointPodNames: boolean;
  readonly ignoreEmptyService: boolean;
  readonly zonal: boolean;
  /** Addresses of this server, those of `bind` when the block has one; link-local ones with their interface (`fe80::1%eth0`). */
  readonly localAddresses: readonly string[];
}

/** How to reach the API server. Not used when objects come from manifests. */
export interface KubernetesApi {
  /** '' for the service account of the pod. */
  readonly endpoint: string;
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string } | null;
  readonly kubeconfig: { readonly file: string; readonly context: string } | null;
  /** Read and checked, without effect, as in the reference. */
  readonly qps: number;
  readonly burst: number;
  readonly maxInflight: number;
}

export interface KubernetesOptions {
  /** Lower case, with the final dot, in the order of the file. */
  readonly zones: readonly string[];
  /** The first zone that is not below in-addr.arpa or ip6.arpa: where PTR records point to. */
  readonly primaryZone: string;
  /** Zones whose names go to the next plugin instead of NXDOMAIN; null for none, ['.'] for all. */
  readonly fallthrough: readonly string[] | null;
  /** Zones of `zones` that hold ServiceImports instead of services: they have an image of their own, see `kubernetesImages`. */
  readonly multicluster: readonly string[];
  readonly image: KubernetesImage;
  readonly api: KubernetesApi;
  /** Milliseconds that a start waits for the API. */
  readonly startupTimeout: number;
}

/** Key of the image of multicluster zones, from that of the others. */
export function importsKey(key: string): string {
  return `${key}/multicluster`;
}

/** All images that the directive reads. */
export function kubernetesImages({ image, multicluster }: KubernetesOptions): KubernetesImage[] {
  if (multicluster.length === 0) return [image];
  return [image, { ...image, key: importsKey(image.key), naming: 'imports', clients: 'none' }];
}

/** Zones that can be transferred, by their image; multicluster ones first, because they may lie below the others. */
export function transferOffers({ zones, image, multicluster }: KubernetesOptions): TransferOffer[] {
  const plain = zones.filter((zone) => !multicluster.includes(zone));
  return [
    { zones: multicluster, image: importsKey(image.key) },
    { zones: plain, image: image.key },
  ].filter((offer) => offer.zones.length > 0);
}
