// TCP, TLS and HTTPS to one upstream: a few connections, many requests in flight on each (RFC 7766 §6.2.1.1, §7). Warm.

import type { UpstreamAddress } from './address.ts';
import { NOT_SENT, SENT, SENT_AGAIN, type Sent } from './channel.ts';
import type { Connection } from './connection.ts';
import type { ConnectionSlots, UpstreamContext } from './context.ts';
import { type Dialer, PlainDialer, TlsDialer } from './dialer.ts';
import { DOH_PROTOCOL, DohConnection } from './doh.ts';
import type { DohMethod } from './doh-headers.ts';
import { StreamConnection } from './stream.ts';
import { NO_TLS_FILES, type TlsFiles } from './tls-files.ts';

/** How connections are made, and how long they live; milliseconds, 0 is no limit. */
export interface TcpSettings {
  /** Without a request in flight. */
  readonly expire: number;
  /** Since they were opened. */
  readonly maxAge: number;
  /** Connections without a request in flight that are kept. */
  readonly maxIdleConns: number;
  /** IP address to come from; left out, it is the kernel's choice. */
  readonly source?: string;
  /** For TLS and HTTPS; left out, the certificates that the system trusts and none to show. */
  readonly tls?: TlsFiles;
  /** For HTTPS; POST when left out. */
  readonly dohMethod?: DohMethod;
}

/**
 * Connections of a thread to one upstream. Some servers answer the requests of a connection one after the other, so a slow one holds up
 * those behind it: a few connections soften that. More would be rude (RFC 7766 §6.2.2 asks for as few as possible).
 */
const MAX_CONNECTIONS = 4;
/** HTTP/2 has no such order (RFC 9113 §5): a second connection is opened when the first is full. */
const MAX_BEFORE_FULL = 1;

export class TcpUpstream {
  readonly address: UpstreamAddress;
  readonly context: UpstreamContext;
  readonly settings: TcpSettings;
  readonly slots: ConnectionSlots;
  readonly #connections = new Set<Connection>();
  readonly #dialer: Dialer;
  /** Connections that are opened before the first is full. */
  readonly #spread: number;

  /** Throws TlsFileError when the files of `settings` cannot be read. */
  constructor(context: UpstreamContext, address: UpstreamAddress, settings: TcpSettings, slots: ConnectionSlots) {
    this.context = context;
    this.address = address;
    this.settings = settings;
    this.slots = slots;
    this.#dialer = dialerFor(address, settings);
    this.#spread = address.secure === 'https' ? MAX_BEFORE_FULL : MAX_CONNECTIONS;
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
  #choose(fresh: boolean): Connection | null {
    const { now } = this.context.host.clock;
    let best: Connection | null = null;
    for (const connection of this.#connections) {
      if (!connection.usable(now)) connection.discard();
      else if (fresh && connection.used) continue;
      else if (best === null || connection.pending < best.pending) best = connection;
    }
    if (best === null || best.pending === 0) return best;
    if (this.#connections.size < this.#spread) return null;
    return best.hasRoom ? best : null;
  }

  #open(): Connection | null {
    // Those that only wait for their last replies count too: a server that is slow to close must not get ever more of them.
    if (this.#connections.size >= 2 * MAX_CONNECTIONS) return null;
    const https = this.address.secure === 'https';
    const connection = https ? new DohConnection(this, this.#dialer) : new StreamConnection(this, this.#dialer);
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

  forget(connection: Connection): void {
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

function dialerFor(address: UpstreamAddress, { source = '', tls = NO_TLS_FILES }: TcpSettings): Dialer {
  if (address.secure === undefined) return new PlainDialer(address, source);
  return new TlsDialer(address, source, tls, address.secure === 'https' ? DOH_PROTOCOL : '');
}
