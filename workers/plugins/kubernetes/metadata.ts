// What the plugin says about a query: the parts of its name, and the pod that asks (spec C11). Called when a line of the log wants it. Hot then.

import type { LineBuffer } from '#ops/log/line-buffer.ts';
import { TYPE } from '#wire/constants.ts';
import type { Metadata, MetadataValue } from '#workers/chain/handler.ts';
import { appendLabel } from '#workers/lib/access/text.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';
import { isMarked, NameParts, type NameRules, NONE } from './name-parts.ts';
import { findClient } from './paths.ts';

const PARSE_ERROR = 'invalid query name';
const LABEL_PREFIX = 'kubernetes/client-label/';

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
