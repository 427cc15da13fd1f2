// DNS over TCP: one listening socket a thread (SO_REUSEPORT), connections with limits on number, time and pipelining (spec B1). Warm.

import { createServer, type Server, type Socket } from 'node:net';
import { peerFamily, writePeer } from '#native/datagram.ts';
import { listenError } from '#native/errno.ts';
import type { Endpoint, ServerCore } from '../chain/core.ts';
import type { Clock, Turn } from '../chain/handler.ts';
import type { ListenerPlan } from '../plugins/plan.ts';
import type { QueryPool } from '../query/pool.ts';
import { type Query, WORKSPACE } from '../query/query.ts';
import { Connection } from './connection.ts';

/** Codes by which a machine says that it has no IPv6; the wildcard then means IPv4 only. */
export const NO_FAMILY: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

export type TcpLimits = ListenerPlan['tcp'];

/** What connections need of their thread. */
export interface TcpContext {
  readonly endpoint: Endpoint;
  readonly core: ServerCore;
  readonly pool: QueryPool;
  readonly turn: Turn;
  readonly clock: Clock;
}

export class TcpListener {
  readonly endpoint: Endpoint;
  readonly core: ServerCore;
  readonly pool: QueryPool;
  readonly turn: Turn;
  readonly clock: Clock;
  limits: TcpLimits;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();

  constructor(context: TcpContext, limits: TcpLimits) {
    this.endpoint = context.endpoint;
    this.core = context.core;
    this.pool = context.pool;
    this.turn = context.turn;
    this.clock = context.clock;
    this.limits = limits;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Listens on the address ('' for all of both families); rejects with the reference's text (`listen tcp :53: bind: …`). */
  async open(address: string, port: number): Promise<void> {
    try {
      await this.#listen(address === '' ? '::' : address, port);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      if (address !== '' || !NO_FAMILY.has(code)) throw listenError('tcp', address, port, code);
      await this.#listen('0.0.0.0', port);
    }
  }

  #listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, reusePort: true }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.limits.maxConnections) {
      this.endpoint.report.rejected();
      socket.destroy();
      return;
    }
    this.#connections.add(new Connection(this, socket));
  }

  /** Writes the peer record of a TCP client into the query's workspace. */
  writePeer(query: Query, socket: Socket): void {
    const at = query.workspace + WORKSPACE.PEER;
    writePeer(query.bytes, at, socket.remoteAddress ?? '0.0.0.0', socket.remotePort ?? 0);
    query.peerAt = at;
    query.family = peerFamily(query.bytes, at);
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Accepts no more and lets the connections finish what they have begun. */
  close(): void {
    this.#server.close();
    for (const connection of this.#connections) connection.finish();
  }
}
