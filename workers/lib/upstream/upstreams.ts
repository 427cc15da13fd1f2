// The upstreams of a thread: sockets and connections by address, shared by all handlers that ask the same server, also over a reload. Cold.

import type { Arena } from '#native/arena.ts';
import type { Host } from '../../chain/handler.ts';
import { RandomPool } from '../random.ts';
import type { UpstreamAddress } from './address.ts';
import type { ConnectionSlots, UpstreamContext } from './context.ts';
import { Exchanges } from './exchanges.ts';
import { ReplyReader } from './reply.ts';
import { type TcpSettings, TcpUpstream } from './tcp.ts';
import { UdpUpstream } from './udp.ts';
import { Walks } from './walks.ts';

/** A number that rules of the same slot share. */
export interface Waiting {
  count: number;
}

interface Shared<T> {
  readonly upstream: T;
  users: number;
}

/** A thread has one arena, so that tells threads apart; the rest of a Host may differ from chain to chain. */
const threads = new WeakMap<Arena, Upstreams>();

export class Upstreams {
  readonly context: UpstreamContext;
  readonly walks: Walks;
  readonly replies = new ReplyReader();
  readonly #udp = new Map<string, Shared<UdpUpstream>>();
  readonly #tcp = new Map<string, Shared<TcpUpstream>>();
  readonly #waiting = new Map<number, Waiting>();

  private constructor(host: Host) {
    const random = new RandomPool();
    this.walks = new Walks(host.clock);
    this.context = { host, random, exchanges: new Exchanges(random, host.clock, host.deadlines) };
  }

  /** Those of the thread that `host` belongs to. */
  static of(host: Host): Upstreams {
    let upstreams = threads.get(host.arena);
    if (upstreams === undefined) {
      upstreams = new Upstreams(host);
      threads.set(host.arena, upstreams);
    }
    return upstreams;
  }

  /** How many queries of this thread wait on behalf of the gauge `slot`; the same object for the rules before and after a reload. */
  waiting(slot: number): Waiting {
    const waiting = this.#waiting.get(slot) ?? { count: 0 };
    this.#waiting.set(slot, waiting);
    return waiting;
  }

  /** `source`: IP address to come from; '' leaves it to the kernel. Give it back with `release`. */
  udp(address: UpstreamAddress, slots: ConnectionSlots, source = ''): UdpUpstream {
    return acquire(this.#udp, udpKey(address, source), () => new UdpUpstream(this.context, address, slots, source));
  }

  /** Give it back with `release`. Connections of other settings are others. */
  tcp(address: UpstreamAddress, settings: TcpSettings, slots: ConnectionSlots): TcpUpstream {
    const key = tcpKey(address, settings);
    return acquire(this.#tcp, key, () => new TcpUpstream(this.context, address, settings, slots));
  }

  /** Closes it when nobody else uses it. */
  release(upstream: UdpUpstream | TcpUpstream): void {
    if (upstream instanceof UdpUpstream) giveBack(this.#udp, udpKey(upstream.address, upstream.source));
    else giveBack(this.#tcp, tcpKey(upstream.address, upstream.settings));
  }
}

function udpKey({ text }: UpstreamAddress, source: string): string {
  return `${text} ${source}`;
}

function tcpKey({ text, secure, serverName }: UpstreamAddress, settings: TcpSettings): string {
  return JSON.stringify([text, secure, serverName, settings]);
}

function acquire<T>(all: Map<string, Shared<T>>, key: string, make: () => T): T {
  let shared = all.get(key);
  if (shared === undefined) {
    shared = { upstream: make(), users: 0 };
    all.set(key, shared);
  }
  shared.users++;
  return shared.upstream;
}

function giveBack<T extends { close(): void }>(all: Map<string, Shared<T>>, key: string): void {
  const shared = all.get(key);
  if (shared === undefined || --shared.users > 0) return;
  all.delete(key);
  shared.upstream.close();
}
