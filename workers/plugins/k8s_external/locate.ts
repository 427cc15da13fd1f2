// What a name below a zone of k8s_external stands for: an entry of the image (spec D k8s_external). Hot.

import { foldLabel, hashLabel } from '#wire/hash.ts';
import { findFrom, isMarkedAt } from '#workers/lib/zone-image/names.ts';
import { PortFinder } from '#workers/lib/zone-image/ports.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';

/** Flag of entries in front of which any label may stand; the compiler of images has the same number. */
export const EXTERNAL_FLAG = 8;

/** Labels of `ENDPOINT.SVC.NS`. */
const ENDPOINT_LABELS = 3;
/** Of `_port._protocol.SVC.NS`. */
const PORT_LABELS = 4;

/** One object a handler. */
export class ExternalNames {
  readonly #seed: number;
  readonly #ports: PortFinder;
  /** An endpoint's name without its underscore. */
  readonly #name: Uint8Array = new Uint8Array(260);
  /** Labels in front of the name that the entry found last stands for: targets do not have them. */
  front = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#ports = new PortFinder(seed);
  }

  /** The entry of QNAME, which is below its zone, whose last `zoneLabels` labels it ends with; 0 when there is no such name. */
  find(image: ZoneImage, query: Query, zoneLabels: number): number {
    this.front = 0;
    const entry = findFrom(image, query, 0, zoneLabels);
    if (entry !== 0) return entry;
    const depth = query.labels - zoneLabels;
    if (depth === PORT_LABELS) return this.#ports.find(image, query, zoneLabels);
    return depth === ENDPOINT_LABELS ? this.#findBehind(image, query, zoneLabels) : 0;
  }

  /** One label in front of a service: an endpoint with an underscore, nothing but an underscore, or any label when it is not looked at. */
  #findBehind(image: ZoneImage, query: Query, zoneLabels: number): number {
    const marked = isMarkedAt(query, 0);
    if (marked && query.bytes[query.lowerAt] > 1) {
      const endpoint = this.#findUnmarked(image, query, zoneLabels);
      if (endpoint !== 0) return endpoint;
    }
    const service = findFrom(image, query, 1, zoneLabels);
    if (service === 0) return 0;
    const bare = marked && query.bytes[query.lowerAt] === 1;
    if (!bare && (image.flags(service) & EXTERNAL_FLAG) === 0) return 0;
    this.front = 1;
    return service;
  }

  #findUnmarked(image: ZoneImage, query: Query, zoneLabels: number): number {
    const { bytes, lowerAt, labels } = query;
    const to = this.#name;
    const rest = lowerAt + query.zoneOffset(zoneLabels);
    to[0] = bytes[lowerAt] - 1;
    let end = 1;
    for (let from = lowerAt + 2; from < rest; from++) to[end++] = bytes[from];
    let hash = query.suffixHash[labels];
    for (let i = labels - zoneLabels - 1; i >= 1; i--) hash = foldLabel(hash, query.labelHash[i]);
    hash = foldLabel(hash, hashLabel(this.#seed, to, 0));
    return image.find(hash, to, 0, end);
  }
}
