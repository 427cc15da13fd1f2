// What the plugin says about a query: the parts of its name, and the pod that asks (spec C11). Called when a line of the log wants it. Hot then.

import type { LineBuffer } from '#ops/log/line-buffer.ts';
import { TYPE } from '#wire/constants.ts';
import type { Metadata, MetadataValue } from '#workers/chain/handler.ts';
import { appendLabel } from '#workers/lib/access/text.ts';
import { isLabelAt } from '#workers/lib/zone-image/names.ts';
import type { ZoneSet } from '#workers/lib/zones.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';
import { PIN, POD, PREFER, SVC, ZONE } from './labels.ts';
import { findClient } from './paths.ts';

const UNDERSCORE = 0x5f;
/** Index of a label that the name does not have. */
const NONE = -1;
const PARSE_ERROR = 'invalid query name';
const LABEL_PREFIX = 'kubernetes/client-label/';

/** Which zones are what. */
export interface NameRules {
  readonly zones: ZoneSet;
  /** For each zone: names of other clusters, where two labels in front of a service are an endpoint and its cluster. */
  readonly multicluster: readonly boolean[];
  readonly zonal: boolean;
}

/** Where the parts of a question's name stand: indexes of labels from the left. One a handler; `read` fills it. */
class NameParts {
  readonly #rules: NameRules;
  port = NONE;
  protocol = NONE;
  endpoint = NONE;
  service = NONE;
  namespace = NONE;
  kind = NONE;
  /** Labels 0 … zoneLabels-1 are the topology zone. */
  zoneLabels = 0;
  /** The name is below a zone, but none of those that there can be. */
  invalid = false;

  constructor(rules: NameRules) {
    this.#rules = rules;
  }

  /** False when the name is not in any of the zones. */
  read(query: Query): boolean {
    const zone = this.#rules.zones.match(query);
    if (zone < 0) return false;
    this.port = this.protocol = this.endpoint = this.service = this.namespace = this.kind = NONE;
    this.zoneLabels = 0;
    const depth = query.labels - this.#rules.zones.labels(zone);
    const isService = depth > 0 && isLabelAt(query, depth - 1, SVC);
    this.invalid = depth > 0 && !isService && !isLabelAt(query, depth - 1, POD);
    // `svc.ZONE` by itself is like the zone: it has no kind.
    if (this.invalid || depth < 2) return true;
    this.kind = depth - 1;
    this.namespace = depth - 2;
    if (depth > 2) this.service = depth - 3;
    this.#readFront(query, zone, depth - 3, isService);
    return true;
  }

  /** The `front` labels before the service. */
  #readFront(query: Query, zone: number, front: number, isService: boolean): void {
    if (front <= 0) return;
    if (front === 1) this.endpoint = 0;
    else if (front === 2) this.#readPair(query, zone);
    else this.#readZonal(query, zone, front, isService);
  }

  #readPair(query: Query, zone: number): void {
    if (this.#rules.multicluster[zone] && !isMarked(query, 0) && !isMarked(query, 1)) this.endpoint = 0;
    else {
      this.port = 0;
      this.protocol = 1;
    }
  }

  #readZonal(query: Query, zone: number, front: number, isService: boolean): void {
    const named = isLabelAt(query, front - 1, ZONE);
    const directed = isLabelAt(query, front - 2, PIN) || isLabelAt(query, front - 2, PREFER);
    if (this.#rules.zonal && !this.#rules.multicluster[zone] && isService && named && directed)
      this.zoneLabels = front - 2;
    else this.invalid = true;
  }
}

function isMarked(query: Query, label: number): boolean {
  return query.bytes[query.lowerAt + query.labelAt[label] + 1] === UNDERSCORE;
}

type Part = 'port' | 'protocol' | 'endpoint' | 'service' | 'namespace' | 'kind';

const PARTS: Readonly<Record<string, Part | undefined>> = {
  'kubernetes/port-name': 'port',
  'kubernetes/protocol': 'protocol',
  'kubernetes/endpoint': 'endpoint',
  'kubernetes/service': 'service',
  'kubernetes/namespace': 'namespace',
  'kubernetes/kind': 'kind',
};

/** One label of the name; nothing at all where the name has none. */
class PartValue implements MetadataValue {
  readonly #parts: NameParts;
  readonly #part: Part;
  /** 1 for those that may have an underscore in front. */
  readonly #marks: number;

  constructor(parts: NameParts, part: Part) {
    this.#parts = parts;
    this.#part = part;
    this.#marks = part === 'port' || part === 'protocol' ? 1 : 0;
  }

  append(log: LineBuffer, query: Query): boolean {
    const parts = this.#parts;
    if (!parts.read(query) || parts.invalid) return false;
    const label = parts[this.#part];
    if (label === NONE) return true;
    const skip = this.#marks === 1 && isMarked(query, label) ? 1 : 0;
    appendLabel(log, query.bytes, query.lowerAt + query.labelAt[label], skip);
    return true;
  }
}

class ZoneValue implements MetadataValue {
  readonly #parts: NameParts;

  constructor(parts: NameParts) {
    this.#parts = parts;
  }

  append(log: LineBuffer, query: Query): boolean {
    const parts = this.#parts;
    if (!parts.read(query) || parts.invalid) return false;
    for (let i = 0; i < parts.zoneLabels; i++) {
      if (i > 0) log.appendText('.');
      appendLabel(log, query.bytes, query.lowerAt + query.labelAt[i], 0);
    }
    return true;
  }
}

class ErrorValue implements MetadataValue {
  readonly #parts: NameParts;

  constructor(parts: NameParts) {
    this.#parts = parts;
  }

  append(log: LineBuffer, query: Query): boolean {
    if (!this.#parts.read(query) || !this.#parts.invalid) return false;
    log.appendText(PARSE_ERROR);
    return true;
  }
}

/** The namespace of the pod that asks: the first name of the RRset PTR of its entry, `[length][length of the label][label]`. */
class ClientNamespace implements MetadataValue {
  readonly #image: ZoneImage;
  readonly #seed: number;

  constructor(image: ZoneImage, seed: number) {
    this.#image = image;
    this.#seed = seed;
  }

  append(log: LineBuffer, query: Query): boolean {
    const image = this.#image;
    const entry = findClient(image, query, this.#seed);
    const rrset = entry === 0 ? 0 : image.rrset(entry, TYPE.PTR);
    if (rrset === 0) return false;
    const at = image.rrsetDataAt(rrset);
    log.appendBytes(image.bytes, at + 2, at + 2 + image.bytes[at + 1]);
    return true;
  }
}

/** A text of the RRset TXT of the pod that asks, `[u16 length][text]` each: its name, then key and value of every label in turn. */
class ClientText implements MetadataValue {
  readonly #image: ZoneImage;
  readonly #seed: number;
  /** Of the label; null for the name. */
  readonly #key: Uint8Array | null;

  constructor(image: ZoneImage, seed: number, key: string | null) {
    this.#image = image;
    this.#seed = seed;
    this.#key = key === null ? null : new TextEncoder().encode(key);
  }

  append(log: LineBuffer, query: Query): boolean {
    const image = this.#image;
    const entry = findClient(image, query, this.#seed);
    const rrset = entry === 0 ? 0 : image.rrset(entry, TYPE.TXT);
    if (rrset === 0) return false;
    const start = image.rrsetDataAt(rrset);
    const at = this.#key === null ? start : this.#find(this.#key, start, start + image.rrsetDataBytes(rrset));
    if (at === 0) return false;
    log.appendBytes(image.bytes, at + 2, this.#next(at));
    return true;
  }

  /** The value of the label with that key; 0 when the pod has no such label. */
  #find(key: Uint8Array, start: number, end: number): number {
    const { bytes } = this.#image;
    for (let at = this.#next(start); at < end; at = this.#next(this.#next(at))) {
      if (this.#next(at) !== at + 2 + key.length) continue;
      let i = 0;
      while (i < key.length && bytes[at + 2 + i] === key[i]) i++;
      if (i === key.length) return this.#next(at);
    }
    return 0;
  }

  /** Where the text behind the one at `at` stands. */
  #next(at: number): number {
    const { bytes } = this.#image;
    return at + 2 + ((bytes[at] << 8) | bytes[at + 1]);
  }
}

/** All labels of the plugin. `own` is the image with the clients. */
export class KubernetesMetadata implements Metadata {
  readonly #parts: NameParts;
  readonly #zonal: boolean;
  readonly #own: ZoneImage;
  readonly #seed: number;

  constructor(rules: NameRules, own: ZoneImage, seed: number) {
    this.#parts = new NameParts(rules);
    this.#zonal = rules.zonal;
    this.#own = own;
    this.#seed = seed;
  }

  valueOf(label: string): MetadataValue | undefined {
    const part = PARTS[label];
    if (part !== undefined) return new PartValue(this.#parts, part);
    if (label.startsWith(LABEL_PREFIX)) return new ClientText(this.#own, this.#seed, label.slice(LABEL_PREFIX.length));
    switch (label) {
      case 'kubernetes/zone':
        return this.#zonal ? new ZoneValue(this.#parts) : undefined;
      case 'kubernetes/parse-error':
        return new ErrorValue(this.#parts);
      case 'kubernetes/client-namespace':
        return new ClientNamespace(this.#own, this.#seed);
      case 'kubernetes/client-pod-name':
        return new ClientText(this.#own, this.#seed, null);
      default:
        return undefined;
    }
  }
}
