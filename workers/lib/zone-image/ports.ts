// `port.protocol` in front of a service: images have the names with underscores, clients may leave them out (spec C4). Hot.

import { foldLabel, hashLabel } from '#wire/hash.ts';
import type { ZoneImage } from '#zone/reader.ts';
import type { Query } from '../../query/query.ts';
import { isMarkedAt, UNDERSCORE } from './names.ts';

/** A label of 63 octets has no room for an underscore. */
const MAX_UNMARKED = 62;

/** One object a handler. */
export class PortFinder {
  readonly #seed: number;
  /** A port's name with its underscores put back. */
  readonly #name: Uint8Array = new Uint8Array(260);

  /** `seed`: that of the image's hashes. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The entry of a name whose first two labels lack one underscore or both; 0 when there is none. */
  find(image: ZoneImage, query: Query, zoneLabels: number): number {
    const { bytes, lowerAt, labelAt } = query;
    const port = lowerAt + labelAt[0];
    const protocol = lowerAt + labelAt[1];
    if (isMarkedAt(query, 0) && isMarkedAt(query, 1)) return 0;
    if (bytes[port] > MAX_UNMARKED || bytes[protocol] > MAX_UNMARKED) return 0;
    const to = this.#name;
    const second = putMarked(bytes, port, to, 0);
    let end = putMarked(bytes, protocol, to, second);
    const rest = lowerAt + query.zoneOffset(zoneLabels);
    for (let from = lowerAt + labelAt[2]; from < rest; from++) to[end++] = bytes[from];
    let hash = query.suffixHash[query.labels];
    for (let i = query.labels - zoneLabels - 1; i >= 2; i--) hash = foldLabel(hash, query.labelHash[i]);
    hash = foldLabel(hash, hashLabel(this.#seed, to, second));
    hash = foldLabel(hash, hashLabel(this.#seed, to, 0));
    return image.find(hash, to, 0, end);
  }
}

/** Copies the label at `from[at]` to `to[out…]`, with an underscore in front unless it has one; returns where the next one goes. */
function putMarked(from: Uint8Array, at: number, to: Uint8Array, out: number): number {
  const marked = from[at + 1] === UNDERSCORE;
  const length = from[at];
  let end = out + 1;
  if (!marked) to[end++] = UNDERSCORE;
  for (let i = 1; i <= length; i++) to[end++] = from[at + i];
  to[out] = end - out - 1;
  return end;
}
