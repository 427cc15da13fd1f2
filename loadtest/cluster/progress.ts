// How far long work is: a bar on a terminal, a line every tenth elsewhere. Cold.

/** Shortest time (ms) between two drawings: faster than anybody reads costs time that is being measured. */
const DRAW_EVERY = 100;
const BAR = 30;
const TENTH = 10;

/** What stderr is to it. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #screen: Screen;
  #done = 0;
  #drawn = Number.NEGATIVE_INFINITY;
  #tenths = 0;

  constructor(label: string, total: number, screen: Screen = process.stderr) {
    this.#label = label;
    this.#total = total;
    this.#screen = screen;
  }

  /** `steps` more are done. */
  advance(steps = 1): void {
    this.#done += steps;
    if (this.#screen.isTTY === true) this.#draw();
    else this.#mention();
  }

  /** Takes the bar away. */
  close(): void {
    if (this.#screen.isTTY === true) this.#screen.write('\r\x1b[K');
  }

  #draw(): void {
    const now = performance.now();
    if (now - this.#drawn < DRAW_EVERY && this.#done < this.#total) return;
    this.#drawn = now;
    const filled = Math.floor((BAR * this.#done) / this.#total);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
    this.#screen.write(`\r\x1b[K${this.#label} ${bar} ${this.#done} of ${this.#total}`);
  }

  #mention(): void {
    const tenths = Math.floor((TENTH * this.#done) / this.#total);
    if (tenths === this.#tenths) return;
    this.#tenths = tenths;
    this.#screen.write(`${this.#label}: ${tenths * TENTH} %\n`);
  }
}
