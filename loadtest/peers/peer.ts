// What a server is to those who measure it: something that can be started with a zone on a port, and stopped. No I/O here.

import type { Zone } from '#loadtest/scenarios/zone.ts';

export interface PeerOptions {
  /** Of 127.0.0.1, for UDP. */
  readonly port: number;
  readonly zone: Zone;
  /** The processor that all its threads are kept on. */
  readonly cpu: number;
  /** Given: it does not have the zone, it asks for it. */
  readonly forwarding?: Forwarding;
}

/** How a server asks another one. */
export interface Forwarding {
  /** Of 127.0.0.1: a name server that has the zone. */
  readonly upstream: number;
  /** Whether it keeps answers. */
  readonly cache: boolean;
}

export interface RunningPeer {
  readonly name: string;
  readonly port: number;
  /** All processes whose CPU time is the server's. */
  readonly pids: readonly number[];
  /** Ends it and removes its files. Calling again does nothing. */
  stop(): Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** Whether it can ask others, as `PeerOptions.forwarding` wants. */
  readonly forwards: boolean;
  /** Why it cannot be started on this machine; undefined when it can. */
  missing(): string | undefined;
  /** Resolves when it answers. @throws PeerError when it does not come up, with what it printed */
  start(options: PeerOptions): Promise<RunningPeer>;
}
