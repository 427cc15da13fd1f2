// What a name below a zone stands for: an entry of the image, or something that needs none (spec C4). Hot.

import { findFrom, isLabelAt, isMarkedAt } from '#workers/lib/zone-image/names.ts';
import { PortFinder } from '#workers/lib/zone-image/ports.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';
import { readDashed } from './dashed.ts';
import { DNS, NS, PIN, POD, PREFER, SVC, ZONE } from './labels.ts';
import type { PodsMode } from './options.ts';

/** There is no such name. */
export const MISSING = 0;
/** `Located.entry` is its entry. */
export const ENTRY = 1;
/** The name exists and has no items: TXT is NXDOMAIN, everything else NODATA. */
export const EMPTY = 2;
/** The name exists and has no data of any type. */
export const BARE = 3;
/** A pod by its address, which stands in `Located.address`. */
export const POD_ADDRESS = 4;
/** `ns.dns`: the addresses of the zone's name servers. */
export const NAME_SERVER = 5;
export type Kind = number;

/** Flag of entries that zonal names exist below; the compiler of images has the same number. */
const HEADLESS_FLAG = 4;

/** Labels of `SVC.NS.svc` and of `ADDRESS.NS.pod`. */
const OBJECT_LABELS = 3;
/** Of `NS.pod`. */
const NAMESPACE_LABELS = 2;
/** Of `_port._protocol.SVC.NS.svc`. */
const PORT_LABELS = 5;
/** `ZONE.pin._zone.SVC.NS.svc` has at least so many; the directive is the fifth from the right, `_zone` the fourth. */
const ZONAL_LABELS = 6;

/** Finds names. One object a handler; `locate` leaves what it found in the fields. */
export class Located {
  entry = 0;
  /** Labels in front of the name that the entry stands for: they are ignored, and targets do not have them. */
  front = 0;
  /** Of POD_ADDRESS: 4 or 16 octets of `address`. */
  readonly address: Uint8Array = new Uint8Array(16);
  addressLength = 0;
  readonly #pods: PodsMode;
  readonly #zonal: boolean;
  readonly #ports: PortFinder;
  /** The image of multicluster zones, where two labels in front of a service are an endpoint and its cluster. */
  readonly #imports: ZoneImage;

  constructor(pods: PodsMode, zonal: boolean, seed: number, imports: ZoneImage) {
    this.#pods = pods;
    this.#zonal = zonal;
    this.#ports = new PortFinder(seed);
    this.#imports = imports;
  }

  /** QNAME is below its zone, whose last `zoneLabels` labels it ends with. */
  locate(image: ZoneImage, query: Query, zoneLabels: number): Kind {
    this.front = 0;
    this.entry = image.find(query.relativeHash(zoneLabels), query.bytes, query.lowerAt, query.zoneOffset(zoneLabels));
    return this.entry !== 0 ? ENTRY : this.#locateOther(image, query, zoneLabels);
  }

  #locateOther(image: ZoneImage, query: Query, zoneLabels: number): Kind {
    const depth = query.labels - zoneLabels;
    if (isLabelAt(query, depth - 1, SVC)) {
      if (depth === 1) return EMPTY;
      if (depth === PORT_LABELS) return this.#locatePort(image, query, zoneLabels);
      return this.#zonal && depth >= ZONAL_LABELS ? this.#locateZonal(image, query, zoneLabels, depth) : MISSING;
    }
    if (isLabelAt(query, depth - 1, POD)) return depth === 1 ? EMPTY : this.#locatePod(image, query, zoneLabels, depth);
    return depth === 2 && isLabelAt(query, 1, DNS) && isLabelAt(query, 0, NS) ? NAME_SERVER : MISSING;
  }

  /** The address with up to two labels in front. */
  #locatePod(image: ZoneImage, query: Query, zoneLabels: number, depth: number): Kind {
    if (this.#pods === 'disabled' || depth < OBJECT_LABELS || depth > PORT_LABELS) return MISSING;
    this.front = depth - OBJECT_LABELS;
    if (this.#pods === 'verified') return this.#found(findFrom(image, query, this.front, zoneLabels));
    const at = query.lowerAt + query.labelAt[this.front];
    this.addressLength = readDashed(query.bytes, at + 1, query.bytes[at], this.address);
    if (this.addressLength === 0) return MISSING;
    return findFrom(image, query, depth - NAMESPACE_LABELS, zoneLabels) === 0 ? MISSING : POD_ADDRESS;
  }

  /** The underscores are optional; in a multicluster zone one of them is needed. */
  #locatePort(image: ZoneImage, query: Query, zoneLabels: number): Kind {
    if (image === this.#imports && !isMarkedAt(query, 0) && !isMarkedAt(query, 1)) return MISSING;
    return this.#found(this.#ports.find(image, query, zoneLabels));
  }

  /** No entry of its own: without endpoints in that zone (spec C8), or no headless service. */
  #locateZonal(image: ZoneImage, query: Query, zoneLabels: number, depth: number): Kind {
    if (!isLabelAt(query, depth - 4, ZONE)) return MISSING;
    const prefer = isLabelAt(query, depth - 5, PREFER);
    if (!prefer && !isLabelAt(query, depth - 5, PIN)) return MISSING;
    this.front = depth - OBJECT_LABELS;
    const service = findFrom(image, query, this.front, zoneLabels);
    if (service === 0 || (image.flags(service) & HEADLESS_FLAG) === 0) return MISSING;
    return prefer ? this.#found(service) : BARE;
  }

  #found(entry: number): Kind {
    this.entry = entry;
    return entry === 0 ? MISSING : ENTRY;
  }
}
