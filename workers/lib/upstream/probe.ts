// One query of our own to an upstream, beside those of clients: asks for HINFO of a name that loop has made up. Cold.

import { CLASS, FLAG, HEADER_BYTES, TYPE } from '#wire/constants.ts';
import { NOT_SENT } from './channel.ts';
import type { UpstreamContext } from './context.ts';
import type { Caller } from './exchanges.ts';
import type { TcpUpstream } from './tcp.ts';
import type { UdpUpstream } from './udp.ts';

/** Milliseconds that an answer may take; the reference waits as long for a probe to come round. */
const PATIENCE = 2000;

export class UpstreamProbe implements Caller {
  readonly #context: UpstreamContext;
  readonly #name: Uint8Array;
  readonly #done: (answered: boolean) => void;

  private constructor(context: UpstreamContext, name: Uint8Array, done: (answered: boolean) => void) {
    this.#context = context;
    this.#name = name;
    this.#done = done;
  }

  /** `name`: wire form. `done` is called once, possibly from within. Any answer counts, and no trouble with it is held against the upstream. */
  static send(
    context: UpstreamContext,
    transport: UdpUpstream | TcpUpstream,
    name: Uint8Array,
    done: (answered: boolean) => void,
  ): void {
    const probe = new UpstreamProbe(context, name, done);
    const slot = context.exchanges.open(probe);
    if (slot < 0) done(false);
    else if (transport.send(slot, PATIENCE, false) === NOT_SENT) probe.failed(slot);
  }

  write(_slot: number, to: Uint8Array, at: number, id: number): number {
    const name = this.#name;
    to.fill(0, at, at + HEADER_BYTES);
    to[at] = id >>> 8;
    to[at + 1] = id;
    to[at + 2] = FLAG.RD >>> 8;
    to[at + 5] = 1;
    to.set(name, at + HEADER_BYTES);
    const end = at + HEADER_BYTES + name.length;
    to[end] = 0;
    to[end + 1] = TYPE.HINFO;
    to[end + 2] = 0;
    to[end + 3] = CLASS.IN;
    return end + 4 - at;
  }

  replied(slot: number): boolean {
    this.#context.exchanges.close(slot);
    this.#done(true);
    return true;
  }

  failed(slot: number): void {
    this.#context.exchanges.close(slot);
    this.#done(false);
  }
}
