// Names zone images: directives that mean the same names share an image, whatever server blocks they stand in. Used by set-up. Cold.

import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { KubernetesApi, KubernetesImage } from './options.ts';

/** The image with its key: a hash over all that decides its content. */
export function withKey(image: Omit<KubernetesImage, 'key'>): KubernetesImage {
  const { ttl, pods, clients, namespaces, namespaceLabels, labels, endpoints } = image;
  const { endpointPodNames, ignoreEmptyService, zonal, localAddresses, source } = image;
  const content = [ttl, pods, namespaces, namespaceLabels, labels, endpoints, endpointPodNames, ignoreEmptyService];
  const text = JSON.stringify([...content, zonal, localAddresses, clients, source]);
  return { ...image, key: `kubernetes:${createHash('sha256').update(text).digest('hex').slice(0, 32)}` };
}

/** What tells the directive's API server from others; '' for that of the cluster itself. */
export function sourceOf({ endpoint, tls, kubeconfig }: KubernetesApi): string {
  return endpoint === '' && kubeconfig === null ? '' : JSON.stringify([kubeconfig ?? endpoint, tls]);
}

/** The image of a block that is bound to these addresses instead of all of the machine. Nobody else is told of loopback ones (spec C6). */
export function boundTo(image: KubernetesImage, addresses: readonly string[]): KubernetesImage {
  return withKey({ ...image, localAddresses: addresses.filter((address) => !/^(127\.|::1$)/.test(address)) });
}

/** All addresses of this machine but loopback ones, sorted; link-local IPv6 ones with their interface. */
export function localAddresses(): string[] {
  return Object.entries(networkInterfaces())
    .flatMap(([name, entries = []]) => entries.map((entry) => ({ name, ...entry })))
    .filter(({ internal }) => !internal)
    .map(({ name, address }) => (address.startsWith('fe80:') ? `${address}%${name}` : address))
    .sort();
}
