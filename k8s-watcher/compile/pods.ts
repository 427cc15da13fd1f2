// Names of pods in mode `verified` (spec C5): the address with dashes. Cold.

import type { EntryData } from '#zone/entry.ts';
import { parseAddress } from '../objects/address.ts';
import type { Store } from '../store/store.ts';
import { type RelativeName, relativeName } from './name.ts';
import type { ImageOptions, PodsMode } from './options.ts';
import { AddressSet, srvRrsets } from './records.ts';
import { selects } from './selector.ts';

/** Names of an exposed namespace: `NS.svc`, and `NS.pod` where pods have names. */
export function namespaceNames(namespace: string, pods: PodsMode): RelativeName[] {
  const service = relativeName(namespace, 'svc');
  return pods === 'disabled' ? [service] : [service, relativeName(namespace, 'pod')];
}

/** `10-244-1-11.NS.pod` for the text of an address. */
export function podName(namespace: string, address: string): RelativeName {
  return relativeName(address.replaceAll(/[.:]/g, '-'), namespace, 'pod');
}

/** The entry of the pods with that address, or undefined when the image sees none. */
export function podEntry(store: Store, namespace: string, address: string, image: ImageOptions): EntryData | undefined {
  const value = parseAddress(address);
  const seen = store.podsAt(namespace, address).some((pod) => selects(image.labels, pod.labels));
  if (value === undefined || !seen) return undefined;
  const set = new AddressSet([value]);
  const { a, aaaa } = set;
  // A pod has no ports: SRV 0 100 0 and its own name.
  const group = { label: '', ports: [0], a, aaaa };
  return { flags: 0, rrsets: [...set.rrsets(image.ttl), ...srvRrsets(image.ttl, 1, 0, [group])] };
}
