// One image while all of it is published: what is told stays, everything else goes. Used by whoever compiles a whole image. Cold.

import type { Address } from '#wire/address.ts';
import { addressKey, clientKey, type EntryData, type Key } from './entry.ts';
import type { ImageWriter } from './image.ts';

/**
 * ```
 * const fill = new Fill(writer);
 * fill.set(…); fill.setAddress(…);
 * const changed = fill.finish();
 * ```
 * The writer leaves entries alone that have not changed.
 */
export class Fill {
  /** The image held something before. */
  readonly inherited: boolean;
  readonly #writer: ImageWriter;
  /** What has been told; only what was there before can be too much. */
  readonly #keep = new Set<Key>();
  #changed = false;

  /** `names`: how many there will be at least, as far as that is known. */
  constructor(writer: ImageWriter, names = 0) {
    this.#writer = writer;
    this.inherited = writer.names() > 0;
    if (names > 0) writer.reserve(names);
  }

  set(key: Key, entry: EntryData): void {
    if (this.inherited) this.#keep.add(key);
    if (this.#writer.set(key, entry)) this.#changed = true;
  }

  /** `undefined`: nobody has the address. */
  setAddress(address: Address, entry: EntryData | undefined): void {
    if (entry === undefined) return;
    if (this.inherited) this.#keep.add(addressKey(address));
    if (this.#writer.setAddress(address, entry)) this.#changed = true;
  }

  setClient(address: Address, entry: EntryData | undefined): void {
    if (entry === undefined) return;
    if (this.inherited) this.#keep.add(clientKey(address));
    if (this.#writer.setClient(address, entry)) this.#changed = true;
  }

  /** Takes away what was not told. True when the image is another one than before. */
  finish(): boolean {
    if (this.inherited && this.#writer.retain((key) => this.#keep.has(key)) > 0) this.#changed = true;
    return this.#changed;
  }
}
