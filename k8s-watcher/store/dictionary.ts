// Texts that many objects share (labels, names of ports, zones), kept once and counted. Used by the packed objects. Cold.

/**
 * Text ↔ small number. A text stays as long as somebody has added it more often than released it; its number is then given to another one,
 * so that labels that come and go (a hash in every deployment) leave nothing behind.
 */
export class Dictionary {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];

  /** The number of the text, with one more use. */
  add(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) {
      this.#uses[known]++;
      return known;
    }
    const id = this.#free.pop() ?? this.#texts.length;
    // A copy: what a parser hands out may be a slice that keeps the whole file in memory.
    const own = Buffer.from(text).toString();
    this.#ids.set(own, id);
    this.#texts[id] = own;
    this.#uses[id] = 1;
    return id;
  }

  text(id: number): string {
    return this.#texts[id];
  }

  /** Takes one use back. */
  release(id: number): void {
    if (--this.#uses[id] > 0) return;
    this.#ids.delete(this.#texts[id]);
    this.#texts[id] = '';
    this.#free.push(id);
  }

  /** Texts in use. */
  get size(): number {
    return this.#ids.size;
  }
}
