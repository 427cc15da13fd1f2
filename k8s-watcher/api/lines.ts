// The body of a JSON watch: one event a line, however it is chunked. Used by json.ts. Cold.

import { bufferOf, Carry } from './carry.ts';

const LINE_FEED = 0x0a;
/** Octets. Objects of etcd end at 1.5 MB by default; as JSON with all that is managed in them they stay far below this. */
export const LINE_LIMIT = 16 << 20;

export class LineSplitter {
  readonly #carry: Carry;

  constructor(limit: number = LINE_LIMIT) {
    this.#carry = new Carry(limit, 'a watch event');
  }

  /** Tells every line that is complete by now, without its end; empty ones are passed over. Throws StreamError for one that is too long. */
  push(chunk: Uint8Array, each: (line: string) => void): void {
    const buffer = bufferOf(chunk);
    let from = 0;
    for (;;) {
      const end = buffer.indexOf(LINE_FEED, from);
      if (end < 0) break;
      const line = this.#carry.take(buffer, from, end);
      from = end + 1;
      if (line.length > 0) each(line);
    }
    if (from < buffer.length) this.#carry.add(buffer, from, buffer.length);
  }
}
