// The body of a watch: frames, each with an event. Called by the watches of k8s-watcher/api. Cold.

import type { EventReader, WatchEvent } from '../../api/events.ts';
import type { Kind } from '../object.ts';
import { ProtobufError } from './error.ts';
import { decodeWatchEvent } from './event.ts';
import { type ProtobufKind, protobufKind } from './kinds.ts';
import { Pending } from './pending.ts';

const HEADER = 4;
/** Octets. Objects of etcd end at 1.5 MB by default, so that whatever announces more is no frame. */
export const MESSAGE_LIMIT = 64 << 20;

/**
 *     ┌ length: 4 octets, big-endian ┬ meta.v1.WatchEvent ┐ ┌ length …
 *
 * The frame itself is not in an envelope, the object in it is.
 */
export class ProtobufWatch implements EventReader {
  readonly #kind: ProtobufKind;
  readonly #limit: number;
  readonly #pending = new Pending();

  /** `labelled`: see `protobufKind`. Throws RangeError for kinds that are not served as protobuf. */
  constructor(kind: Kind, labelled = true, limit: number = MESSAGE_LIMIT) {
    this.#kind = protobufKind(kind, labelled);
    this.#limit = limit;
  }

  /** Tells every event that is complete by now. Throws ProtobufError: the watch is of no use any more. */
  push(chunk: Uint8Array, each: (event: WatchEvent) => void): void {
    const pending = this.#pending;
    pending.push(chunk);
    while (pending.length >= HEADER) {
      const length = pending.bytes.readUInt32BE(pending.from);
      if (length > this.#limit) throw new ProtobufError(`a frame of ${length} octets; ${this.#limit} are allowed`);
      if (pending.length < HEADER + length) return;
      const from = pending.from + HEADER;
      pending.from = from + length;
      each(decodeWatchEvent(this.#kind, pending.bytes, from, from + length));
    }
  }
}
