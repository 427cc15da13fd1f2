// Search paths of pods: the namespace of the client stands in its question, and is either known to be its own or at least to exist (spec C11). Hot.

import { peerAddressAt } from '#native/datagram.ts';
import { TYPE } from '#wire/constants.ts';
import { hashAddress } from '#wire/hash.ts';
import type { SearchPaths } from '#workers/chain/handler.ts';
import { findFrom, isLabelAt } from '#workers/lib/zone-image/names.ts';
import type { ZoneSet } from '#workers/lib/zones.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';
import { SVC } from './labels.ts';

/** Labels of `NS.svc`. */
const NAMESPACE_LABELS = 2;

/** The entry of the pods that have the client's address; 0 when there are none, or when nobody wanted them compiled. */
export function findClient(image: ZoneImage, query: Query, seed: number): number {
  const six = query.family === 6;
  const at = peerAddressAt(query.peerAt, six ? 6 : 4);
  const length = six ? 16 : 4;
  return image.findClient(hashAddress(seed, query.bytes, at, length), query.bytes, at, length);
}

export class PodPaths implements SearchPaths {
  readonly #zones: ZoneSet;
  readonly #images: readonly ZoneImage[];
  /** The image with the clients. */
  readonly #own: ZoneImage;
  readonly #seed: number;

  /** `images`: one for each of `zones`. */
  constructor(zones: ZoneSet, images: readonly ZoneImage[], own: ZoneImage, seed: number) {
    this.#zones = zones;
    this.#images = images;
    this.#own = own;
    this.#seed = seed;
  }

  firstElement(query: Query, stateless: boolean): number {
    const zone = this.#zones.match(query);
    if (zone < 0) return 0;
    const zoneLabels = this.#zones.labels(zone);
    const namespace = query.labels - zoneLabels - NAMESPACE_LABELS;
    if (namespace < 0 || !isLabelAt(query, namespace + 1, SVC)) return 0;
    const known = stateless
      ? findFrom(this.#images[zone], query, namespace, zoneLabels) !== 0
      : this.#isOwn(query, namespace);
    return known ? zoneLabels + NAMESPACE_LABELS : 0;
  }

  /** True when label `index` of QNAME is the namespace of a pod with the client's address. Pods on the network of one node share theirs. */
  #isOwn(query: Query, index: number): boolean {
    const image = this.#own;
    const entry = findClient(image, query, this.#seed);
    const rrset = entry === 0 ? 0 : image.rrset(entry, TYPE.PTR);
    if (rrset === 0) return false;
    const label = query.lowerAt + query.labelAt[index];
    const end = image.rrsetDataAt(rrset) + image.rrsetDataBytes(rrset);
    // Every name has its length in front, and is one label: its length octet and what it is long.
    for (let at = image.rrsetDataAt(rrset); at < end; at += 1 + image.bytes[at])
      if (isSame(image.bytes, at + 1, query.bytes, label)) return true;
    return false;
  }
}

/** True for equal labels, length octets included. */
function isSame(a: Uint8Array, at: number, b: Uint8Array, bt: number): boolean {
  for (let i = 0; i <= a[at]; i++) if (a[at + i] !== b[bt + i]) return false;
  return true;
}
