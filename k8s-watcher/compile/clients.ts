// Whose an address is: namespace, name and labels of pods, for those who have to know who asks (spec C11). Cold.

import type { Address } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import { type EntryData, plain, relative } from '#zone/entry.ts';
import { parseAddress } from '../objects/address.ts';
import type { Pod } from '../objects/object.ts';
import type { Changes } from '../store/changes.ts';
import type { Store } from '../store/store.ts';
import { relativeName } from './name.ts';
import type { ImageOptions } from './options.ts';
import { selects } from './selector.ts';

/** An address and its entry; undefined when it is nobody's. */
export type ClientEntry = readonly [address: Address, entry: EntryData | undefined];

/** Clients of one image. Whether a namespace is exposed does not matter: who asks is who asks. */
export class ClientPart {
  readonly #store: Store;
  readonly #image: ImageOptions;

  constructor(store: Store, image: ImageOptions) {
    this.#store = store;
    this.#image = image;
  }

  /** Every address of a pod once. The namespaces are looked through once, for there may be thousands of them. */
  *all(): Generator<ClientEntry> {
    const namespacesOf = new Map<string, string | string[]>();
    for (const namespace of this.#store.namespaces().sort())
      for (const address of this.#store.podAddresses(namespace)) {
        const known = namespacesOf.get(address);
        namespacesOf.set(address, known === undefined ? namespace : [known, namespace].flat());
      }
    for (const [address, namespaces] of namespacesOf) yield* this.#entryOf(address, [namespaces].flat());
  }

  /** Those whose pods have changed. */
  *touched(changes: Changes): Generator<ClientEntry> {
    const addresses = new Set([...changes.pods.values()].map(({ address }) => address));
    const namespaces = addresses.size === 0 ? [] : this.#store.namespaces().sort();
    for (const address of addresses) yield* this.#entryOf(address, namespaces);
  }

  *#entryOf(address: string, namespaces: readonly string[]): Generator<ClientEntry> {
    const value = parseAddress(address);
    if (value === undefined) return;
    const pods = namespaces.flatMap((namespace) => this.#podsAt(namespace, address));
    yield [value, pods.length === 0 ? undefined : clientEntry(pods, this.#image.clients === 'labels')];
  }

  /** By name, so that the order does not depend on that of events. */
  #podsAt(namespace: string, address: string): Pod[] {
    return this.#store
      .podsAt(namespace, address)
      .filter((pod) => selects(this.#image.labels, pod.labels))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/**
 * RRset PTR: the namespaces of all pods with the address (those on the network of their node share it), as names of one label. With labels also
 * RRset TXT of the first pod: its name, then key and value of every label in turn.
 */
function clientEntry(pods: readonly Pod[], labels: boolean): EntryData {
  const namespaces = [...new Set(pods.map(({ namespace }) => namespace))];
  const names = relative(
    TYPE.PTR,
    0,
    namespaces.map((namespace) => relativeName(namespace)),
  );
  if (!labels) return { flags: 0, rrsets: [names] };
  const [first] = pods;
  const texts = [first.name, ...Object.entries(first.labels).sort().flat()];
  const described = plain(
    TYPE.TXT,
    0,
    texts.map((text) => new TextEncoder().encode(text)),
  );
  return { flags: 0, rrsets: [names, described] };
}
