// Ports for servers under test. Cold.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Tries to find a number that neither UDP nor TCP uses. */
const TRIES = 20;

/** Free for UDP and TCP at the moment it was looked for, on all addresses. @throws Error when there seems to be none */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const socket = createSocket('udp4');
    socket.bind(0);
    await once(socket, 'listening');
    const { port } = socket.address();
    const free = await isFreeForTcp(port);
    socket.close();
    if (free) return port;
  }
  throw new Error(`no port found that is free for UDP and TCP in ${TRIES} tries`);
}

function isFreeForTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
