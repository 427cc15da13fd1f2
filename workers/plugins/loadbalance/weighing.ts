// Chooses the address that comes first, by the weights of the file. Called by the handler for every run of addresses. Hot.

import { MAX_LABELS, MAX_NAME_BYTES, TYPE } from '#wire/constants.ts';
import { foldLabel, hashLabel, LOWER } from '#wire/hash.ts';
import { copyName } from '#wire/message.ts';
import type { Shuffle } from '#workers/lib/random.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { ZoneImage } from '#zone/reader.ts';
import type { AddressRuns } from './runs.ts';
import { WEIGHTS_A, WEIGHTS_AAAA } from './weights.ts';

export class Weighing {
  readonly #image: ZoneImage;
  readonly #seed: number;
  readonly #random: Shuffle;
  readonly #name = new Uint8Array(MAX_NAME_BYTES + 1);
  readonly #labelAt = new Uint8Array(MAX_LABELS + 1);

  constructor(image: ZoneImage, seed: number, random: Shuffle) {
    this.#image = image;
    this.#seed = seed;
    this.#random = random;
  }

  /** Index of the address that is to be the first of the run; every one is drawn as often as its weight (1 unless the file says more) says. */
  choose(answer: Answer, runs: AddressRuns, run: number): number {
    const width = runs.width[run];
    const entry = this.#find(answer, runs.ownerAt[run]);
    const list = entry === 0 ? 0 : this.#image.rrset(entry, width === 4 ? TYPE.A : TYPE.AAAA);
    const weights = list === 0 ? 0 : this.#image.rrset(entry, width === 4 ? WEIGHTS_A : WEIGHTS_AAAA);
    const first = runs.start[run];
    const end = runs.start[run + 1];
    let total = 0;
    for (let i = first; i < end; i++) total += this.#weight(answer.bytes, runs.rdataAt[i], width, list, weights);
    let drawn = (this.#random.next() >>> 0) % total;
    for (let i = first; i < end; i++) {
      drawn -= this.#weight(answer.bytes, runs.rdataAt[i], width, list, weights);
      if (drawn < 0) return i;
    }
    return first;
  }

  #weight(bytes: Uint8Array, at: number, width: number, list: number, weights: number): number {
    if (weights === 0) return 1;
    const image = this.#image;
    const count = image.rrsetCount(list);
    const known = image.rrsetDataAt(list);
    for (let i = 0; i < count; i++)
      // The weights stand behind the length of their RDATA.
      if (same(image.bytes, known + i * width, bytes, at, width))
        return image.bytes[image.rrsetDataAt(weights) + 2 + i];
    return 1;
  }

  /** The entry of the name at `at` of the answer, or 0. */
  #find(answer: Answer, at: number): number {
    const name = this.#name;
    const length = copyName(answer.bytes, answer.at, at, name, 0);
    if (length === 0) return 0;
    let labels = 0;
    for (let i = 0; name[i] !== 0; i += name[i] + 1) this.#labelAt[labels++] = i;
    for (let i = 0; i < length; i++) name[i] = LOWER[name[i]];
    let hash = this.#seed;
    for (let i = labels - 1; i >= 0; i--) hash = foldLabel(hash, hashLabel(this.#seed, name, this.#labelAt[i]));
    return this.#image.find(hash, name, 0, length - 1);
  }
}

function same(a: Uint8Array, at: number, b: Uint8Array, bt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[at + i] !== b[bt + i]) return false;
  return true;
}
