// All sockets of one thread for one address and port, and the endpoint that they serve. Opened by a plan, kept over reloads. Cold.

import type { DatagramIo, DatagramSocket } from '#native/datagram.ts';
import type { Endpoint, ServerCore } from '../chain/core.ts';
import type { MonotonicClock } from '../lib/clock.ts';
import type { ListenerPlan } from '../plugins/plan.ts';
import type { QueryPool } from '../query/pool.ts';
import { NO_FAMILY, TcpListener } from './tcp.ts';
import type { ThreadTurn } from './turn.ts';
import { RECEIVE_BYTES, SEND_BYTES, UdpListener } from './udp.ts';

/** What listeners share within their thread. */
export interface ListenerContext {
  readonly core: ServerCore;
  readonly pool: QueryPool;
  readonly turn: ThreadTurn;
  readonly clock: MonotonicClock;
  readonly io: DatagramIo;
}

export class Listener {
  readonly endpoint: Endpoint;
  readonly #context: ListenerContext;
  readonly #udp: UdpListener[] = [];
  #tcp: TcpListener | null = null;

  constructor(context: ListenerContext, endpoint: Endpoint) {
    this.#context = context;
    this.endpoint = endpoint;
  }

  /** What makes two plans mean the same sockets. */
  static key(plan: ListenerPlan): string {
    return `${plan.transport} ${plan.address} ${plan.port}`;
  }

  /** Opens TCP and UDP; rejects with the text the operator sees, having closed what was open already. */
  async open(plan: ListenerPlan): Promise<void> {
    try {
      await this.#openTcp(plan);
      for (const family of familiesOf(plan.address)) await this.#openUdp(plan, family);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  async #openTcp(plan: ListenerPlan): Promise<void> {
    this.#tcp = new TcpListener({ ...this.#context, endpoint: this.endpoint }, plan.tcp);
    try {
      await this.#tcp.open(plan.address, plan.port);
    } catch (error) {
      throw new Error(`Listen: ${messageOf(error)}`, { cause: error });
    }
  }

  async #openUdp(plan: ListenerPlan, family: 4 | 6): Promise<void> {
    try {
      const socket = await this.#bind(plan, family);
      const { core, pool, turn, clock } = this.#context;
      this.#udp.push(new UdpListener(socket, this.endpoint, core, pool, turn, clock));
    } catch (error) {
      if (plan.address === '' && family === 6 && NO_FAMILY.has(codeOf(error))) return;
      throw new Error(`ListenPacket: ${messageOf(error)}`, { cause: error });
    }
  }

  #bind(plan: ListenerPlan, family: 4 | 6): Promise<DatagramSocket> {
    const { address, port, udp } = plan;
    return this.#context.io.open({
      family,
      address,
      port,
      reusePort: true,
      receiveBuffer: udp.receiveBuffer,
      batch: udp.batch,
      slotBytes: RECEIVE_BYTES,
      sendBytes: SEND_BYTES,
    });
  }

  /** Limits that a reload may have changed. */
  update(plan: ListenerPlan): void {
    if (this.#tcp !== null) this.#tcp.limits = plan.tcp;
  }

  /** TCP connections that are open. */
  get connections(): number {
    return this.#tcp?.connections ?? 0;
  }

  /** Takes no more queries; answers those that it has. */
  drain(): void {
    this.#tcp?.close();
    for (const udp of this.#udp) udp.drain();
  }

  close(): void {
    this.#tcp?.close();
    for (const udp of this.#udp) udp.close();
    this.#udp.length = 0;
  }
}

function familiesOf(address: string): (4 | 6)[] {
  if (address === '') return [4, 6];
  return address.includes(':') ? [6] : [4];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
