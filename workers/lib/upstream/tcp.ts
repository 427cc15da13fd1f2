// TCP to one upstream: a few connections, many requests in flight on each, replies in any order (RFC 7766 §6.2.1.1, §7). Warm.

import type { UpstreamAddress } from './address.ts';
import { NOT_SENT, SENT, SENT_AGAIN, type Sent } from './channel.ts';
import { TcpConnection } from './connection.ts';
import type { ConnectionSlots, UpstreamContext } from './context.ts';

/** How long connections live; milliseconds, 0 is no limit. */
export interface TcpSettings {
  /** Without a request in flight. */
  readonly expire: number;
  /** Since they were opened. */
  readonly maxAge: number;
  /** Connections without a request in flight that are kept. */
  readonly maxIdleConns: number;
}

/**
 * Connections of a thread to one upstream. Some servers answer the requests of a connection one after the other, so a slow one holds up
 * those behind it: a few connections soften that. More would be rude (RFC 7766 §6.2.2 asks for as few as possible).
 */
const MAX_CONNECTIONS = 4;
/** Requests in flight on one. Beyond 4 × 256 a server that slow is not helped by more of them. */
const MAX_PIPELINED = 256;

export class TcpUpstream {
  readonly address: UpstreamAddress;
  readonly context: UpstreamContext;
  readonly settings: TcpSettings;
  readonly slots: ConnectionSlots;
  readonly #connections = new Set<TcpConnection>();

  constructor(context: UpstreamContext, address: UpstreamAddress, settings: TcpSettings, slots: ConnectionSlots) {
    this.context = context;
    this.address = address;
    this.settings = settings;
    this.slots = slots;
  }

  /**
   * Sends the request of an exchange over the connection with the fewest requests in flight, or over a new one. `fresh`: only over a new one,
   * or one that has not been used before.
   */
  send(slot: number, milliseconds: number, fresh: boolean): Sent {
    const { exchanges, host } = this.context;
    const found = this.#choose(fresh);
    const connection = found ?? this.#open();
    if (connection === null || !exchanges.attach(slot, connection, milliseconds)) return NOT_SENT;
    host.counters.add(found === null ? this.slots.misses : this.slots.hits);
    connection.send(slot);
    return connection.used ? SENT_AGAIN : SENT;
  }

  /** Null: open another one. */
  #choose(fresh: boolean): TcpConnection | null {
    const { now } = this.context.host.clock;
    let best: TcpConnection | null = null;
    for (const connection of this.#connections) {
      if (!connection.usable(now)) connection.discard();
      else if (fresh && connection.used) continue;
      else if (best === null || connection.pending < best.pending) best = connection;
    }
    if (best === null || best.pending === 0) return best;
    if (this.#connections.size < MAX_CONNECTIONS) return null;
    return best.pending < MAX_PIPELINED ? best : null;
  }

  #open(): TcpConnection | null {
    // Those that only wait for their last replies count too: a server that is slow to close must not get ever more of them.
    if (this.#connections.size >= 2 * MAX_CONNECTIONS) return null;
    const connection = new TcpConnection(this);
    this.#connections.add(connection);
    return connection;
  }

  /** True when one more connection that has nothing to do may be kept. */
  keepsIdle(): boolean {
    const { maxIdleConns } = this.settings;
    if (maxIdleConns === 0) return true;
    let idle = 0;
    for (const connection of this.#connections) if (connection.pending === 0) idle++;
    return idle <= maxIdleConns;
  }

  forget(connection: TcpConnection): void {
    this.#connections.delete(connection);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Closes the connections as soon as nobody waits for a reply. */
  close(): void {
    for (const connection of this.#connections) connection.retire();
  }
}
