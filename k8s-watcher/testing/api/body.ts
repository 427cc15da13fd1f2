// One response on its way out: whole, in drops, cut off or silent. Tests only.

import type { ServerResponse } from 'node:http';
import type { Effects } from './faults.ts';

export class Body {
  readonly #response: ServerResponse;
  readonly #effects: Partial<Effects>;
  #left: number;
  #silent: boolean;
  /** What waits for its turn when octets come slowly. */
  #queue: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ending = false;
  /** Octets handed to the connection. */
  octets = 0;

  constructor(response: ServerResponse, effects: Partial<Effects>) {
    this.#response = response;
    this.#effects = effects;
    this.#left = effects.cut ?? Number.POSITIVE_INFINITY;
    this.#silent = effects.stall === true;
  }

  get open(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded && !this.#ending;
  }

  send(bytes: Uint8Array): void {
    if (!this.open || this.#silent) return;
    const { slow } = this.#effects;
    if (slow === undefined) {
      this.#write(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; at += slow.bytesPerChunk)
      this.#queue.push(bytes.subarray(at, at + slow.bytesPerChunk));
    this.#timer ??= setInterval(() => this.#drip(), slow.delay);
  }

  end(): void {
    if (!this.open || this.#silent) return;
    this.#ending = true;
    if (this.#queue.length === 0) this.#response.end();
  }

  /** Nothing more is sent, not even an end. */
  silence(): void {
    this.#silent = true;
    this.#stop();
  }

  /** Called when the connection is gone. */
  closed(): void {
    this.#stop();
  }

  #drip(): void {
    const next = this.#queue.shift();
    if (next !== undefined) this.#write(next);
    if (this.#queue.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#ending) this.#response.end();
  }

  #write(bytes: Uint8Array): void {
    if (this.#response.destroyed) return;
    const part = bytes.length < this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= part.length;
    this.octets += part.length;
    const last = this.#left === 0;
    this.#response.write(part, () => {
      if (last) this.#response.destroy();
    });
    if (last) this.silence();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#queue = [];
  }
}
