// What a client needs to live: arena, sockets, queries, tally. For tests of client and loops.

import { openArena } from '#native/arena.ts';
import { openDatagramIo } from '#native/datagram.ts';
import { Client } from '../client.ts';
import { parseNames } from '../names.ts';
import { Queries } from '../queries.ts';
import { Tally } from '../tally.ts';

export interface Rig {
  readonly clients: readonly Client[];
  /** Measures from the beginning on. */
  readonly tally: Tally;
  close(): void;
}

/** `count` clients that ask 127.0.0.1:`port` for a.example, A. */
export async function openRig(port: number, count: number, refills: boolean): Promise<Rig> {
  const arena = openArena(4 << 20);
  const io = openDatagramIo(arena, 'auto');
  const queries = Queries.of(arena, parseNames('rig', 'a.example A'), 0);
  const tally = new Tally();
  tally.open(0);
  const clients: Client[] = [];
  while (clients.length < count) {
    const socket = await io.open({
      family: 4,
      address: '',
      port: 0,
      reusePort: false,
      receiveBuffer: 1 << 20,
      batch: 64,
      slotBytes: 512,
      sendBytes: 512,
      connect: { address: '127.0.0.1', port },
    });
    clients.push(new Client(arena.bytes, socket, queries, tally, refills));
  }
  const close = (): void => {
    for (const client of clients) client.close();
  };
  return { clients, tally, close };
}

/** Waits for `condition`, 5 s at most. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} has not come about`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
